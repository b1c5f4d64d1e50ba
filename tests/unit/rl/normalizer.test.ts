import { createRng } from '@skillweave/math'
import { createNormalizer, singleWorker } from '@skillweave/rl'
import { describe, expect, it } from 'vitest'

const reduce = singleWorker

describe('normalizer', () => {
  it('measures mean and variance of everything it was given, in any portions', async () => {
    const rng = createRng(1)
    const n = 600
    const x = Float32Array.from({ length: 2 * n }, (_, i) =>
      i % 2 ? 1000 + 3 * rng.normal() : 0.01 * rng.normal(),
    )
    const whole = createNormalizer(2, { reduce })
    await whole.update(x, n)
    const parts = createNormalizer(2, { reduce })
    await parts.update(x, 100)
    await parts.update(x.subarray(200), 400)
    await parts.update(x.subarray(1000), 100)
    for (let j = 0; j < 2; j++) {
      let mean = 0
      for (let i = 0; i < n; i++) mean += x[2 * i + j] / n
      let variance = 0
      for (let i = 0; i < n; i++) variance += (x[2 * i + j] - mean) ** 2 / n
      for (const norm of [whole, parts]) {
        expect(norm.mean[j]).toBeCloseTo(mean, 3)
        expect(norm.invStd[j]).toBeCloseTo(1 / Math.sqrt(variance + 1e-4), 4)
      }
    }
  })

  it('leaves an element that never changes near zero', async () => {
    const norm = createNormalizer(1, { reduce })
    await norm.update(Float32Array.of(5, 5, 5), 3)
    expect(norm.mean[0]).toBe(5)
    expect(norm.invStd[0]).toBeCloseTo(100, 3)
  })

  it('commutes with the mirror when there is one', async () => {
    const symmetry = { index: [1, 0, 2], sign: [1, 1, -1] }
    const norm = createNormalizer(3, { reduce, symmetry })
    await norm.update(Float32Array.of(1, 5, 2, 3, 9, 4), 2)
    expect(norm.mean[0]).toBe(norm.mean[1])
    expect(norm.invStd[0]).toBe(norm.invStd[1])
    expect(norm.mean[2]).toBe(0)
  })

  it('comes back from its state', async () => {
    const a = createNormalizer(2, { reduce })
    await a.update(Float32Array.of(1, 2, 3, 5), 2)
    const b = createNormalizer(2, { reduce })
    b.restore(a.save())
    expect([b.mean, b.invStd, b.count]).toEqual([a.mean, a.invStd, a.count])
  })

  it('names an element that is not finite', async () => {
    const norm = createNormalizer(2, { reduce })
    await expect(norm.update(Float32Array.of(1, 2, 3, Number.NaN), 2)).rejects.toThrow(
      'observation element 1 is not finite',
    )
  })
})
