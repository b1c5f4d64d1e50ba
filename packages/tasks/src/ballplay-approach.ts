import {
  actionRateL2,
  type BindContext,
  baseUnrest,
  contactSchedule,
  defineCommand,
  defineReward,
  defineTermination,
  type EnvState,
  fallen,
  feetDown,
  feetTooClose,
  footSlip,
  gaitClock,
  gaitPhase,
  harness,
  jointVelL2,
  nearDefault,
  type RewardTerm,
  swingHeight,
  type Task,
  tilted,
  timeOut,
  trackVelocity,
  trackYawRate,
  upright,
  VelocityCommand,
} from '@skillweave/mdp'
import { dofCount, objectIndex, type Robot } from '@skillweave/model'
import type { Reference } from '@skillweave/motion'
import { ballRadius } from './ball.ts'
import type { BallplayOptions } from './ballplay.ts'
import { ballplayPractice } from './ballplay-practice.ts'
import { gaitPeriod_s } from './humanoid.ts'

/** Height of the feet in mid-swing, m. */
export const approachSwing = 0.08

/**
 * Walk to the ball and stand before it, facing it: the half of a pick-up that the recorded clips, brisk walks
 * straight ahead, do not teach. By reward, from nothing, with a gait clock that only this teacher sees: it is
 * distilled into the pick-up, which starts where this ends (`TeacherChoice`).
 */
export function ballplayApproach(robot: Robot, options: BallplayOptions): Task {
  const base = ballplayPractice(robot, {
    ...options,
    crossStarts: 0.1,
    startsBefore: options.motions.map(beforeLift),
  })
  const { dribble: _, hold, reference, goal } = base.commands ?? {}
  return {
    ...base,
    name: 'ballplay-approach',
    description: 'walk to the ball and stand before it',
    physics: { ...base.physics, footContact: true },
    commands: {
      reference,
      goal,
      hold,
      clock: gaitClock({ period_s: gaitPeriod_s, swing: approachSwing }),
      velocity: approachVelocity({}),
    },
    observations: {
      actor: { ...base.observations.actor, phase: gaitPhase({ command: 'clock' }) },
    },
    rewards: {
      goal: {
        combine: 'sum',
        terms: {
          velocity: { weight: 1.2, term: trackVelocity({ command: 'velocity', std: 0.5 }) },
          velocityExact: { weight: 0.6, term: trackVelocity({ command: 'velocity', std: 0.2 }) },
          turn: { weight: 0.8, term: trackYawRate({ command: 'velocity', std: 0.6 }) },
          facing: { weight: 0.6, term: facingBall({ scale: 2 }) },
        },
      },
      posture: {
        combine: 'sum',
        floor: 0,
        terms: {
          contacts: { weight: 0.8, term: whileWalking(contactSchedule({ command: 'clock' })) },
          swing: {
            weight: 0.8,
            term: whileWalking(swingHeight({ command: 'clock', height: approachSwing, std: 0.04 })),
          },
          feet: { weight: 1.2, term: whileStanding(feetDown({})) },
          arms: { weight: 0.4, term: nearDefault({ limbs: ['arms', 'waist'], scale: 3 }) },
          legs: { weight: 0.3, term: nearDefault({ limbs: ['legs'], scale: 3 }) },
          upright: { weight: 0.5, term: upright({ scale: 5 }) },
          slip: { weight: -0.25, term: footSlip({}) },
          unrest: { weight: -0.3, term: baseUnrest({}) },
          smooth: { weight: -0.01, term: actionRateL2({}) },
          calm: { weight: -3e-4, term: jointVelL2({}) },
          feetApart: { weight: -5, term: feetTooClose({ distance: 0.16 }) },
          ball: { weight: -0.5, term: ballMoves({}) },
        },
      },
    },
    terminations: {
      fallen: fallen({ below: 0.5 }),
      tilted: tilted({ beyond: 1.2 }),
      timeOut: timeOut({ after_s: 8 }),
      held: ballInHands({}),
    },
    events: {
      reset: base.events.reset,
      step: {
        harness: harness({ command: 'velocity', shrinkBelow: 1 / 250, growAbove: 4 / 250 }),
      },
    },
    stride: stride(robot),
    symmetric: true,
    learning: {
      samples: 4_000_000,
      nEnvs: 128,
      hidden: [512, 256],
      epochs: 4,
      gamma: 0.98,
      rewardScale: 0.04,
      klTarget: 0.03,
      std: { kind: 'learned', start: 0.3, min: 0.1, max: 0.4, entropy: 0 },
    },
  }
}

