import { objectIndex, type Role, roleIndex } from '@skillweave/model'
import type { BindContext, EnvState } from '../define.ts'
import type { MotionReference } from './motion-reference.ts'

/**
 * Reference minus present position of body parts, world frame: [roles, 3] m, overwritten by the next
 * call. Binds once; throws for a role the robot lacks.
 */
export function bindBodyError(
  p: { readonly command: string; readonly roles: readonly Role[] },
  { robot, command }: BindContext,
): (s: EnvState) => Float64Array {
  const reference = command<MotionReference>(p.command)
  const links = p.roles.map((r) => roleIndex(robot, r))
  const nLinks = robot.model.links.length
  const out = new Float64Array(3 * links.length)
  return (s) => {
    const e = s.index
    const motion = reference.motion(e)
    const row = reference.frame[e] * nLinks
    for (let i = 0; i < links.length; i++) {
      reference.placePoint(e, motion.linkPos_w, 3 * (row + links[i]), out, 3 * i)
      for (let k = 0; k < 3; k++) out[3 * i + k] -= s.linkPos_w[3 * links[i] + k]
    }
    return out
  }
}

/** Reference minus present position of an object, world frame: [3] m, overwritten by the next call. */
export function bindObjectError(
  p: { readonly command: string; readonly object: string },
  { scene, command }: BindContext,
): (s: EnvState) => Float64Array {
  const reference = command<MotionReference>(p.command)
  const o = 3 * objectIndex(scene, p.object)
  const out = new Float64Array(3)
  return (s) => {
    const e = s.index
    reference.placePoint(e, reference.motion(e).objectPos_w, 3 * reference.frame[e], out, 0)
    for (let k = 0; k < 3; k++) out[k] -= s.objectPos_w[o + k]
    return out
  }
}

/**
 * Whether the reference's object is within a horizontal distance, m, of its base: once it has been thrown
 * away, what it does is no longer the robot's business. Always, without a distance.
 */
export function bindObjectInReach(
  p: { readonly command: string; readonly within?: number },
  { command }: BindContext,
): (s: EnvState) => boolean {
  const { within } = p
  if (within === undefined) return () => true
  const reference = command<MotionReference>(p.command)
  return (s) => {
    const motion = reference.motion(s.index)
    const o = 3 * reference.frame[s.index]
    const x = motion.objectPos_w[o] - motion.basePos_w[o]
    const y = motion.objectPos_w[o + 1] - motion.basePos_w[o + 1]
    return x * x + y * y <= within * within
  }
}
