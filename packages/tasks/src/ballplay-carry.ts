import {
  bindSite,
  defineCommand,
  defineReward,
  defineTermination,
  type EnvState,
  fallen,
  gaitClock,
  gaitPhase,
  type Task,
  tilted,
  timeOut,
} from '@skillweave/mdp'
import { objectIndex, type Robot } from '@skillweave/model'
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
import type { PointGoal } from './goal.ts'
import { gaitPeriod_s } from './humanoid.ts'
import { handoverStarts } from './practice/handover.ts'
import { carryingSpeed, throwingDistance } from './practice/pick-up.ts'
import { VelocityTowards } from './velocity-towards.ts'

/**
 * Carry a ball that is in the hands to where it can be thrown from, and stand there facing the goal. From the practised
 * pick-up, which holds it (`--initial`) and where it ends (`--after`), by reward, with a gait clock that only this teacher sees. Practice
 * alone does not find it: who holds a ball stands.
 */
export function ballplayCarry(robot: Robot, options: BallplayOptions): Task {
  const base = ballplayPractice(robot, options)
  const { dribble: _, hold, reference, goal } = base.commands ?? {}
  const { start } = base.events.reset
  const { handovers: states } = options
  return {
    ...base,
    name: 'ballplay-carry',
    description: 'carry the ball to where it can be thrown from',
    physics: { ...base.physics, footContact: true },
    commands: {
      reference,
      goal,
      hold,
      velocity: carryVelocity({}),
      clock: gaitClock({ period_s: gaitPeriod_s, swing: ballPlayerSwing, walk: 'velocity' }),
    },
    observations: {
      actor: { ...base.observations.actor, phase: gaitPhase({ command: 'clock' }) },
    },
    rewards: {
      goal: {
        combine: 'sum',
        terms: {
          ...velocityRewards,
        },
      },
      posture: {
        combine: 'sum',
        floor: 0,
        terms: { ...gaitRewards, holding: { weight: 1.5, term: holding({}) } },
      },
    },
    terminations: {
      fallen: fallen({ below: 0.5 }),
      tilted: tilted({ beyond: 1.2 }),
      dropped: dropped({}),
      timeOut: timeOut({ after_s: 10 }),
    },
    events: {
      reset: {
        start,
        ...(states
          ? {
              held: handoverStarts({
                reference: 'reference',
                share: 1,
                states,
                skills: ['pickUp'],
              }),
            }
          : {}),
      },
      step: { harness: walkHarness },
    },
    stride: ballPlayerStride(robot),
    learning: {
      ...walkLearning,
      std: { kind: 'fixed', start: 0.18, end: 0.05 },
    },
  }
}

/** The velocity that leads to where a ball can be thrown from. */
export const carryVelocity = defineCommand('carryVelocity', (_: Record<string, never>, ctx) => {
  const goal = ctx.command<PointGoal>('goal')
  const place = (s: EnvState, out: Float64Array) => {
    out[0] = goal.target[2 * s.index]
    out[1] = goal.target[2 * s.index + 1]
  }
  return new VelocityTowards({ place, arrived: throwingDistance, fastest: carryingSpeed }, ctx)
})

/** exp(−4 · gap) of each palm from the ball, mean, m; less when the ball is below the chest. [0, 1] */
const holding = defineReward('holding', (_: Record<string, never>, ctx) => {
  const ball = 3 * objectIndex(ctx.scene, 'ball')
  const palms = ['leftPalm', 'rightPalm'].map((name) => bindSite(ctx.robot, name))
  const point = new Float64Array(3)
  return (s) => {
    const [x, y, z] = s.objectPos_w.subarray(ball, ball + 3)
    let hands = 0
    for (const palm of palms) {
      palm(s, point, 0)
      const gap = Math.hypot(point[0] - x, point[1] - y, point[2] - z) - ballRadius
      hands += 0.5 * Math.exp(-4 * Math.max(0, gap))
    }
    return hands * Math.min(1, Math.max(0, (z - 0.2) / 0.7))
  }
})

/** Failed: the ball is no longer in the hands. */
const dropped = defineTermination('dropped', 'terminated', (_: Record<string, never>, ctx) => {
  const ball = 3 * objectIndex(ctx.scene, 'ball')
  return (s) => s.objectPos_w[ball + 2] < 4 * ballRadius
})
