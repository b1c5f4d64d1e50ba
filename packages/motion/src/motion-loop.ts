import { type Floats, quatFromYaw, quatMulAt } from '@skillweave/math'

/**
 * How a motion goes on for ever: its last frame is frame `start`, turned by `yaw` about the vertical
 * through that frame's base and then moved by (dx, dy), world frame of the recording. What comes before
 * `start` is the way in and is not repeated.
 */
export interface MotionLoop {
  readonly start: number
  /** rad */
  readonly yaw: number
  /** m */
  readonly dx: number
  readonly dy: number
}

/** Move world quantities of a cyclic motion by whole cycles, in place. */
export interface LoopTransform {
  point(p: Floats, at: number, laps: 1 | -1): void
  vector(v: Floats, at: number, laps: 1 | -1): void
  quat(q: Floats, at: number, laps: 1 | -1): void
}

/** The transform of one cycle of a motion with a loop. */
export function loopTransform(motion: {
  readonly basePos_w: Float64Array
  readonly loop?: MotionLoop
}): LoopTransform {
  if (!motion.loop) throw new Error('the motion has no loop')
  const { start, yaw, dx, dy } = motion.loop
  const [x0, y0] = motion.basePos_w.subarray(3 * start)
  const c = Math.cos(yaw)
  const s = Math.sin(yaw)
  const turns = { 1: quatFromYaw(yaw), [-1]: quatFromYaw(-yaw) }
  const rotate = (v: Floats, at: number, sine: number) => {
    const x = v[at]
    const y = v[at + 1]
    v[at] = c * x - sine * y
    v[at + 1] = sine * x + c * y
  }
  return {
    point(p, at, laps) {
      // Forward: R (p − p0) + p0 + d. Backward: Rᵀ (p − p0 − d) + p0.
      p[at] -= x0 + (laps < 0 ? dx : 0)
      p[at + 1] -= y0 + (laps < 0 ? dy : 0)
      rotate(p, at, laps * s)
      p[at] += x0 + (laps > 0 ? dx : 0)
      p[at + 1] += y0 + (laps > 0 ? dy : 0)
    },
    vector: (v, at, laps) => rotate(v, at, laps * s),
    quat: (q, at, laps) => quatMulAt(q, at, turns[laps], 0, q, at),
  }
}
