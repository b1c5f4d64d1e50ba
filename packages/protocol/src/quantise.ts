/** Numbers that may be read from: plain or typed arrays. */
export type ReadonlyNumbers = ArrayLike<number>
/** Numbers that may be written to. */
export type Numbers = Float64Array | Float32Array | number[]

/** [−1, 1] → i16. Clipped; NaN becomes 0. */
export const snorm16 = (x: number): number => Math.round(Math.min(1, Math.max(-1, x)) * 32767) | 0

/** i16 → [−1, 1]. */
export const fromSnorm16 = (raw: number): number => Math.max(-1, raw / 32767)

/** rad per count of an i16 angle. */
export const angleScale = Math.PI / 32767

/** The same angle in [−π, π]. */
export function wrapAngle(x: number): number {
  if (x >= -Math.PI && x <= Math.PI) return x
  return x - 2 * Math.PI * Math.round(x / (2 * Math.PI))
}

/** Any angle → i16 over one turn; NaN becomes 0. */
export const angle16 = (x: number): number => Math.round(wrapAngle(x) / angleScale) | 0

/** i16 → rad in [−π, π]. */
export const fromAngle16 = (raw: number): number => raw * angleScale

/**
 * Unit quaternion → three u16: the largest component is dropped (q and −q are the same rotation, so
 * it is made positive), the others take 15 bits each over ±1/√2 with zero exact. Bit 15 of the first
 * word is the high bit of the dropped index, bit 15 of the second the low bit.
 */
export function writeQuat48(out: Uint16Array, o: number, q: ReadonlyNumbers, i: number): void {
  let dropped = 3
  let largest = Math.abs(q[i + 3])
  for (let k = 0; k < 3; k++) {
    const a = Math.abs(q[i + k])
    if (a > largest) {
      largest = a
      dropped = k
    }
  }
  const sign = q[i + dropped] < 0 ? -1 : 1
  let word = 0
  for (let k = 0; k < 4; k++) {
    if (k === dropped) continue
    const x = Math.min(1, Math.max(-1, sign * q[i + k] * Math.SQRT2))
    out[o + word] = Math.round(x * 16383) + 16384
    word++
  }
  out[o] |= (dropped & 2) << 14
  out[o + 1] |= (dropped & 1) << 15
}

/** Three u16 → unit quaternion. Any bits give a unit quaternion. */
export function readQuat48(raw: Uint16Array, i: number, out: Numbers, o: number): void {
  const dropped = ((raw[i] >> 14) & 2) | (raw[i + 1] >> 15)
  let rest = 1
  let word = 0
  for (let k = 0; k < 4; k++) {
    if (k === dropped) continue
    const x = ((raw[i + word] & 0x7fff) - 16384) / (16383 * Math.SQRT2)
    out[o + k] = x
    rest -= x * x
    word++
  }
  out[o + dropped] = Math.sqrt(Math.max(0, rest))
  normalizeQuat(out, o)
}

/** Scale four numbers to norm 1; zero or non-finite ones become the identity. */
export function normalizeQuat(q: Numbers, o: number): void {
  const n = Math.sqrt(q[o] ** 2 + q[o + 1] ** 2 + q[o + 2] ** 2 + q[o + 3] ** 2)
  if (n > 1e-9 && n < Infinity) {
    for (let k = 0; k < 4; k++) q[o + k] /= n
  } else {
    q[o] = 0
    q[o + 1] = 0
    q[o + 2] = 0
    q[o + 3] = 1
  }
}
