import { atRest, isAtRest, ramp, stickOfKeys, stickOfPad, sumOf } from '@skillweave/demos/web/stick'
import { describe, expect, it } from 'vitest'

const pad = (axes: number[], pressed: number[] = []) => ({
  connected: true,
  axes,
  buttons: Array.from({ length: 17 }, (_, i) => ({ pressed: pressed.includes(i) })),
})

describe('a stick', () => {
  it('goes where keys and pad say, forward and left being positive', () => {
    expect(stickOfKeys(new Set(['w', 'a', 'e']))).toEqual({ x: 1, y: 1, z: 1, yaw: -1 })
    expect(stickOfKeys(new Set(['w', 's']))).toEqual(atRest)
    expect(stickOfPad(pad([0.5, -1, -0.4, 0.1]), false)).toEqual({ x: 1, y: -0.5, z: 0, yaw: 0.4 })
    expect(sumOf(stickOfKeys(new Set(['w'])), stickOfPad(pad([0, -1, 0, 0]), false)).x).toBe(1)
  })

  it('of a real robot is at rest unless LB is held', () => {
    expect(stickOfPad(pad([0, -1, 0, 0]), true)).toEqual(atRest)
    expect(stickOfPad(pad([0, -1, 0, 0], [4]), true).x).toBe(1)
    expect(stickOfPad({ ...pad([0, -1, 0, 0], [4]), connected: false }, true)).toEqual(atRest)
  })

  it('comes up slowly and is let go at once', () => {
    const wanted = stickOfKeys(new Set(['w', 'd']))
    let now = atRest
    const way = Array.from({ length: 12 }, () => {
      now = ramp(now, wanted, 0.1)
      return now.x
    })
    expect(way[0]).toBeCloseTo(0.1, 12)
    expect(way[8]).toBeCloseTo(0.9, 12)
    expect(way[11]).toBe(1)
    expect(now.y).toBe(-1)
    // One of two keys is let go: that axis comes down as it went up.
    expect(ramp(now, stickOfKeys(new Set(['w'])), 0.1)).toMatchObject({ x: 1, y: -0.9 })
    expect(isAtRest(ramp(now, atRest, 0.1))).toBe(true)
  })
})
