import { createHash } from 'node:crypto'
import {
  angle16,
  fromAngle16,
  fromSnorm16,
  readQuat48,
  sha256Hex,
  snorm16,
  wrapAngle,
  writeQuat48,
} from '@skillweave/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const finite = fc.double({ min: -1, max: 1, noNaN: true })
const unitQuat = fc
  .tuple(finite, finite, finite, finite)
  .filter((q) => Math.hypot(...q) > 1e-3)
  .map((q) => q.map((x) => x / Math.hypot(...q)))

/** Angle between two rotations, rad: 2 asin of half the chord, which stays exact near zero. */
const angleBetween = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let plus = 0
  let minus = 0
  for (let i = 0; i < 4; i++) {
    plus += (a[i] + b[i]) ** 2
    minus += (a[i] - b[i]) ** 2
  }
  return 4 * Math.asin(Math.min(1, Math.sqrt(Math.min(plus, minus)) / 2))
}

describe('quantised numbers', () => {
  it('snorm16 is off by at most half a count, and exact at −1, 0 and 1', () => {
    fc.assert(
      fc.property(finite, (x) => Math.abs(fromSnorm16(snorm16(x)) - x) <= 0.5 / 32767 + 1e-12),
    )
    for (const x of [-1, 0, 1]) expect(fromSnorm16(snorm16(x))).toBe(x)
    expect(fromSnorm16(-32768)).toBe(-1)
    expect(snorm16(Number.NaN)).toBe(0)
    expect(snorm16(7)).toBe(32767)
  })

  it('angles come back within half a count, whatever turn they were on', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e4, max: 1e4, noNaN: true }), (x) => {
        const back = fromAngle16(angle16(x))
        expect(Math.abs(back)).toBeLessThanOrEqual(Math.PI + 1e-9)
        expect(Math.abs(wrapAngle(back - x))).toBeLessThanOrEqual(0.5 * (Math.PI / 32767) + 1e-9)
      }),
    )
  })

  it('quat48 is off by at most 0.15 mrad, and exact for the identity', () => {
    const raw = new Uint16Array(3)
    const out = new Float64Array(4)
    let worst = 0
    fc.assert(
      fc.property(unitQuat, (q) => {
        writeQuat48(raw, 0, q, 0)
        readQuat48(raw, 0, out, 0)
        worst = Math.max(worst, angleBetween(q, out))
        expect(Math.hypot(...out)).toBeCloseTo(1, 12)
      }),
      { numRuns: 5000 },
    )
    // Half a step on three components, and what they do to the dropped one when all four are ½:
    // 2 · √(3 + 3²) · 0.5 / (16383 √2).
    expect(worst).toBeLessThan(1.496e-4)
    writeQuat48(raw, 0, [0, 0, 0, 1], 0)
    readQuat48(raw, 0, out, 0)
    expect([...out]).toEqual([0, 0, 0, 1])
  })

  it('quat48 gives a unit quaternion for any bits', () => {
    const word = fc.integer({ min: 0, max: 65535 })
    const out = new Float64Array(4)
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        readQuat48(Uint16Array.of(a, b, c), 0, out, 0)
        return Math.abs(Math.hypot(...out) - 1) < 1e-9
      }),
    )
  })

  it('SHA-256 agrees with the platform for texts of any length', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        expect(sha256Hex(text)).toBe(createHash('sha256').update(text).digest('hex'))
      }),
      { numRuns: 300 },
    )
  })
})
