import { quatAngleAt } from '@skillweave/math'
import { objectIndex, type Role } from '@skillweave/model'
import type { MotionReference } from '../commands/motion-reference.ts'
import { bindBodyError, bindObjectError, bindObjectInReach } from '../commands/reference-error.ts'
import { defineReward } from '../define.ts'
import { bindSite } from '../sites.ts'

/*
 * The unified human–object imitation reward of SkillMimic (arXiv 2408.15270) is the product
 * r = r_p · r_r · r_o · r_ig · r_cg of the terms below. Each is exp(−k · e) in (0, 1], where e is a
 * mean of squared component errors in the world frame, present state against present reference.
 */

/** r_p: exp(−k · mean over parts and axes of squared position error). */
export const imitateBodyPos = defineReward(
  'imitateBodyPos',
  (p: { command: string; roles: readonly Role[]; k: number }, ctx) => {
    const error = bindBodyError(p, ctx)
    return (s) => Math.exp(-p.k * meanSquare(error(s)))
  },
)

/** r_r: exp(−k · mean over links of angle²/3), the wrap-safe form of the plain exp-map difference. */
export const imitateRotation = defineReward(
  'imitateRotation',
  (p: { command: string; k: number }, { robot, command }) => {
    const reference = command<MotionReference>(p.command)
    const nLinks = robot.model.links.length
    const target = new Float64Array(4)
    return (s) => {
      const e = s.index
      const motion = reference.motion(e)
      const row = reference.frame[e] * nLinks
      let sum = 0
      for (let i = 0; i < nLinks; i++) {
        reference.placeQuat(e, motion.linkQuat_w, 4 * (row + i), target, 0)
        sum += quatAngleAt(target, 0, s.linkQuat_w, 4 * i) ** 2
      }
      return Math.exp((-p.k * sum) / (3 * nLinks))
    }
  },
)

/** r_o: exp(−k · mean over axes of squared object position error); 1 once it is out of reach. */
export const imitateObjectPos = defineReward(
  'imitateObjectPos',
  (p: { command: string; object: string; k: number; within?: number }, ctx) => {
    const error = bindObjectError(p, ctx)
    const inReach = bindObjectInReach(p, ctx)
    return (s) => (inReach(s) ? Math.exp(-p.k * meanSquare(error(s))) : 1)
  },
)

/**
 * r_ig, the interaction graph: exp(−k · mean of squared error of (body part − object) vectors); 1 once the
 * object is out of reach.
 */
export const imitateInteraction = defineReward(
  'imitateInteraction',
  (
    p: { command: string; object: string; roles: readonly Role[]; k: number; within?: number },
    ctx,
  ) => {
    const inReach = bindObjectInReach(p, ctx)
    const bodyError = bindBodyError(p, ctx)
    const objectError = bindObjectError(p, ctx)
    return (s) => {
      if (!inReach(s)) return 1
      const body = bodyError(s)
      const object = objectError(s)
      let sum = 0
      for (let i = 0; i < body.length; i++) sum += (body[i] - object[i % 3]) ** 2
      return Math.exp((-p.k * sum) / body.length)
    }
  },
)

/** Soft contact of a palm and an object: 1 when the ball of radius 0.12 m touches, 0 beyond 0.3 m. */
export const softContact = (distance: number): number =>
  1 / (1 + Math.exp((distance - 0.22) / 0.04))

/**
 * r_cg, the contact graph: exp(−k · Σ over palms of |contact − reference contact|), with contact
 * judged by distance, so that it is smooth. The floor never counts.
 */
export const imitateContact = defineReward(
  'imitateContact',
  (
    p: { command: string; object: string; sites: readonly [string, string]; k: number },
    { robot, scene, command },
  ) => {
    const reference = command<MotionReference>(p.command)
    const o = 3 * objectIndex(scene, p.object)
    const sites = p.sites.map((name) => bindSite(robot, name))
    const point = new Float64Array(3)
    return (s) => {
      const e = s.index
      const motion = reference.motion(e)
      let sum = 0
      for (let i = 0; i < 2; i++) {
        sites[i](s, point, 0)
        const d = Math.sqrt(
          (point[0] - s.objectPos_w[o]) ** 2 +
            (point[1] - s.objectPos_w[o + 1]) ** 2 +
            (point[2] - s.objectPos_w[o + 2]) ** 2,
        )
        sum += Math.abs(softContact(d) - motion.contact[2 * reference.frame[e] + i])
      }
      return Math.exp(-p.k * sum)
    }
  },
)

function meanSquare(x: Float64Array): number {
  let sum = 0
  for (let i = 0; i < x.length; i++) sum += x[i] * x[i]
  return sum / x.length
}
