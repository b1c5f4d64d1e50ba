import { blendTargets, softmaxWeights } from '@skillweave/skills'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const finite = (max: number) => fc.float({ min: -max, max, noNaN: true })
const logits = fc.array(finite(50), { minLength: 1, maxLength: 80 })

const softmax = (values: readonly number[], floor = 0): number[] => {
  const out = new Float32Array(values.length + 2).fill(7)
  softmaxWeights([9, ...values], 1, out, 1, values.length, floor)
  expect([out[0], out.at(-1)]).toEqual([7, 7])
  return [...out.subarray(1, -1)]
}

describe('softmaxWeights', () => {
  it('gives weights in [0, 1] that sum to 1, whatever the floor', () => {
    fc.assert(
      fc.property(logits, fc.float({ min: 0, max: 1, noNaN: true }), (values, floor) => {
        const weights = softmax(values, floor)
        expect(weights.every((w) => w >= 0 && w <= 1 + 1e-6)).toBe(true)
        expect(weights.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 4)
      }),
    )
  })

  it('keeps the order of the logits', () => {
    fc.assert(
      fc.property(logits, (values) => {
        const weights = softmax(values)
        for (let i = 1; i < values.length; i++) {
          if (values[i] > values[i - 1]) expect(weights[i]).toBeGreaterThanOrEqual(weights[i - 1])
        }
      }),
    )
  })

  it('does not see a shift of all logits', () => {
    fc.assert(
      fc.property(logits, finite(100), (values, shift) => {
        const shifted = softmax(values.map((v) => v + shift))
        softmax(values).forEach((w, i) => {
          expect(shifted[i]).toBeCloseTo(w, 4)
        })
      }),
    )
  })

  it('drops weights below the floor and shares them among the rest', () => {
    const [a, b, c] = softmax([Math.log(0.6), Math.log(0.39), Math.log(0.01)], 0.02)
    expect(c).toBe(0)
    expect(a).toBeCloseTo(0.6 / 0.99, 6)
    expect(b).toBeCloseTo(0.39 / 0.99, 6)
  })
})

describe('blendTargets', () => {
  const nDof = 5
  const blend = (targets: number[][], weights: number[], perJoint = false) => {
    const out = new Float64Array(nDof).fill(3)
    const flat = Float32Array.from(targets.flat())
    blendTargets(flat, Float32Array.from([9, ...weights]), 1, perJoint, targets.length, out)
    return [...out]
  }
  const target = fc.array(finite(3), { minLength: nDof, maxLength: nDof })
  const skills = fc.array(target, { minLength: 1, maxLength: 6 })

  it('of one skill is that skill', () => {
    fc.assert(
      fc.property(target, (t) => {
        // Adding zero turns −0 into 0.
        const same = t.map((x) => x + 0)
        expect(blend([t], [1])).toEqual(same)
        expect(blend([t, t.map((x) => x + 1)], [1, 0])).toEqual(same)
      }),
    )
  })

  it('stays between the skills, joint by joint', () => {
    fc.assert(
      fc.property(skills, logits, (targets, values) => {
        const weights = softmax(targets.map((_, k) => values[k % values.length]))
        blend(targets, weights).forEach((x, j) => {
          const column = targets.map((t) => t[j])
          expect(x).toBeGreaterThanOrEqual(Math.min(...column) - 1e-4)
          expect(x).toBeLessThanOrEqual(Math.max(...column) + 1e-4)
        })
      }),
    )
  })

  it('of skills that agree is what they agree on', () => {
    fc.assert(
      fc.property(target, logits, (t, values) => {
        const weights = softmax(values.slice(0, 6))
        const mixed = blend(
          weights.map(() => t),
          weights,
        )
        mixed.forEach((x, j) => {
          expect(x).toBeCloseTo(t[j], 4)
        })
      }),
    )
  })

  it('takes a weight per joint, or one per skill', () => {
    const targets = [
      [1, 1, 1, 1, 1],
      [3, 3, 3, 3, 3],
    ]
    expect(blend(targets, [0.5, 0.5])).toEqual([2, 2, 2, 2, 2])
    expect(blend(targets, [1, 0.5, 0, 1, 1, 0, 0.5, 1, 0, 0], true)).toEqual([1, 2, 3, 1, 1])
  })
})
