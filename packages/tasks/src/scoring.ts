import {
  type BindContext,
  defineEvent,
  defineObservation,
  defineReward,
  defineTermination,
  type EventTerm,
  type ObservationTerm,
  type Task,
  timeOut,
  writeInHeading,
} from '@skillweave/mdp'
import { objectIndex, type Robot } from '@skillweave/model'
import { blendSkills, type SkillSet } from '@skillweave/skills'
import { type BallKind, ballObject, ballRadius, courtGround } from './ball.ts'
import type { BallSkillName } from './ball-skills.ts'
import { ballSkillSenses } from './ballplay.ts'
import { hoopObject, miniHoopHeight } from './hoop.ts'
import { baseHeading, type HandoverState, placeHandover } from './practice/handover.ts'
import { type ShotTracker, shotTracker } from './shot-tracker.ts'
import { layBall, placeStanding } from './standing.ts'

export interface ScoringOptions {
  /** The frozen skills to choose from and blend. */
  readonly skills: SkillSet
  readonly ball: BallKind
  /** m; default 2.60. */
  readonly hoopHeight?: number
  /** Episode length, s. */
  readonly episode_s?: number
  /** Where pick-ups have ended: half of the episodes begin there, or a shot is never tried with a ball. */
  readonly handovers?: readonly HandoverState[]
}

/** Logits that a controller starts with. */
const prior: Partial<Record<BallSkillName, number>> = {
  pickUp: 8,
  shot: 6,
  dribbleLeft: -4,
  dribbleRight: -4,
}

/**
 * Pick the ball up, take it to the hoop, shoot, fetch it, again. The high-level controller weighs
 * frozen ball skills once a second; it starts from a standing body with the ball on the floor
 * within 3 m and the hoop 2 to 8 m away.
 */
export function scoring(_robot: Robot, options: ScoringOptions): Task {
  const hoopHeight = options.hoopHeight ?? miniHoopHeight
  return {
    name: 'scoring',
    description: 'choose and blend ball skills to score at a hoop',
    scene: {
      ground: courtGround,
      objects: [ballObject(options.ball), hoopObject(hoopHeight)],
    },
    controlDt_s: 1 / 30,
    decimation: 4,
    // A second: long enough that a skill tried at random shows what it does. With a third of a second no shot was
    // ever thrown: three decisions in a row had to be for it.
    holdSteps: 30,
    physics: {
      solverIterations: 2,
      pgsIterations: 4,
      groundContact: 'feet',
      selfCollision: false,
      footContact: false,
    },
    commands: { goal: shotTracker({ hoopHeight, distance: [2, 8] }) },
    // At first it fetches, and sometimes shoots: a body that switches skills at random only falls, and a controller
    // that has only seen falls never shoots. And nearly one skill at a time: the mean of a dribble and a pick-up
    // is neither.
    action: blendSkills(options.skills, {
      sharpness: 12,
      bias: options.skills.names.map((name) => prior[name as BallSkillName] ?? 0),
    }),
    observations: { actor: scoringSenses(options.skills.names.length) },
    rewards: {
      scoring: {
        combine: 'sum',
        terms: {
          // Terms are means over a decision's 30 steps: what happens on one of them must weigh more. Holding the ball
          // earns next to nothing: as long as shots end in falls half of the time, a controller that is paid for it
          // never shoots.
          ballToHoop: { weight: 0.05, term: ballNearHoop({ command: 'goal', height: 2.5 }) },
          possession: { weight: 0.02, term: possession({ reach: 0.7 }) },
          approachBall: { weight: 0.04, term: nearBall({ scale: 2 }) },
          shot: { weight: 150, term: shotQuality({ command: 'goal', scale: 1 }) },
          landing: { weight: 1200, term: landing({ command: 'goal' }) },
          basket: { weight: 300, term: basket({ command: 'goal' }) },
          fall: { weight: -60, term: isDown({ below: 0.45 }) },
        },
      },
    },
    terminations: {
      fallen: down({ below: 0.45 }),
      timeOut: timeOut({ after_s: options.episode_s ?? 30 }),
    },
    events: {
      reset: {
        start: standingStart({ pose: 'standing', ball: [0.5, 3] }),
        ...(options.handovers
          ? {
              held: heldStart({
                share: 0.5,
                states: options.handovers,
                goal: 'goal',
                before: { share: 0.8, distance: [1.6, 2.8], aside: 0.35 },
              }),
            }
          : {}),
      },
    },
    learning: {
      samples: 400_000,
      nEnvs: 64,
      gamma: 0.93,
      rewardScale: 0.2,
      std: { kind: 'fixed', start: 0.5, end: 0.2 },
      klTarget: 0.02,
      epochs: 4,
    },
  }
}

/** The body, the ball and the hoop, and which skill acts. */
function scoringSenses(nSkills: number): Record<string, ObservationTerm> {
  return {
    ...ballSkillSenses,
    ballToHoop: ballToHoop({ command: 'goal' }),
    lastWeights: lastLogits({ n: nSkills }),
  }
}

