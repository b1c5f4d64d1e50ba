import { quatExpAt, quatMulAt } from '@skillweave/math'
import { objectIndex } from '@skillweave/model'
import type { MotionReference } from '../commands/motion-reference.ts'
import { type BoundEvent, defineEvent } from '../define.ts'

/**
 * Begin an episode in a state of the reference motion (reference-state initialisation), with noise in
 * a share of the episodes (neighbourhood starts, SkillMimic-V2 6.2). The `clip`/`frame` of the command
 * say what to imitate, `startClip`/`startFrame` where the state comes from; when they differ the
 * reference is laid over the start.
 */
export const referenceStart = defineEvent(
  'referenceStart',
  (
    p: {
      command: string
      object: string
      /** Share of episodes with noise, and its size: rad, rad/s, m, m/s (standard deviations). */
      noisy: number
      noise: {
        joint: number
        jointVel: number
        object: number
        objectVel: number
        base: number
        baseVel: number
      }
      /** The same episodes start beside the reference by this much, m and rad. */
      beside?: { place: number; yaw: number }
      /** Lift, m: soles of a retargeted pose may touch the floor by a hair. */
      lift: number
    },
    { robot, scene, command, simulator, rng },
  ): BoundEvent => {
    const reference = command<MotionReference>(p.command)
    const object = objectIndex(scene, p.object)
    const nDof = robot.qDefault.length
    const q = new Float64Array(nDof)
    const dq = new Float64Array(nDof)
    const pos = new Float64Array(3)
    const quat = new Float64Array(4)
    const linVel = new Float64Array(3)
    const angVel = new Float64Array(3)
    const objectPos = new Float64Array(3)
    const objectVel = new Float64Array(3)
    const tilt = new Float64Array(4)
    const turn = new Float64Array(4)
    const v = new Float64Array(3)
    return {
      apply: (s) => {
        const e = s.index
        const m = reference.motions[reference.startClip[e]]
        const t = reference.startFrame[e]
        const noisy = rng.uniform() < p.noisy
        const noise = (size: number) => (noisy ? size * rng.normal() : 0)
        if (p.beside && noisy) {
          const { place, yaw } = p.beside
          reference.displace(e, place * rng.normal(), place * rng.normal(), yaw * rng.normal())
        }
        // The start lies at the environment's origin, facing +x, whichever clip it is from.
        const yaw = -reference.headingOf(m, t)
        const c = Math.cos(yaw)
        const n = Math.sin(yaw)
        const turned = (from: Float64Array, at: number, out: Float64Array) => {
          out[0] = c * from[at] - n * from[at + 1]
          out[1] = n * from[at] + c * from[at + 1]
          out[2] = from[at + 2]
        }
        for (let i = 0; i < nDof; i++) {
          q[i] = m.q[t * nDof + i] + noise(p.noise.joint)
          dq[i] = m.dq[t * nDof + i] + noise(p.noise.jointVel)
        }
        pos[0] = 0
        pos[1] = 0
        pos[2] = m.basePos_w[3 * t + 2] + p.lift + Math.abs(noise(p.noise.base))
        turn[2] = Math.sin(yaw / 2)
        turn[3] = Math.cos(yaw / 2)
        quatMulAt(quat, 0, turn, 0, m.baseQuat_w, 4 * t)
        for (let k = 0; k < 3; k++) v[k] = noise(p.noise.joint)
        quatExpAt(tilt, 0, v, 0)
        quatMulAt(quat, 0, tilt, 0, quat, 0)
        turned(m.baseLinVel_w, 3 * t, linVel)
        turned(m.baseAngVel_w, 3 * t, angVel)
        for (let k = 0; k < 3; k++) linVel[k] += noise(p.noise.baseVel)
        simulator.reset(e, {
          basePos_w: pos,
          baseQuat_w: quat,
          baseLinVel_w: linVel,
          baseAngVel_w: angVel,
          q,
          dq,
        })
        v[0] = m.objectPos_w[3 * t] - m.basePos_w[3 * t]
        v[1] = m.objectPos_w[3 * t + 1] - m.basePos_w[3 * t + 1]
        v[2] = m.objectPos_w[3 * t + 2]
        turned(v, 0, objectPos)
        turned(m.objectLinVel_w, 3 * t, objectVel)
        for (let k = 0; k < 3; k++) {
          objectPos[k] += noise(p.noise.object)
          objectVel[k] += noise(p.noise.objectVel)
        }
        simulator.placeObject(e, object, objectPos, { linVel_w: objectVel })
      },
    }
  },
)
