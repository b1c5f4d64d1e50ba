import { ballRadius, findBounces, gravity } from './ball-track.ts'

/** A stretch of free flight, times in frames (not whole at a bounce). */
export interface Flight {
  readonly from: number
  readonly to: number
}

export interface FlightFit {
  readonly flights: readonly Flight[]
  /** Whole frames of the track on a flight, and how far the fit moved the ball there, m. */
  readonly movedMax: number
}

export interface FlightOptions {
  /**
   * Where a hand may be touching. Flights reach into such frames as long as the measured ball stays
   * within 1 cm of the fitted parabola, because labels are generous at both ends of a contact.
   */
  readonly held: (t: number) => boolean
  /** Release and catch: where the track has them, or where the fitted parabola passes. */
  readonly ends: 'track' | 'fit'
}

/**
 * Put the free parts of a ball track on exact parabolas, in place. A flight lies between release,
 * bounce and catch; the arc between its ends (a bounce is at the ball's radius) is the one gravity
 * makes in that time. Velocities are written where a flight is.
 */
export function fitFlights(
  pos: Float64Array,
  vel: Float64Array,
  fps: number,
  options: FlightOptions,
): FlightFit {
  const n = pos.length / 3
  const measured = pos.slice()
  const bounces = findBounces(measured, fps).map((b) => b.frame + b.part)
  const flights: Flight[] = []
  let movedMax = 0
  for (const run of freeRuns(n, options.held)) {
    const cuts = bounces.filter((b) => b > run.from && b < run.to)
    const ends = [run.from, ...cuts, run.to]
    const arcs: { from: number; to: number; fit: Parabola }[] = []
    for (let i = 0; i + 1 < ends.length; i++) {
      const fit = fitParabola(measured, fps, Math.ceil(ends[i]), Math.floor(ends[i + 1]))
      if (!fit || fit.error > 0.03) continue
      const open = { from: i === 0 && run.from > 0, to: i + 2 === ends.length && run.to < n - 1 }
      arcs.push({ ...extend(measured, fit, ends[i], ends[i + 1], open, bounces), fit })
    }
    for (const arc of arcs) {
      const a = endpoint(measured, arc.fit, arc.from, bounces, options)
      const b = endpoint(measured, arc.fit, arc.to, bounces, options)
      movedMax = Math.max(movedMax, writeArc(pos, vel, fps, arc, a, b))
      flights.push({ from: arc.from, to: arc.to })
    }
  }
  return { flights, movedMax }
}

function freeRuns(n: number, held: (t: number) => boolean): Flight[] {
  const runs: Flight[] = []
  for (let t = 0; t < n; t++) {
    if (held(t)) continue
    const from = t
    while (t + 1 < n && !held(t + 1)) t++
    if (t - from >= 3) runs.push({ from, to: t })
  }
  return runs
}

/** p(s) = p0 + v s − g s²/2, with s in seconds from frame `origin`. */
interface Parabola {
  readonly origin: number
  readonly p: readonly number[]
  readonly v: readonly number[]
  readonly fps: number
  /** Largest distance from the measured track, m. */
  readonly error: number
}

/** Least squares with known gravity on frames from…to; undefined with fewer than three. */
function fitParabola(
  pos: Float64Array,
  fps: number,
  from: number,
  to: number,
): Parabola | undefined {
  const count = to - from + 1
  if (count < 3) return undefined
  const middle = (count - 1) / 2 / fps
  let spread = 0
  for (let i = 0; i < count; i++) spread += (i / fps - middle) ** 2
  const p = [0, 0, 0]
  const v = [0, 0, 0]
  for (let k = 0; k < 3; k++) {
    for (let i = 0; i < count; i++) {
      const s = i / fps
      const y = pos[3 * (from + i) + k] + (k === 2 ? (gravity * s * s) / 2 : 0)
      p[k] += y / count
      v[k] += (y * (s - middle)) / spread
    }
    p[k] -= v[k] * middle
  }
  const fit = { origin: from, p, v, fps, error: 0 }
  let error = 0
  for (let t = from; t <= to; t++) error = Math.max(error, distance(fit, pos, t))
  return { ...fit, error }
}

const at = (fit: Parabola, t: number, k: number): number => {
  const s = (t - fit.origin) / fit.fps
  return fit.p[k] + fit.v[k] * s - (k === 2 ? (gravity * s * s) / 2 : 0)
}

const distance = (fit: Parabola, pos: Float64Array, t: number): number =>
  Math.hypot(...[0, 1, 2].map((k) => pos[3 * t + k] - at(fit, t, k)))

/** Reach into frames marked as held while the ball still follows the parabola. */
function extend(
  pos: Float64Array,
  fit: Parabola,
  from: number,
  to: number,
  open: { from: boolean; to: boolean },
  bounces: readonly number[],
): Flight {
  const n = pos.length / 3
  const reach = Math.round(0.15 * fit.fps)
  const clear = (a: number, b: number) => !bounces.some((x) => x >= a && x <= b)
  let first = from
  let last = to
  while (
    open.from &&
    first > 0 &&
    from - first < reach &&
    clear(first - 1, first) &&
    distance(fit, pos, first - 1) < 0.01
  ) {
    first--
  }
  while (
    open.to &&
    last < n - 1 &&
    last - to < reach &&
    clear(last, last + 1) &&
    distance(fit, pos, last + 1) < 0.01
  ) {
    last++
  }
  return { from: first, to: last }
}

function endpoint(
  pos: Float64Array,
  fit: Parabola,
  t: number,
  bounces: readonly number[],
  options: FlightOptions,
): number[] {
  if (bounces.includes(t)) return [at(fit, t, 0), at(fit, t, 1), ballRadius]
  // The first and last frame of a clip have nothing to join: trust the fit.
  const free = options.ends === 'fit' || t === 0 || t === pos.length / 3 - 1
  const p = [0, 1, 2].map((k) => (free ? at(fit, t, k) : pos[3 * t + k]))
  p[2] = Math.max(p[2], ballRadius)
  return p
}

/** Write the arc that gravity makes from a to b; returns how far it moved the ball at most, m. */
function writeArc(
  pos: Float64Array,
  vel: Float64Array,
  fps: number,
  arc: Flight,
  a: readonly number[],
  b: readonly number[],
): number {
  const duration = (arc.to - arc.from) / fps
  const v = a.map((x, k) => (b[k] - x) / duration + (k === 2 ? (gravity * duration) / 2 : 0))
  let moved = 0
  for (let t = Math.ceil(arc.from); t <= Math.floor(arc.to); t++) {
    const s = (t - arc.from) / fps
    let d = 0
    for (let k = 0; k < 3; k++) {
      const x = a[k] + v[k] * s - (k === 2 ? (gravity * s * s) / 2 : 0)
      d += (x - pos[3 * t + k]) ** 2
      pos[3 * t + k] = x
      vel[3 * t + k] = v[k] - (k === 2 ? gravity * s : 0)
    }
    moved = Math.max(moved, Math.sqrt(d))
  }
  return moved
}
