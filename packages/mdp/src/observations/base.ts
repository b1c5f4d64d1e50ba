import { clamp, quatRotateAt, quatRotateInv, type Vec3 } from '@skillweave/math'
import {
  type BoundObservation,
  defineObservation,
  type EnvState,
  type SignedPermutation,
} from '../define.ts'

/** A vector in the heading frame mirrors y; a rotation vector or rate mirrors x and z. */
export const mirrorVector: SignedPermutation = { index: [0, 1, 2], sign: [1, -1, 1] }
export const mirrorRate: SignedPermutation = { index: [0, 1, 2], sign: [-1, 1, -1] }

/** Rotate a world vector into the heading frame `_r`. */
export function writeInHeading(
  s: EnvState,
  x: number,
  y: number,
  z: number,
  out: Float32Array | Float64Array,
  at: number,
): void {
  out[at] = s.headingCos * x + s.headingSin * y
  out[at + 1] = -s.headingSin * x + s.headingCos * y
  out[at + 2] = z
}

/** Height of the base origin above the ground plane. [1] m */
export const baseHeight = defineObservation(
  'baseHeight',
  (_: Record<string, never>): BoundObservation => ({
    size: 1,
    write: (s, out, at) => {
      out[at] = s.linkPos_w[2]
    },
    mirror: { index: [0], sign: [1] },
  }),
)

/** The body's up and facing directions in the heading frame: tilt without yaw. [6] */
export const baseTilt = defineObservation(
  'baseTilt',
  (_: Record<string, never>, { robot }): BoundObservation => {
    const up: Vec3 = quatRotateInv(robot.standingQuat, [0, 0, 1])
    const v = new Float64Array(3)
    return {
      size: 6,
      write: (s, out, at) => {
        quatRotateAt(v, 0, s.linkQuat_w, 0, up, 0)
        writeInHeading(s, v[0], v[1], v[2], out, at)
        quatRotateAt(v, 0, s.linkQuat_w, 0, robot.forward, 0)
        writeInHeading(s, v[0], v[1], v[2], out, at + 3)
      },
      mirror: { index: [0, 1, 2, 3, 4, 5], sign: [1, -1, 1, 1, -1, 1] },
    }
  },
)

/** Velocity of the base origin, heading frame, clipped. [3] m/s × scale */
export const baseLinVel = defineObservation(
  'baseLinVel',
  (p: { scale?: number }): BoundObservation => {
    const k = p.scale ?? 1
    return {
      size: 3,
      write: (s, out, at) => {
        const v = s.linkLinVel_w
        writeInHeading(s, k * limit(v[0]), k * limit(v[1]), k * limit(v[2]), out, at)
      },
      mirror: mirrorVector,
    }
  },
)

/** Angular velocity of the base, heading frame, clipped. [3] rad/s × scale */
export const baseAngVel = defineObservation(
  'baseAngVel',
  (p: { scale?: number }): BoundObservation => {
    const k = p.scale ?? 1
    return {
      size: 3,
      write: (s, out, at) => {
        const w = s.linkAngVel_w
        writeInHeading(s, k * limit(w[0]), k * limit(w[1]), k * limit(w[2]), out, at)
      },
      mirror: mirrorRate,
    }
  },
)

/** A fallen, flailing body may reach rates that would blow up the normaliser. */
const limit = (x: number) => clamp(x, -20, 20)