/** Ball to hoop over 8 m, heading frame (2), and 1 while a shot is in the air. [3] */
const ballToHoop = defineObservation('ballToHoop', (p: { command: string }, ctx) => {
  const shots = ctx.command<ShotTracker>(p.command)
  const ball = 3 * objectIndex(ctx.scene, 'ball')
  const v = new Float64Array(3)
  return {
    size: 3,
    write: (s, out, at) => {
      const x = shots.target[2 * s.index] - s.objectPos_w[ball]
      const y = shots.target[2 * s.index + 1] - s.objectPos_w[ball + 1]
      writeInHeading(s, x, y, 0, v, 0)
      out[at] = v[0] / 8
      out[at + 1] = v[1] / 8
      out[at + 2] = shots.flying[s.index]
    },
  }
})

/** The logits now in force: the controller's own last action. [n] */
const lastLogits = defineObservation('lastLogits', (p: { n: number }) => ({
  size: p.n,
  write: (s, out, at) => {
    for (let k = 0; k < p.n; k++) out[at + k] = s.action[k]
  },
}))

/** exp(−½ ‖ball − (hoop, height)‖), after SkillMimic's scoring task. */
const ballNearHoop = defineReward(
  'ballNearHoop',
  (p: { command: string; height: number }, ctx: BindContext) => {
    const shots = ctx.command<ShotTracker>(p.command)
    const ball = 3 * objectIndex(ctx.scene, 'ball')
    return (s) => {
      const x = s.objectPos_w[ball] - shots.target[2 * s.index]
      const y = s.objectPos_w[ball + 1] - shots.target[2 * s.index + 1]
      const z = s.objectPos_w[ball + 2] - p.height
      return Math.exp(-0.5 * Math.sqrt(x * x + y * y + z * z))
    }
  },
)

/** 1 while the ball is off the floor within `reach` m of the body's axis. */
const possession = defineReward('possession', (p: { reach: number }, ctx) => {
  const ball = 3 * objectIndex(ctx.scene, 'ball')
  return (s) => {
    const x = s.objectPos_w[ball] - s.linkPos_w[0]
    const y = s.objectPos_w[ball + 1] - s.linkPos_w[1]
    const near = x * x + y * y < p.reach ** 2
    return near && s.objectPos_w[ball + 2] > 3 * ballRadius ? 1 : 0
  }
})

/** exp(−d/scale) with the horizontal distance of body and ball. */
const nearBall = defineReward('nearBall', (p: { scale: number }, ctx) => {
  const ball = 3 * objectIndex(ctx.scene, 'ball')
  return (s) => {
    const x = s.objectPos_w[ball] - s.linkPos_w[0]
    const y = s.objectPos_w[ball + 1] - s.linkPos_w[1]
    return Math.exp(-Math.sqrt(x * x + y * y) / p.scale)
  }
})

/** On the step a shot leaves the hands: exp(−predicted landing error / scale). */
const shotQuality = defineReward(
  'shotQuality',
  (p: { command: string; scale: number }, ctx: BindContext) => {
    const shots = ctx.command<ShotTracker>(p.command)
    return (s) =>
      shots.shotNow[s.index] === 1 ? Math.exp(-shots.landingError[s.index] / p.scale) : 0
  },
)

/** 1 on the step a shot meets the landing criterion. */
const landing = defineReward('landing', (p: { command: string }, ctx: BindContext) => {
  const shots = ctx.command<ShotTracker>(p.command)
  return (s) => shots.landedNow[s.index]
})

/** 1 on the step the ball falls through the rim. */
const basket = defineReward('basket', (p: { command: string }, ctx: BindContext) => {
  const shots = ctx.command<ShotTracker>(p.command)
  return (s) => shots.basketNow[s.index]
})

/** 1 when the base is below a height, m. */
const isDown = defineReward(
  'isDown',
  (p: { below: number }) => (s) => (s.linkPos_w[2] >= p.below ? 0 : 1),
)

const down = defineTermination(
  'down',
  'terminated',
  (p: { below: number }) => (s) => !(s.linkPos_w[2] >= p.below),
)

/**
 * A share of the episodes begins with the ball in the hands, as pick-ups left it, and in most of those the hoop is where a
 * shot can land: a controller that has seen no landing gives up shooting, because who only holds the ball seldom falls.
 */
const heldStart = (p: {
  readonly share: number
  readonly states: readonly HandoverState[]
  readonly goal: string
  /** Of those with the hoop before the body, how far, m, and how far aside at most, rad. */
  readonly before: {
    readonly share: number
    readonly distance: readonly [number, number]
    readonly aside: number
  }
}): EventTerm => ({
  name: 'heldStart',
  params: { ...p, states: p.states.length },
  bind: (ctx) => {
    const { rng } = ctx
    const { share, distance, aside } = p.before
    const place = placeHandover(ctx, p.states)
    const headingOf = baseHeading(ctx)
    const goal = ctx.command<ShotTracker>(p.goal)
    return {
      apply: (s) => {
        if (rng.uniform() >= p.share) return
        place(s)
        if (rng.uniform() >= share) return
        const angle = headingOf(s) + rng.range(-aside, aside)
        const d = rng.range(...distance)
        goal.place(s, s.linkPos_w[0] + d * Math.cos(angle), s.linkPos_w[1] + d * Math.sin(angle))
      },
    }
  },
})

/** A still body in a named pose, any heading, and a still ball on the floor at a random distance. */
export const standingStart = defineEvent(
  'standingStart',
  (p: { pose: string; ball: readonly [number, number] }, ctx) => {
    const stand = placeStanding(ctx, ctx.robot, p.pose)
    const lay = layBall(ctx)
    return {
      apply: (s) => {
        stand(s)
        lay(s, { distance: p.ball })
      },
    }
  },
)
