import type { AllReduce } from './all-reduce.ts'
import type { SignedPermutation } from './vec-env.ts'

/**
 * Running mean and variance of observations. The float copies are what networks use:
 * x̂ = clip((x - mean) · invStd). Statistics are in float64, merged batch by batch (Chan et al. 1983).
 */
export interface Normalizer {
  readonly size: number
  /** Samples seen. */
  readonly count: number
  readonly mean: Float32Array
  readonly invStd: Float32Array
  /** Statistics for a checkpoint: mean, variance, and the count in the last element. */
  save(): Float64Array
  restore(state: ArrayLike<number>): void
  /** Start from known values as if they had been measured on `count` samples. */
  set(mean: ArrayLike<number>, invStd: ArrayLike<number>, count: number): void
  /** Add `rows` rows of `x` [rows, size], together with those of the other workers. */
  update(x: Float32Array, rows: number): Promise<void>
}

/** Added to the variance, so that elements that never change stay 0 instead of exploding. */
const varianceFloor = 1e-4

/** With `symmetry`, the float copies satisfy normalise(M x) = M normalise(x). */
export function createNormalizer(
  size: number,
  { reduce, symmetry }: { reduce: AllReduce; symmetry?: SignedPermutation | undefined },
): Normalizer {
  const state = new Float64Array(2 * size + 1)
  const meanOf = state.subarray(0, size)
  const varianceOf = state.subarray(size, 2 * size)
  varianceOf.fill(1)
  const mean = new Float32Array(size)
  const invStd = new Float32Array(size).fill(1)
  const sums = new Float64Array(2 * size + 1)

  const publish = (): void => {
    for (let j = 0; j < size; j++) {
      let mu = meanOf[j]
      let variance = varianceOf[j]
      if (symmetry) {
        // Of the mixture of the data and its mirror image.
        const k = symmetry.index[j]
        const other = symmetry.sign[j] * meanOf[k]
        variance = 0.5 * (variance + varianceOf[k]) + 0.25 * (mu - other) ** 2
        mu = 0.5 * (mu + other)
      }
      mean[j] = mu
      invStd[j] = 1 / Math.sqrt(variance + varianceFloor)
    }
  }

  return {
    size,
    get count() {
      return state[2 * size]
    },
    mean,
    invStd,
    save: () => state.slice(),
    restore: (saved) => {
      state.set(saved)
      publish()
    },
    set: (newMean, newInvStd, count) => {
      for (let j = 0; j < size; j++) {
        meanOf[j] = newMean[j]
        varianceOf[j] = Math.max(0, 1 / newInvStd[j] ** 2 - varianceFloor)
      }
      state[2 * size] = count
      publish()
    },
    update: async (x, rows) => {
      // Sums of the deviation from the present mean: exact enough, and additive over workers.
      sums.fill(0)
      for (let i = 0; i < rows; i++) {
        for (let j = 0, o = i * size; j < size; j++) {
          const d = x[o + j] - meanOf[j]
          sums[j] += d
          sums[size + j] += d * d
        }
      }
      const bad = sums.findIndex((s) => !Number.isFinite(s))
      if (bad >= 0) throw new Error(`observation element ${bad % size} is not finite`)
      sums[2 * size] = rows
      await reduce.sum(sums)
      const n = sums[2 * size]
      const before = state[2 * size]
      const total = before + n
      for (let j = 0; j < size; j++) {
        const shift = sums[j] / n
        const variance = Math.max(0, sums[size + j] / n - shift * shift)
        meanOf[j] += (shift * n) / total
        varianceOf[j] =
          before === 0
            ? variance
            : (varianceOf[j] * before + variance * n + (shift * shift * before * n) / total) / total
      }
      state[2 * size] = total
      publish()
    },
  }
}
