import {
  type BindContext,
  defineReward,
  defineTermination,
  type MotionReference,
} from '@skillweave/mdp'
import type { DribbleWatch } from '../dribble-watch.ts'
import type { PointGoal } from '../goal.ts'
import { isDribble, skillMask } from './skill-mask.ts'

/**
 * A dribble that goes on, 0.4, and goes where it should, up to 0.6: forward towards the goal at 2 m/s,
 * left and right turning as fast as the recorded cycle, at 1 m/s or more. In [0, 1]; 0 for
 * other skills.
 */
export const dribbling = defineReward(
  'dribbling',
  (p: { reference: string; goal: string }, ctx: BindContext) => {
    const reference = ctx.command<MotionReference>(p.reference)
    const goal = ctx.command<PointGoal>(p.goal)
    const mask = skillMask(reference, isDribble)
    const turns = reference.skills.map((skill) => {
      const motion = reference.motions.find((m) => m.skill === skill)
      if (!motion?.loop || skill === 'dribbleForward') return 0
      return motion.loop.yaw / ((motion.nFrames - 1 - motion.loop.start) / motion.fps)
    })
    return (s) => {
      const e = s.index
      const k = reference.skillOf[e]
      if (mask[k] === 0) return 0
      const vx = s.linkLinVel_w[0]
      const vy = s.linkLinVel_w[1]
      const speed = Math.sqrt(vx * vx + vy * vy)
      if (turns[k] !== 0) {
        const turning = Math.min(1, Math.max(0, s.linkAngVel_w[2] / turns[k]))
        return 0.4 + 0.4 * turning + 0.2 * Math.min(1, speed)
      }
      const gx = goal.target[2 * e] - s.linkPos_w[0]
      const gy = goal.target[2 * e + 1] - s.linkPos_w[1]
      const towards = (vx * gx + vy * gy) / (Math.sqrt(gx * gx + gy * gy) + 0.1)
      return 0.4 + 0.6 * Math.min(1, Math.max(0, towards / 2))
    }
  },
)

/** Failed: a dribble has ended. */
export const dribbleLost = defineTermination(
  'dribbleLost',
  'terminated',
  (p: { reference: string }, ctx: BindContext) => {
    const reference = ctx.command<MotionReference>(p.reference)
    const watch = ctx.command<DribbleWatch>('dribble')
    const mask = skillMask(reference, isDribble)
    return (s) => mask[reference.skillOf[s.index]] === 1 && watch.lost[s.index] === 1
  },
)
