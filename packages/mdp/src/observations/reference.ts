import { quatLogAt, quatMulAt } from '@skillweave/math'
import { objectIndex, type Role, roleIndex } from '@skillweave/model'
import type { MotionReference } from '../commands/motion-reference.ts'
import { bindObjectInReach } from '../commands/reference-error.ts'
import { type BoundObservation, defineObservation, type SignedPermutation } from '../define.ts'
import { writeInHeading } from './base.ts'

/** Next reference frame minus present state of body parts, heading frame. [3 × roles] m */
export const referenceBodyError = defineObservation(
  'referenceBodyError',
  (p: { command: string; roles: readonly Role[] }, { robot, command }): BoundObservation => {
    const reference = command<MotionReference>(p.command)
    const links = p.roles.map((r) => roleIndex(robot, r))
    const nLinks = robot.model.links.length
    const target = new Float64Array(3)
    return {
      size: 3 * links.length,
      write: (s, out, at) => {
        const e = s.index
        const motion = reference.motion(e)
        const row = reference.nextFrame(e) * nLinks
        for (let i = 0; i < links.length; i++) {
          const l = 3 * links[i]
          reference.placePoint(e, motion.linkPos_w, 3 * (row + links[i]), target, 0)
          writeInHeading(
            s,
            target[0] - s.linkPos_w[l],
            target[1] - s.linkPos_w[l + 1],
            target[2] - s.linkPos_w[l + 2],
            out,
            at + 3 * i,
          )
        }
      },
    }
  },
)

/** Rotation from the present base to the next reference frame's, heading frame rotation vector. [3] rad */
export const referenceBaseRotationError = defineObservation(
  'referenceBaseRotationError',
  (p: { command: string }, { command }): BoundObservation => {
    const reference = command<MotionReference>(p.command)
    const target = new Float64Array(4)
    const inverse = new Float64Array(4)
    const v = new Float64Array(3)
    return {
      size: 3,
      write: (s, out, at) => {
        const e = s.index
        const motion = reference.motion(e)
        reference.placeQuat(e, motion.baseQuat_w, 4 * reference.nextFrame(e), target, 0)
        inverse[0] = -s.linkQuat_w[0]
        inverse[1] = -s.linkQuat_w[1]
        inverse[2] = -s.linkQuat_w[2]
        inverse[3] = s.linkQuat_w[3]
        quatMulAt(target, 0, target, 0, inverse, 0)
        quatLogAt(v, 0, target, 0)
        writeInHeading(s, v[0], v[1], v[2], out, at)
      },
    }
  },
)

/**
 * The object against the reference, heading frame: position and velocity error at the next frame, and
 * where the reference's object is `ahead` frames later relative to the base. The errors are 0 once the
 * reference's object is out of reach. [9] m, m/s, m
 */
export const referenceObjectError = defineObservation(
  'referenceObjectError',
  (
    p: { command: string; object: string; ahead: number; within?: number },
    ctx,
  ): BoundObservation => {
    const { scene, command } = ctx
    const inReach = bindObjectInReach(p, ctx)
    const reference = command<MotionReference>(p.command)
    const o = 3 * objectIndex(scene, p.object)
    const v = new Float64Array(3)
    return {
      size: 9,
      write: (s, out, at) => {
        const e = s.index
        const motion = reference.motion(e)
        const next = 3 * reference.nextFrame(e)
        const x = s.objectPos_w
        const dx = s.objectLinVel_w
        if (inReach(s)) {
          reference.placePoint(e, motion.objectPos_w, next, v, 0)
          writeInHeading(s, v[0] - x[o], v[1] - x[o + 1], v[2] - x[o + 2], out, at)
          reference.placeVector(e, motion.objectLinVel_w, next, v, 0)
          writeInHeading(s, v[0] - dx[o], v[1] - dx[o + 1], v[2] - dx[o + 2], out, at + 3)
        } else out.fill(0, at, at + 6)
        reference.placePoint(e, motion.objectPos_w, 3 * reference.nextFrame(e, 1 + p.ahead), v, 0)
        const b = s.linkPos_w
        writeInHeading(s, v[0] - b[0], v[1] - b[1], v[2] - b[2], out, at + 6)
      },
    }
  },
)

/**
 * One-hot of the skill to perform; in a mirror, skills that are each other's `twins` change places. [nSkills]
 */
export const skillLabel = defineObservation(
  'skillLabel',
  (
    p: {
      command: string
      skills: readonly string[]
      twins?: readonly (readonly [string, string])[]
    },
    { command },
  ): BoundObservation => {
    const reference = command<{ readonly skillOf: Int32Array } & MotionReference>(p.command)
    return {
      size: p.skills.length,
      write: (s, out, at) => {
        for (let k = 0; k < p.skills.length; k++) {
          out[at + k] = reference.skillOf[s.index] === k ? 1 : 0
        }
      },
      ...(p.twins ? { mirror: swapped(p.skills, p.twins) } : {}),
    }
  },
)

function swapped(
  names: readonly string[],
  twins: readonly (readonly [string, string])[],
): SignedPermutation {
  const twin = new Map(
    twins.flatMap(([a, b]) => [
      [a, b],
      [b, a],
    ]),
  )
  return {
    index: names.map((name) => names.indexOf(twin.get(name) ?? name)),
    sign: names.map(() => 1),
  }
}
