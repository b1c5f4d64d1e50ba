import {
  defineCommand,
  defineReward,
  defineTermination,
  type EnvState,
  fallen,
  gaitClock,
  gaitPhase,
  nearDefault,
  type Task,
  tilted,
  timeOut,
} from '@skillweave/mdp'
import { objectIndex, type Robot } from '@skillweave/model'
import type { Reference } from '@skillweave/motion'
import { ballRadius } from './ball.ts'
import type { BallplayOptions } from './ballplay.ts'
import {
  ballPlayerStride,
  ballPlayerSwing,
  gaitRewards,
  velocityRewards,
  walkHarness,
  walkLearning,
} from './ballplay-gait.ts'
import { ballplayPractice } from './ballplay-practice.ts'
import { gaitPeriod_s } from './humanoid.ts'
import { VelocityTowards } from './velocity-towards.ts'

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
      clock: gaitClock({ period_s: gaitPeriod_s, swing: ballPlayerSwing }),
      velocity: approachVelocity({}),
    },
    observations: {
      actor: { ...base.observations.actor, phase: gaitPhase({ command: 'clock' }) },
    },
    rewards: {
      goal: {
        combine: 'sum',
        terms: {
          ...velocityRewards,
          facing: { weight: 0.6, term: facingBall({ scale: 2 }) },
        },
      },
      posture: {
        combine: 'sum',
        floor: 0,
        terms: {
          ...gaitRewards,
          arms: { weight: 0.4, term: nearDefault({ limbs: ['arms', 'waist'], scale: 3 }) },
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
      step: { harness: walkHarness },
    },
    stride: ballPlayerStride(robot),
    symmetric: true,
    learning: {
      ...walkLearning,
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

/** The velocity that leads to the ball: 1 m/s at most. */
const approachVelocity = defineCommand('approachVelocity', (_: Record<string, never>, ctx) => {
  const ball = 3 * objectIndex(ctx.scene, 'ball')
  const place = (s: EnvState, out: Float64Array) => {
    out[0] = s.objectPos_w[ball]
    out[1] = s.objectPos_w[ball + 1]
  }
  return new VelocityTowards({ place, arrived, fastest: 1 }, ctx)
})

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
