import { type Channel, createFrame, type Field, type Frame, frameFlags } from '@skillweave/protocol'

/** The recent frames of a channel, for drawing between them and for looking back. */
export interface FrameRing {
  /**
   * Copy a frame in. One that is not newer than the last, or that follows a cut, empties the ring; one
   * that keeps its past drops only what is not older than the frame, and never blends across a cut.
   */
  push(frame: Frame): void
  /**
   * Values at a time: between two frames by each field's meaning, never beyond the newest or before
   * the oldest. False while there is no frame.
   */
  sample(time_s: number, out: Frame): boolean
  /** A ring of its own with what is held from the last frame not after `time_s` on. */
  since(time_s: number): FrameRing
  readonly count: number
  /** Stamps of what is held, s; NaN while empty. */
  readonly oldest_s: number
  readonly newest_s: number
}

/**
 * A ring of `capacity` frames (default 64). Angles take the short way round, quaternions are blended
 * with their signs matched, codes and bits hold, objects move on cubic curves through their
 * velocities, split where a contact happened in between. Copies whose `episode` changes are cut, not
 * blended.
 */
export function createFrameRing(
  channel: Channel,
  options: { readonly capacity?: number; readonly keepsPast?: boolean } = {},
): FrameRing {
  const { capacity = 64, keepsPast = false } = options
  const frames = Array.from({ length: capacity }, () => createFrame(channel))
  const blends = channel.fields.map((f) => bindBlend(f, channel))
  let count = 0
  /** Index of the slot after the newest. */
  let head = 0
  const at = (k: number): Frame => frames[(head - count + k + capacity) % capacity]

  return {
    get count() {
      return count
    },
    get oldest_s() {
      return count === 0 ? Number.NaN : at(0).time_s
    },
    get newest_s() {
      return count === 0 ? Number.NaN : at(count - 1).time_s
    },
    push(frame) {
      const isCut = (frame.flags & frameFlags.cut) !== 0
      const isOld = (): boolean => count > 0 && frame.time_s <= at(count - 1).time_s
      if (!keepsPast && (isCut || isOld())) count = 0
      while (isOld()) {
        count--
        head = (head - 1 + capacity) % capacity
      }
      copyFrame(frame, frames[head])
      head = (head + 1) % capacity
      count = Math.min(count + 1, capacity)
    },
    since(time_s) {
      let first = 0
      while (first + 1 < count && at(first + 1).time_s <= time_s) first++
      const copy = createFrameRing(channel, {
        capacity: Math.max(1, count - first),
        keepsPast: true,
      })
      for (let k = first; k < count; k++) copy.push(at(k))
      return copy
    },
    sample(time_s, out) {
      if (count === 0) return false
      // The last frame not after `time_s`. Drawing looks near the newest, so search from there first.
      let low = Math.max(0, count - 4)
      if (at(low).time_s > time_s) low = 0
      let high = count
      while (high - low > 1) {
        const mid = (low + high) >> 1
        if (at(mid).time_s <= time_s) low = mid
        else high = mid
      }
      const a = at(low)
      if (low === count - 1 || time_s <= a.time_s) {
        copyFrame(a, out)
        return true
      }
      const b = at(low + 1)
      if (b.flags & frameFlags.cut) {
        copyFrame(a, out)
        return true
      }
      const h_s = b.time_s - a.time_s
      const u = (time_s - a.time_s) / h_s
      out.channel = a.channel
      out.flags = a.flags
      out.seq = a.seq
      out.time_s = time_s
      out.rest = a.rest
      for (let i = 0; i < blends.length; i++) blends[i](a, b, u, h_s, out)
      return true
    },
  }
}

function copyFrame(from: Frame, to: Frame): void {
  to.channel = from.channel
  to.flags = from.flags
  to.seq = from.seq
  to.time_s = from.time_s
  to.rest = from.rest
  for (const name in from.values) to.values[name].set(from.values[name])
}

type Blend = (a: Frame, b: Frame, u: number, h_s: number, out: Frame) => void

function bindBlend(field: Field, channel: Channel): Blend {
  const { name } = field
  const copies = channel.copies ?? 1
  const kernel = kernelOf(field, channel)
  if (kernel === null) return (a, _b, _u, _h, out) => out.values[name].set(a.values[name])
  const hasEpisodes = copies > 1 && channel.fields.some((f) => f.name === 'episode')
  return (a, b, u, h_s, out) => {
    const n = out.values[name].length / copies
    for (let c = 0; c < copies; c++) {
      const isCut = hasEpisodes && a.values.episode[c] !== b.values.episode[c]
      if (isCut) for (let i = c * n; i < (c + 1) * n; i++) out.values[name][i] = a.values[name][i]
      else kernel(a, b, u, h_s, out, c, n)
    }
  }
}

