import { quatRotateAt, quatRotateInv } from '@skillweave/math'
import type { Role } from '@skillweave/model'
import type { MotionReference } from './commands/motion-reference.ts'
import { bindBodyError, bindObjectError, bindObjectInReach } from './commands/reference-error.ts'
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

/** Failed: the base leans more than `beyond` rad from upright. */
export const tilted = defineTermination(
  'tilted',
  'terminated',
  (p: { beyond: number }, { robot }) => {
    const up = quatRotateInv(robot.standingQuat, [0, 0, 1])
    const cosine = Math.cos(p.beyond)
    const v = new Float64Array(3)
    return (s) => {
      quatRotateAt(v, 0, s.linkQuat_w, 0, up, 0)
      return !(v[2] >= cosine)
    }
  },
)

/** Failed: the object is further than `beyond` m from its reference, while that is in reach. */
export const objectLost = defineTermination(
  'objectLost',
  'terminated',
  (p: { command: string; object: string; beyond: number; within?: number }, ctx) => {
    const error = bindObjectError(p, ctx)
    const inReach = bindObjectInReach(p, ctx)
    return (s) => inReach(s) && isBeyond(error(s), p.beyond)
  },
)

/** Failed: a body part is further than `beyond` m from its reference. */
export const bodyLost = defineTermination(
  'bodyLost',
  'terminated',
  (p: { command: string; roles: readonly Role[]; beyond: number }, ctx) => {
    const error = bindBodyError(p, ctx)
    return (s) => isBeyond(error(s), p.beyond)
  },
)

/** One of the vectors is longer than `limit`, or not a number. */
function isBeyond(vectors: Float64Array, limit: number): boolean {
  for (let i = 0; i < vectors.length; i += 3) {
    const d = vectors[i] ** 2 + vectors[i + 1] ** 2 + vectors[i + 2] ** 2
    if (!(d <= limit * limit)) return true
  }
  return false
}

/** Truncated: the reference clip has played to its end. */
export const referenceOver = defineTermination(
  'referenceOver',
  'truncated',
  (p: { command: string }, { command }) => {
    const reference = command<MotionReference>(p.command)
    return (s) => reference.isOver(s.index)
  },
)
