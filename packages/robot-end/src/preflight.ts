import { quatRotateInv, vecDot, vecNorm } from '@skillweave/math'
import type { RobotProfile } from './profile.ts'

/** What a robot measures at one moment. Lists are [nJoints] in the profile's order. */
export interface Measurement {
  /** When the sensors were read, s: the robot's monotonic clock. A stamp that stands still is a fault. */
  readonly stamp_s: number
  readonly q: ArrayLike<number>
  readonly dq: ArrayLike<number>
  /** Base orientation x, y, z, w; rate rad/s and specific force m/s² in the base's frame. */
  readonly imuQuat_wb: ArrayLike<number>
  readonly gyro_b: ArrayLike<number>
  readonly accel_b: ArrayLike<number>
}

/** What speaks against moving this robot now: sentences with what was found and what was expected. */
export function preflight(profile: RobotProfile, m: Measurement): string[] {
  const failures: string[] = []
  profile.joints.forEach((joint, i) => {
    const [low, high] = [profile.lower[i] - 0.1, profile.upper[i] + 0.1]
    if (m.q[i] >= low && m.q[i] <= high) return
    failures.push(
      `${joint} is at ${m.q[i]}, expected ${low.toFixed(2)} to ${high.toFixed(2)} rad: degrees, or a wrong zero?`,
    )
  })
  const gyro = vecNorm(m.gyro_b)
  if (!(gyro < 0.1))
    failures.push(`the gyro says ${gyro.toFixed(3)} rad/s, expected rest below 0.1`)
  const norm = vecNorm(m.accel_b)
  if (!(Math.abs(norm - 9.81) <= 1.5)) {
    failures.push(`the accelerometer says ${norm.toFixed(2)} m/s², expected 9.81 ± 1.5: in g?`)
  }
  const up = quatRotateInv(m.imuQuat_wb, [0, 0, 1])
  const angle = Math.acos(Math.min(1, Math.max(-1, vecDot(up, m.accel_b) / (norm || 1))))
  if (!(angle < (15 * Math.PI) / 180)) {
    failures.push(
      `orientation and accelerometer disagree about up by ${((angle * 180) / Math.PI).toFixed(0)}°, expected less than 15°: w first, or gravity instead of specific force?`,
    )
  }
  return failures
}
