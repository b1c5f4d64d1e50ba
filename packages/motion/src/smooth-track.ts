import type { Bounce } from './ball-track.ts'

/**
 * Smooth a track of positions [n, 3] in place: minimise Σ w |p − p₀|² + λ Σ |Δ³p|², where frames with
 * `fixed` keep their place and differences across a bounce do not count. Recorded balls jump by up to
 * 17 cm where the tracking hands over between "in the hand" and "free"; this turns such a jump into a
 * push that a hand can make.
 *
 * λ = 10 at 60 frames/s passes motion up to about 6.7 Hz: λ (2 sin(π f / fps))⁶ = 1.
 */
export function smoothTrack(
  pos: Float64Array,
  options: {
    readonly fixed: (t: number) => boolean
    readonly bounces: readonly Bounce[]
    readonly lambda?: number
  },
): void {
  const n = pos.length / 3
  const { fixed, bounces, lambda = 10 } = options
  if (n < 4) return
  // Normal equations, banded: row t holds entries (t, t)…(t, t + 3).
  const a = new Float64Array(4 * n)
  const weight = Float64Array.from({ length: n }, (_, t) => (fixed(t) ? 1e7 : 1))
  for (let t = 0; t < n; t++) a[4 * t] = weight[t]
  for (let t = 0; t + 3 < n; t++) {
    if (bounces.some((b) => b.frame >= t && b.frame < t + 3)) continue
    for (let i = 0; i < 4; i++) {
      for (let j = i; j < 4; j++) a[4 * (t + i) + j - i] += lambda * stencil[i] * stencil[j]
    }
  }
  factor(a, n)
  const x = new Float64Array(n)
  for (let k = 0; k < 3; k++) {
    for (let t = 0; t < n; t++) x[t] = weight[t] * pos[3 * t + k]
    solve(a, x, n)
    for (let t = 0; t < n; t++) if (!fixed(t)) pos[3 * t + k] = x[t]
  }
}

/** Third difference. */
const stencil = [-1, 3, -3, 1]

/** Banded Cholesky factor Lᵀ of a symmetric positive definite matrix, in place. */
function factor(a: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    const pivot = Math.sqrt(a[4 * i])
    for (let j = 0; j < 4; j++) a[4 * i + j] /= pivot
    for (let p = 1; p < 4 && i + p < n; p++) {
      for (let q = p; q < 4 && i + q < n; q++) {
        a[4 * (i + p) + q - p] -= a[4 * i + p] * a[4 * i + q]
      }
    }
  }
}

/** x ← A⁻¹ x with the factor above. */
function solve(a: Float64Array, x: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    x[i] /= a[4 * i]
    for (let p = 1; p < 4 && i + p < n; p++) x[i + p] -= a[4 * i + p] * x[i]
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let p = 1; p < 4 && i + p < n; p++) x[i] -= a[4 * i + p] * x[i + p]
    x[i] /= a[4 * i]
  }
}
