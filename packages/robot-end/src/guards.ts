import type { Measurement } from './preflight.ts'
import type { RobotProfile } from './profile.ts'

/** Watches what is measured for reasons to end motion whatever anybody asks. Does not allocate. */
export interface Guards {
  /** Stamp of the newest measurement, s. */
  readonly stamp_s: number
  /** A new measurement, at every tick. */
  see(m: Measurement, now_s: number): void
  /** Not finite, or unchanged for too long. */
  readonly isSensorBroken: boolean
  /** A joint well above its speed limit, or a little above it for a while. Call once a tick while it matters. */
  isTooFast(): boolean
  readonly hasFallen: boolean
}

export function createGuards(profile: RobotProfile): Guards {
  const { velocity, tiltMax, tickDt_s } = profile
  const frozenAfter_ms = profile.frozenAfter_ms ?? 10
  const upMin = tiltMax === null ? Number.NEGATIVE_INFINITY : Math.cos(tiltMax)
  let changed_s = 0
  /** Greatest share of its speed limit that a joint has. */
  let speed = 0
  let fast_s = 0
  const guards = {
    stamp_s: Number.NEGATIVE_INFINITY,
    isSensorBroken: false,
    hasFallen: false,
    see: (m: Measurement, now_s: number) => {
      if (m.stamp_s !== guards.stamp_s) {
        guards.stamp_s = m.stamp_s
        changed_s = now_s
      }
      speed = 0
      let isSound = true
      for (let i = 0; i < velocity.length; i++) {
        isSound &&= Number.isFinite(m.q[i]) && Number.isFinite(m.dq[i])
        speed = Math.max(speed, Math.abs(m.dq[i]) / velocity[i])
      }
      guards.isSensorBroken = !isSound || (now_s - changed_s) * 1000 > frozenAfter_ms
      // z of the base's up axis in the world: the cosine of the tilt.
      guards.hasFallen = 1 - 2 * (m.imuQuat_wb[0] ** 2 + m.imuQuat_wb[1] ** 2) < upMin
    },
    isTooFast: () => {
      fast_s = speed > 1.1 ? fast_s + tickDt_s : 0
      return speed > 1.5 || fast_s > 0.02
    },
  }
  return guards
}