/** Blends n values of copy c. */
type Kernel = (a: Frame, b: Frame, u: number, h_s: number, out: Frame, c: number, n: number) => void

function kernelOf(field: Field, channel: Channel): Kernel | null {
  const { name } = field
  if (field.step) return null
  if (field.order === 'xyzw') {
    return (a, b, u, _h, out, c, n) => {
      for (let i = c * n; i < (c + 1) * n; i += 4)
        nlerp(a.values[name], b.values[name], i, u, out.values[name])
    }
  }
  if (field.wrap) {
    return (a, b, u, _h, out, c, n) => {
      const [x, y, z] = [a.values[name], b.values[name], out.values[name]]
      for (let i = c * n; i < (c + 1) * n; i++) {
        const d = y[i] - x[i]
        z[i] = x[i] + u * (d - 2 * Math.PI * Math.round(d / (2 * Math.PI)))
      }
    }
  }
  const hasVelocity = channel.fields.some((f) => f.name === 'objectLinVel_w')
  if (name === 'objectPos_w' && hasVelocity) return moveObjects
  return (a, b, u, _h, out, c, n) => {
    const [x, y, z] = [a.values[name], b.values[name], out.values[name]]
    for (let i = c * n; i < (c + 1) * n; i++) z[i] = x[i] + u * (y[i] - x[i])
  }
}

/** Normalised linear blend of unit quaternions, the short way. */
function nlerp(x: Float64Array, y: Float64Array, i: number, u: number, out: Float64Array): void {
  const dot = x[i] * y[i] + x[i + 1] * y[i + 1] + x[i + 2] * y[i + 2] + x[i + 3] * y[i + 3]
  const v = dot < 0 ? -u : u
  let normSq = 0
  for (let k = i; k < i + 4; k++) {
    const q = (1 - u) * x[k] + v * y[k]
    out[k] = q
    normSq += q * q
  }
  const s = 1 / Math.sqrt(normSq)
  for (let k = i; k < i + 4; k++) out[k] *= s
}

function moveObjects(
  a: Frame,
  b: Frame,
  u: number,
  h_s: number,
  out: Frame,
  c: number,
  n: number,
): void {
  const p0 = a.values.objectPos_w
  const p1 = b.values.objectPos_w
  const v0 = a.values.objectLinVel_w
  const v1 = b.values.objectLinVel_w
  const p = out.values.objectPos_w
  const touched = b.values.objectContact?.[c] ?? 0
  for (let o = 0; o < n / 3; o++) {
    const i = c * n + 3 * o
    if (o < 8 && (touched >> o) & 1) bounce(p0, v0, p1, v1, i, u, h_s, p)
    else hermite(p0, v0, p1, v1, i, u, h_s, p)
  }
}

/** Cubic through both ends with both velocities. */
function hermite(
  p0: Float64Array,
  v0: Float64Array,
  p1: Float64Array,
  v1: Float64Array,
  i: number,
  u: number,
  h_s: number,
  out: Float64Array,
): void {
  const u2 = u * u
  const u3 = u2 * u
  for (let k = i; k < i + 3; k++) {
    out[k] =
      (2 * u3 - 3 * u2 + 1) * p0[k] +
      (u3 - 2 * u2 + u) * h_s * v0[k] +
      (3 * u2 - 2 * u3) * p1[k] +
      (u3 - u2) * h_s * v1[k]
  }
}

/**
 * Straight on from the first end, straight into the second, joined where the two lines come closest:
 * minimise |D(s)|, D(s) = p0 + v0 s − p1 + v1 (h − s). What gap remains is shared out linearly.
 */
function bounce(
  p0: Float64Array,
  v0: Float64Array,
  p1: Float64Array,
  v1: Float64Array,
  i: number,
  u: number,
  h_s: number,
  out: Float64Array,
): void {
  let ab = 0
  let bb = 0
  for (let k = i; k < i + 3; k++) {
    const d = v0[k] - v1[k]
    ab += (p0[k] - p1[k] + v1[k] * h_s) * d
    bb += d * d
  }
  const split_s = bb > 1e-12 ? Math.min(h_s, Math.max(0, -ab / bb)) : h_s / 2
  const s = u * h_s
  for (let k = i; k < i + 3; k++) {
    const gap = p0[k] + v0[k] * split_s - p1[k] + v1[k] * (h_s - split_s)
    out[k] =
      s < split_s
        ? p0[k] + v0[k] * s - 0.5 * gap * (s / split_s)
        : p1[k] -
          v1[k] * (h_s - s) +
          (split_s < h_s ? 0.5 * gap * ((h_s - s) / (h_s - split_s)) : 0)
  }
}
