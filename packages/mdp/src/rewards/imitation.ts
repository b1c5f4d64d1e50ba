import { quatAngleAt } from '@skillweave/math'
import { objectIndex, type Role, roleIndex } from '@skillweave/model'
import type { MotionReference } from '../commands/motion-reference.ts'
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
  (p: { command: string; roles: readonly Role[]; k: number }, { robot, command }) => {
    const reference = command<MotionReference>(p.command)
    const links = p.roles.map((r) => roleIndex(robot, r))
    const nLinks = robot.model.links.length
    const target = new Float64Array(3)
    return (s) => {
      const e = s.index
      const motion = reference.motion(e)
      const row = reference.frame[e] * nLinks
      let sum = 0
      for (let i = 0; i < links.length; i++) {
        const l = 3 * links[i]
        reference.placePoint(e, motion.linkPos_w, 3 * (row + links[i]), target, 0)
        sum +=
          (target[0] - s.linkPos_w[l]) ** 2 +
          (target[1] - s.linkPos_w[l + 1]) ** 2 +
          (target[2] - s.linkPos_w[l + 2]) ** 2
      }
      return Math.exp((-p.k * sum) / (3 * links.length))
    }
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

/** r_o: exp(−k · mean over axes of squared object position error). */
export const imitateObjectPos = defineReward(
  'imitateObjectPos',
  (p: { command: string; object: string; k: number }, { scene, command }) => {
    const reference = command<MotionReference>(p.command)
    const o = 3 * objectIndex(scene, p.object)
    const target = new Float64Array(3)
    return (s) => {
      const e = s.index
      reference.placePoint(e, reference.motion(e).objectPos_w, 3 * reference.frame[e], target, 0)
      const sum =
        (target[0] - s.objectPos_w[o]) ** 2 +
        (target[1] - s.objectPos_w[o + 1]) ** 2 +
        (target[2] - s.objectPos_w[o + 2]) ** 2
      return Math.exp((-p.k * sum) / 3)
    }
  },
)

/** r_ig, the interaction graph: exp(−k · mean of squared error of (body part − object) vectors). */
export const imitateInteraction = defineReward(
  'imitateInteraction',
  (
    p: { command: string; object: string; roles: readonly Role[]; k: number },
    { robot, scene, command },
  ) => {
    const reference = command<MotionReference>(p.command)
    const o = 3 * objectIndex(scene, p.object)
    const links = p.roles.map((r) => roleIndex(robot, r))
    const nLinks = robot.model.links.length
    const target = new Float64Array(3)
    const object = new Float64Array(3)
    return (s) => {
      const e = s.index
      const motion = reference.motion(e)
      const row = reference.frame[e] * nLinks
      reference.placePoint(e, motion.objectPos_w, 3 * reference.frame[e], object, 0)
      for (let k = 0; k < 3; k++) object[k] -= s.objectPos_w[o + k]
      let sum = 0
      for (let i = 0; i < links.length; i++) {
        reference.placePoint(e, motion.linkPos_w, 3 * (row + links[i]), target, 0)
        const l = 3 * links[i]
        for (let k = 0; k < 3; k++) sum += (target[k] - s.linkPos_w[l + k] - object[k]) ** 2
      }
      return Math.exp((-p.k * sum) / (3 * links.length))
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
