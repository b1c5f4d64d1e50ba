import { createRng } from '@skillweave/math'
import { computeGae } from '@skillweave/rl'
import fc from 'fast-check'
import { expect, it } from 'vitest'

it('equals the direct sum Σ (γλ)^k δ up to the end of the episode', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 3 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer(),
      (nSteps, nEnvs, gamma, lambda, seed) => {
        const rng = createRng(seed)
        const random = (n: number) => Float32Array.from({ length: n }, () => rng.normal())
        const rewards = random(nSteps * nEnvs)
        const values = random((nSteps + 1) * nEnvs)
        const ended = Uint8Array.from({ length: nSteps * nEnvs }, () => rng.integer(4) >> 1 && 1)
        const advantages = new Float32Array(nSteps * nEnvs)
        const returns = new Float32Array(nSteps * nEnvs)
        computeGae({ nSteps, nEnvs, gamma, lambda, rewards, values, ended }, advantages, returns)
        for (let e = 0; e < nEnvs; e++) {
          for (let t = 0; t < nSteps; t++) {
            let sum = 0
            for (let k = t; k < nSteps; k++) {
              const i = k * nEnvs + e
              const next = ended[i] ? 0 : gamma * values[i + nEnvs]
              sum += (gamma * lambda) ** (k - t) * (rewards[i] + next - values[i])
              if (ended[i]) break
            }
            expect(advantages[t * nEnvs + e]).toBeCloseTo(sum, 4)
            expect(returns[t * nEnvs + e]).toBeCloseTo(sum + values[t * nEnvs + e], 4)
          }
        }
      },
    ),
    { numRuns: 50 },
  )
})
