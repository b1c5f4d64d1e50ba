import { objectIndex, type Role, roleIndex } from '@skillweave/model'
import type { MotionReference } from './commands/motion-reference.ts'
import { defineTermination } from './define.ts'

/** Truncated after a time. */
export const timeOut = defineTermination(
  'timeOut',
  'truncated',
  (p: { after_s: number }, { actionDt_s }) => {
    const steps = Math.round(p.after_s / actionDt_s)
    return (s) => s.step >= steps
  },
)

/** Failed: the base came below a height, m, or the state is not finite. */
export const fallen = defineTermination(
  'fallen',
  'terminated',
  (p: { below: number }) => (s) => !(s.linkPos_w[2] >= p.below),
)

/** Failed: the object is further than `beyond` m from its reference. */
export const objectLost = defineTermination(
  'objectLost',
  'terminated',
  (p: { command: string; object: string; beyond: number }, { scene, command }) => {
    const reference = command<MotionReference>(p.command)
    const o = 3 * objectIndex(scene, p.object)
    const target = new Float64Array(3)
    return (s) => {
      const e = s.index
      reference.placePoint(e, reference.motion(e).objectPos_w, 3 * reference.frame[e], target, 0)
      const x = target[0] - s.objectPos_w[o]
      const y = target[1] - s.objectPos_w[o + 1]
      const z = target[2] - s.objectPos_w[o + 2]
      return !(x * x + y * y + z * z <= p.beyond ** 2)
    }
  },
)

/** Failed: a body part is further than `beyond` m from its reference. */
export const bodyLost = defineTermination(
  'bodyLost',
  'terminated',
  (p: { command: string; roles: readonly Role[]; beyond: number }, { robot, command }) => {
    const reference = command<MotionReference>(p.command)
    const links = p.roles.map((r) => roleIndex(robot, r))
    const nLinks = robot.model.links.length
    const target = new Float64Array(3)
    return (s) => {
      const e = s.index
      const motion = reference.motion(e)
      const row = reference.frame[e] * nLinks
      for (let i = 0; i < links.length; i++) {
        reference.placePoint(e, motion.linkPos_w, 3 * (row + links[i]), target, 0)
        const l = 3 * links[i]
        const x = target[0] - s.linkPos_w[l]
        const y = target[1] - s.linkPos_w[l + 1]
        const z = target[2] - s.linkPos_w[l + 2]
        if (!(x * x + y * y + z * z <= p.beyond ** 2)) return true
      }
      return false
    }
  },
)

/** Truncated: the reference clip has played to its end. */
export const referenceOver = defineTermination(
  'referenceOver',
  'truncated',
  (p: { command: string }, { command }) => {
    const reference = command<MotionReference>(p.command)
    return (s) => reference.isOver(s.index)
  },
)
