import type { LoopTransform } from './motion-loop.ts'

/** m/s² */
export const gravity = 9.81
/** Radius of the ball in the clips and the tasks, m. */
export const ballRadius = 0.12

/** A bounce lies between frames `frame` and `frame + 1`, `part` of the way (0…1). */
export interface Bounce {
  readonly frame: number
  readonly part: number
}

/**
 * Floor bounces in a track of ball positions [n, 3]: the vertical speed jumps up by more than
 * `jumpMin` (m/s) within one frame interval near the floor.
 */
export function findBounces(pos: Float64Array, fps: number, jumpMin = 1.2): Bounce[] {
  const n = pos.length / 3
  const z = (t: number) => pos[3 * t + 2]
  const jump = (k: number) =>
    k < 1 || k + 2 >= n ? 0 : (z(k + 2) - z(k + 1) - z(k) + z(k - 1)) * fps + (2 * gravity) / fps
  const nearFloor = (k: number) => Math.min(z(k), z(k + 1)) < ballRadius + 8 / fps
  const bounces: Bounce[] = []
  for (let k = 1; k + 2 < n; k++) {
    const d = jump(k)
    if (d < jumpMin || !nearFloor(k) || d < jump(k - 1) || d <= jump(k + 1)) continue
    // Down before, up after: pushing a ball up from the floor by hand is slower than this.
    if (z(k) > z(k - 1) || z(k + 2) < z(k + 1)) continue
    bounces.push({ frame: k, part: bouncePart(z(k - 1), z(k), z(k + 1), z(k + 2), fps) })
  }
  return bounces
}

/** Where within the middle interval the falling and the rising parabola meet. */
function bouncePart(z0: number, z1: number, z2: number, z3: number, fps: number): number {
  const dt = 1 / fps
  const down = (z1 - z0) / dt - (gravity * dt) / 2 // at z1
  const up = (z3 - z2) / dt + (gravity * dt) / 2 // at z2
  // z1 + down τ − g τ²/2 = z2 − up (dt − τ) − g (dt − τ)²/2; the squares leave g dt τ − g dt²/2.
  const slope = down - up - gravity * dt
  const tau = (z2 - z1 - up * dt - (gravity * dt * dt) / 2) / slope
  return Math.min(1, Math.max(0, tau / dt))
}

/**
 * Velocities of a ball track [n, 3] by central differences, one-sided at both ends (across the seam of
 * a loop when `seam` is given) and at bounces: a difference across a bounce would give a ball at rest
 * on the floor, from which nothing can be imitated. `bounces` are found in the track unless given.
 */
export function ballVelocities(
  pos: Float64Array,
  fps: number,
  options: {
    readonly seam?: LoopTransform & { readonly start: number }
    readonly bounces?: readonly Bounce[]
  } = {},
): Float64Array {
  const n = pos.length / 3
  const vel = new Float64Array(3 * n)
  const { seam, bounces = findBounces(pos, fps) } = options
  const blocked = new Set(bounces.map((b) => b.frame))
  const a = new Float64Array(3)
  const b = new Float64Array(3)
  const read = (out: Float64Array, t: number, laps: -1 | 0 | 1) => {
    for (let k = 0; k < 3; k++) out[k] = pos[3 * t + k]
    if (laps !== 0) seam?.point(out, 0, laps)
  }
  for (let t = 0; t < n; t++) {
    const lead = seam && t === seam.start ? n - 2 : t - 1
    const follow = seam && t === n - 1 ? seam.start + 1 : t + 1
    const fromHere = lead < 0 || blocked.has(lead)
    const toHere = follow >= n || blocked.has(follow - 1)
    read(a, fromHere ? t : lead, !fromHere && lead > t ? -1 : 0)
    read(b, toHere ? t : follow, !toHere && follow < t ? 1 : 0)
    const span = (fromHere ? 0 : 1) + (toHere ? 0 : 1)
    if (span === 0) continue
    for (let k = 0; k < 3; k++) vel[3 * t + k] = ((b[k] - a[k]) * fps) / span
    // A one-sided difference is the velocity half a frame away; gravity acts in between.
    const atBounce = (fromHere && lead >= 0) || (toHere && follow < n)
    if (atBounce && span === 1) vel[3 * t + 2] += ((fromHere ? 1 : -1) * gravity) / fps / 2
  }
  return vel
}
