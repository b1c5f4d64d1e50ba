import { type Floats, quatRotateAt, type ReadonlyFloats, type Vec3 } from '@skillweave/math'

/** Yaw of the direction `forward` of a body with orientation `quat[at…]`, rad. */
export function headingAt(quat: ReadonlyFloats, at: number, forward: Vec3): number {
  quatRotateAt(_v, 0, quat, at, forward, 0)
  return Math.atan2(_v[1], _v[0])
}

/** Turn the vector `v[at…]` by `angle` about the vertical, in place. */
export function turnAt(v: Floats, at: number, angle: number): void {
  const c = Math.cos(angle)
  const s = Math.sin(angle)
  const x = v[at]
  v[at] = c * x - s * v[at + 1]
  v[at + 1] = s * x + c * v[at + 1]
}

const _v = new Float64Array(3)
