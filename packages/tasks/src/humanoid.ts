import {
  baseHeight,
  baseLinVel,
  defaultStart,
  type EventTerm,
  gaitClock,
  gaitPhase,
  gravityDirection,
  gyroscope,
  history,
  jointPosRel,
  jointTarget,
  jointVel,
  lagged,
  lastAction,
  noisy,
  type ObservationTerm,
  push,
  randomizeBody,
  sitePosRel,
  type Task,
} from '@skillweave/mdp'

/** What a humanoid is exposed to, in training and in the evaluations. */
export interface Conditions {
  /** Help with balance that fades as learning goes on. */
  readonly harness: boolean
  /** Noise on what it senses. */
  readonly sensorNoise: boolean
  /** Pushes on the whole body. */
  readonly pushes: boolean
  /** Friction and gains differ from episode to episode; mass always does. */
  readonly friction: boolean
}

export const conditions = {
  training: { harness: true, sensorNoise: true, pushes: true, friction: true },
  /** As in training, without help. */
  practical: { harness: false, sensorNoise: true, pushes: true, friction: true },
  /** For those who watch and push it themselves. */
  watched: { harness: false, sensorNoise: true, pushes: false, friction: true },
  /** SkillBlender's evaluation: mass and action lag vary, nothing else. */
  paper: { harness: false, sensorNoise: false, pushes: false, friction: false },
} as const satisfies Record<string, Conditions>

/** The gait clock all skills share, s: a controller may hand any of them the body at any time. */
export const gaitPeriod_s = 0.72

/**
 * rad of joint target per unit of action. Arms reach two radians from home: with the legs' scale a policy would
 * have to learn eight units.
 */
export const actionScale = { legs: 0.25, waist: 0.25, arms: 0.6 }

/** 50 actions a second, PD at 200 Hz. */
export const humanoidTiming = {
  controlDt_s: 0.02,
  decimation: 4,
  physics: {
    solverIterations: 1,
    pgsIterations: 8,
    groundContact: 'feet',
    selfCollision: false,
    footContact: true,
  },
} as const satisfies Partial<Task>

/** Commands every humanoid task has. */
export const humanoidCommands = { clock: gaitClock({ period_s: gaitPeriod_s }) }

/** Joint targets that arrive late and inexactly, as the paper has them. */
export const humanoidAction = lagged(
  { delayMax: 1, noise: 0.02 },
  jointTarget({ scale: actionScale }),
)

/**
 * What follows the goal in every humanoid policy's observation: the gait phase and five frames of what
 * joints and an inertial sensor measure, and where that puts palms and soles. Nothing else: no velocity, no yaw,
 * no contact.
 */
export function bodySenses({ sensorNoise }: Conditions): Record<string, ObservationTerm> {
  const sensed = (std: number, term: ObservationTerm) => (sensorNoise ? noisy(std, term) : term)
  return {
    phase: gaitPhase({ command: 'clock' }),
    body: history(
      { frames: 5 },
      {
        gyroscope: sensed(0.06, gyroscope({})),
        gravity: sensed(0.018, gravityDirection({})),
        jointPos: sensed(0.01, jointPosRel({})),
        jointVel: sensed(0.015, jointVel({ scale: 0.05, clip: 5 })),
        lastAction: lastAction({}),
      },
    ),
    // Leg and arm kinematics, which a network would have to learn: where the goal is from the base is then a sum.
    sites: sensed(0.01, sitePosRel({ sites: ['leftPalm', 'rightPalm', 'leftSole', 'rightSole'] })),
  }
}

/** Names of the terms of `bodySenses`; what comes before them in an observation is the goal. */
export const bodySenseNames = ['phase', 'body', 'sites'] as const

/** What only the critic sees, in every humanoid task. */
export const privilegedSenses = { velocity: baseLinVel({}), height: baseHeight({}) }

/** What happens to the body: where it starts, what differs between episodes, what pushes it. */
export function bodyEvents(
  { friction, pushes }: Conditions,
  start: { readonly yawSpread: number },
): { reset: Record<string, EventTerm>; step: Record<string, EventTerm> } {
  return {
    reset: {
      body: randomizeBody({
        massScale: [0.9, 1.1],
        ...(friction ? { friction: [0.4, 1.5] as const, gainScale: [0.9, 1.1] as const } : {}),
      }),
      start: defaultStart({ jointSpread: 0.1, yawSpread: start.yawSpread }),
    },
    step: pushes ? { push: push({ every_s: 4, speedMax: 0.3 }) } : {},
  }
}