/** Frames before the ball is off the floor. */
function beforeLift(motion: Reference): number {
  let t = 1
  while (t < motion.nFrames - 4 && motion.objectPos_w[3 * t + 2] < 3 * ballRadius) t++
  return t
}

/** Nearer than this the ball is before the feet, m. */
const arrived = 0.5

/**
 * The velocity that leads to the ball: towards it, 1 m/s at most, slower when it is near or not ahead, and
 * turning to face it.
 */
class ApproachVelocity extends VelocityCommand {
  readonly #ball: number

  constructor(ctx: BindContext) {
    const none = [0, 0] as const
    super({ forward: none, left: none, yawRate: none, standing: 1, every_s: 1e9 }, ctx)
    this.#ball = 3 * objectIndex(ctx.scene, 'ball')
  }

  override at(s: EnvState): number {
    const o = super.at(s)
    const x = s.objectPos_w[this.#ball] - s.linkPos_w[0]
    const y = s.objectPos_w[this.#ball + 1] - s.linkPos_w[1]
    const distance = Math.hypot(x, y)
    const ahead = s.headingCos * x + s.headingSin * y
    const aside = -s.headingSin * x + s.headingCos * y
    const angle = Math.atan2(aside, ahead)
    const speed = Math.min(1, Math.max(0, 1.5 * (distance - arrived + 0.08)))
    const factor = speed * Math.max(0.15, Math.cos(angle))
    this.values[o] = (factor * ahead) / (distance + 1e-6)
    this.values[o + 1] = (factor * aside) / (distance + 1e-6)
    this.values[o + 2] = Math.max(-1.5, Math.min(1.5, 2 * angle))
    return o
  }

  /** Whether it asks to go or turn, and not to stand. */
  isWalking(s: EnvState): boolean {
    const o = this.at(s)
    return (
      Math.hypot(this.values[o], this.values[o + 1]) > 0.1 || Math.abs(this.values[o + 2]) > 0.5
    )
  }
}

const approachVelocity = defineCommand(
  'approachVelocity',
  (_: Record<string, never>, ctx) => new ApproachVelocity(ctx),
)

/** A reward that is paid only while the body should walk, or only while it should stand; 1 or 0 else. */
const paidWhile =
  (walking: boolean) =>
  (term: RewardTerm): RewardTerm => ({
    ...term,
    bind: (ctx) => {
      const velocity = ctx.command<ApproachVelocity>('velocity')
      const bound = term.bind(ctx)
      return (s) => (velocity.isWalking(s) === walking ? bound(s) : walking ? 1 : 0)
    },
  })
/** Standing is no worse than a perfect gait. */
const whileWalking = paidWhile(true)
const whileStanding = paidWhile(false)

/** exp(−scale · (1 − cos angle)) of the ball from straight ahead. [0, 1] */
const facingBall = defineReward('facingBall', (p: { scale: number }, ctx) => {
  const ball = 3 * objectIndex(ctx.scene, 'ball')
  return (s) => {
    const x = s.objectPos_w[ball] - s.linkPos_w[0]
    const y = s.objectPos_w[ball + 1] - s.linkPos_w[1]
    const cosine = (s.headingCos * x + s.headingSin * y) / (Math.hypot(x, y) + 1e-6)
    return Math.exp(-p.scale * (1 - cosine))
  }
})

/** 1 while the ball rolls away: it has been kicked. */
const ballMoves = defineReward('ballMoves', (_: Record<string, never>, ctx) => {
  const ball = 3 * objectIndex(ctx.scene, 'ball')
  return (s) => (Math.hypot(s.objectLinVel_w[ball], s.objectLinVel_w[ball + 1]) > 0.2 ? 1 : 0)
})

/** Cut off: the ball has left the floor, so there is nothing to walk to. */
const ballInHands = defineTermination(
  'ballInHands',
  'truncated',
  (_: Record<string, never>, ctx) => {
    const ball = 3 * objectIndex(ctx.scene, 'ball')
    return (s) => s.objectPos_w[ball + 2] > 3 * ballRadius
  },
)

/** Half a sine of −0.28, 0.56, −0.28 rad on hip, knee and ankle of the swing leg. */
function stride(robot: Robot): NonNullable<Task['stride']> {
  const leg = (side: 'left' | 'right'): number[] => {
    const action = new Array<number>(dofCount(robot.model)).fill(0)
    const bend = { Thigh_x: -0.28, Shin_x: 0.56, Foot_x: -0.28 }
    for (const [joint, angle] of Object.entries(bend)) {
      action[robot.model.dofNames.indexOf(`${side}${joint}`)] = angle / 0.25
    }
    return action
  }
  return { phase: 'phase', left: leg('left'), right: leg('right') }
}
