import { type Quat, quatRotate, type Vec3 } from '@skillweave/math'

/** Yaw of a body whose facing direction in its own frame is `forward`, rad. */
export function headingOf(quat: Quat, forward: Vec3): number {
  const v = quatRotate(quat, forward)
  return Math.atan2(v[1], v[0])
}

/** A world vector in the frame turned by `heading` about z. */
export function intoHeading(v: Vec3, heading: number): Vec3 {
  const c = Math.cos(heading)
  const s = Math.sin(heading)
  return [c * v[0] + s * v[1], -s * v[0] + c * v[1], v[2]]
}
