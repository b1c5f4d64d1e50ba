import type { ReadonlyFloats, Vec3 } from './quat.ts'

export const vecAdd = (a: ReadonlyFloats, b: ReadonlyFloats): Vec3 => [
  a[0] + b[0],
  a[1] + b[1],
  a[2] + b[2],
]
export const vecSub = (a: ReadonlyFloats, b: ReadonlyFloats): Vec3 => [
  a[0] - b[0],
  a[1] - b[1],
  a[2] - b[2],
]
export const vecScale = (a: ReadonlyFloats, k: number): Vec3 => [a[0] * k, a[1] * k, a[2] * k]
export const vecDot = (a: ReadonlyFloats, b: ReadonlyFloats): number =>
  a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
export const vecCross = (a: ReadonlyFloats, b: ReadonlyFloats): Vec3 => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
]
export const vecNorm = (a: ReadonlyFloats): number => Math.hypot(a[0], a[1], a[2])
export const vecNormalize = (a: ReadonlyFloats): Vec3 => vecScale(a, 1 / vecNorm(a))

/** ‖a[ao…] − b[bo…]‖² of two 3-vectors inside flat arrays. */
export function distSqAt(a: ReadonlyFloats, ao: number, b: ReadonlyFloats, bo: number): number {
  const x = a[ao] - b[bo]
  const y = a[ao + 1] - b[bo + 1]
  const z = a[ao + 2] - b[bo + 2]
  return x * x + y * y + z * z
}

export const clamp = (x: number, low: number, high: number): number =>
  x < low ? low : x > high ? high : x
