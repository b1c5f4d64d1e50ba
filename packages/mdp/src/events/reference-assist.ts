import { quatLogAt, quatMulAt } from '@skillweave/math'
import type { MotionReference } from '../commands/motion-reference.ts'
import { type BoundEvent, defineEvent } from '../define.ts'

/**
 * A harness for learning to follow a reference: force and torque that pull the base towards the
 * reference, times a level that starts at 1 and shrinks as episodes survive. While it holds, balance
 * is nearly free and what the hands do is learned first; at level 0 it is gone for good.
 */
export const referenceAssist = defineEvent(
  'referenceAssist',
  (
    p: {
      command: string
      /** N per m and per m/s, for the whole body. */
      stiffness: number
      damping: number
      /** N·m per rad and per rad/s. */
      turnStiffness: number
      turnDamping: number
      /** Survival is an episode's length over this time, 1 for one that did not fail. s */
      horizon_s: number
      /** Survival above which the level shrinks, and below which it grows again. */
      shrinkAbove: number
      growBelow: number
      /** Change of the level per 1000 episodes. */
      rate: number
    },
    { command, simulator, actionDt_s },
  ): BoundEvent => {
    const reference = command<MotionReference>(p.command)
    const target = new Float64Array(3)
    const velocity = new Float64Array(3)
    const rate = new Float64Array(3)
    const quat = new Float64Array(4)
    const inverse = new Float64Array(4)
    const turn = new Float64Array(3)
    let level = 1
    let survival = 0.3
    return {
      apply: (s) => {
        const e = s.index
        const d = simulator.disturbances[e]
        if (level === 0) {
          if (d.enabled) {
            d.force_w.fill(0)
            d.torque_w.fill(0)
            d.enabled = false
          }
          return
        }
        const motion = reference.motion(e)
        const t = reference.nextFrame(e)
        reference.placePoint(e, motion.basePos_w, 3 * t, target, 0)
        reference.placeVector(e, motion.baseLinVel_w, 3 * t, velocity, 0)
        reference.placeVector(e, motion.baseAngVel_w, 3 * t, rate, 0)
        reference.placeQuat(e, motion.baseQuat_w, 4 * t, quat, 0)
        inverse[0] = -s.linkQuat_w[0]
        inverse[1] = -s.linkQuat_w[1]
        inverse[2] = -s.linkQuat_w[2]
        inverse[3] = s.linkQuat_w[3]
        quatMulAt(quat, 0, quat, 0, inverse, 0)
        quatLogAt(turn, 0, quat, 0)
        for (let k = 0; k < 3; k++) {
          const pull =
            p.stiffness * (target[k] - s.linkPos_w[k]) +
            p.damping * (velocity[k] - s.linkLinVel_w[k])
          const twist = p.turnStiffness * turn[k] + p.turnDamping * (rate[k] - s.linkAngVel_w[k])
          d.force_w[k] = level * pull
          d.torque_w[k] = level * twist
        }
        d.enabled = true
      },
      finish: (s, { terminated }) => {
        const survived = terminated ? Math.min(1, (s.step * actionDt_s) / p.horizon_s) : 1
        survival += 0.003 * (survived - survival)
        if (level === 0) return
        if (survival > p.shrinkAbove) level = Math.max(0, level - p.rate / 1000)
        else if (survival < p.growBelow) level = Math.min(1, level + p.rate / 3000)
      },
      save: () => ({ level, survival }),
      restore: (state) => {
        const saved = state as { level: number; survival: number }
        level = saved.level
        survival = saved.survival
      },
      metrics: () => ({ 'curriculum/assistance': level }),
    }
  },
)
