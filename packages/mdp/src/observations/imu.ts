import { clamp, quatRotateInvAt } from '@skillweave/math'
import { type BoundObservation, defineObservation } from '../define.ts'
import { mirrorRate, mirrorVector } from './base.ts'

/** Angular velocity in the base frame, as a gyroscope on the base gives it, clipped to ±20. [3] rad/s */
export const gyroscope = defineObservation(
  'gyroscope',
  (_: Record<string, never>): BoundObservation => {
    const w = new Float64Array(3)
    return {
      size: 3,
      write: (s, out, at) => {
        quatRotateInvAt(w, 0, s.linkQuat_w, 0, s.linkAngVel_w, 0)
        for (let k = 0; k < 3; k++) out[at + k] = clamp(w[k], -20, 20)
      },
      mirror: mirrorRate,
    }
  },
)

/** Direction of gravity in the base frame: (0, 0, −1) upright. [3] */
export const gravityDirection = defineObservation(
  'gravityDirection',
  (_: Record<string, never>): BoundObservation => {
    const down = [0, 0, -1]
    const g = new Float64Array(3)
    return {
      size: 3,
      write: (s, out, at) => {
        quatRotateInvAt(g, 0, s.linkQuat_w, 0, down, 0)
        for (let k = 0; k < 3; k++) out[at + k] = g[k]
      },
      mirror: mirrorVector,
    }
  },
)
