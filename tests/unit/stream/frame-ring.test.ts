import { createFrame, declareChannel, defineLayout, frameFlags } from '@skillweave/protocol'
import { createFrameRing } from '@skillweave/stream/client'
import { describe, expect, it } from 'vitest'

const channel = declareChannel(1, {
  name: 'view.bodies',
  class: 'sampled',
  rate_hz: 60,
  clock: 'sim',
  layout: defineLayout({
    fields: [
      { name: 'basePos_w', type: 'f32', count: 3, unit: 'm' },
      { name: 'baseQuat_wb', type: 'i16', count: 4, unit: '1', codec: 'snorm16', order: 'xyzw' },
      { name: 'hinges', type: 'i16', count: 1, unit: 'rad', wrap: true, scale: Math.PI / 32767 },
      { name: 'objectContact', type: 'u8', count: 1, unit: '1', step: true },
      { name: 'objectPos_w', type: 'f32', count: 3, unit: 'm' },
      { name: 'objectLinVel_w', type: 'f32', count: 3, unit: 'm/s' },
    ],
  }),
})

const put = (
  ring: ReturnType<typeof createFrameRing>,
  time_s: number,
  values: Record<string, number[]>,
  flags = 0,
): void => {
  const frame = createFrame(channel)
  frame.values.baseQuat_wb[3] = 1
  for (const [name, v] of Object.entries(values)) frame.values[name].set(v)
  Object.assign(frame, { time_s, flags })
  ring.push(frame)
}

describe('a frame ring', () => {
  it('blends positions straight, angles the short way, quaternions as rotations; codes hold', () => {
    const ring = createFrameRing(channel)
    const out = createFrame(channel)
    const half = Math.SQRT1_2
    put(ring, 0, { basePos_w: [1, 0, 0], hinges: [3.1], objectContact: [0] })
    put(ring, 1, {
      basePos_w: [3, 0, 0],
      hinges: [-3.1],
      objectContact: [1],
      baseQuat_wb: [0, 0, -half, -half],
    })
    expect(ring.sample(0.5, out)).toBe(true)
    expect(out.values.basePos_w[0]).toBe(2)
    expect(Math.cos(out.values.hinges[0])).toBeCloseTo(-1, 6)
    expect(out.values.objectContact[0]).toBe(0)
    expect(out.values.baseQuat_wb[2]).toBeCloseTo(Math.sin(Math.PI / 8), 3)
    expect(out.time_s).toBe(0.5)
  })

  it('holds at both ends instead of guessing', () => {
    const ring = createFrameRing(channel)
    const out = createFrame(channel)
    expect(ring.sample(0, out)).toBe(false)
    put(ring, 1, { basePos_w: [1, 0, 0] })
    put(ring, 2, { basePos_w: [2, 0, 0] })
    ring.sample(9, out)
    expect(out.values.basePos_w[0]).toBe(2)
    ring.sample(0, out)
    expect(out.values.basePos_w[0]).toBe(1)
  })

  it('finds any moment after it has gone round many times', () => {
    const ring = createFrameRing(channel, { capacity: 16 })
    const out = createFrame(channel)
    for (let i = 0; i < 100; i++) put(ring, i, { basePos_w: [i, 0, 0] })
    expect([ring.count, ring.oldest_s, ring.newest_s]).toEqual([16, 84, 99])
    for (let t = 84; t <= 99; t += 0.25) {
      ring.sample(t, out)
      expect(out.values.basePos_w[0]).toBe(t)
    }
  })

  it('forgets the past at a cut and when time runs back', () => {
    const ring = createFrameRing(channel)
    const out = createFrame(channel)
    put(ring, 1, { basePos_w: [1, 0, 0] })
    put(ring, 2, { basePos_w: [50, 0, 0] }, frameFlags.cut)
    ring.sample(1.5, out)
    expect(out.values.basePos_w[0]).toBe(50)
    put(ring, 0.5, { basePos_w: [7, 0, 0] })
    expect(ring.count).toBe(1)
  })

  it('draws a thrown ball on its parabola to within 0.1 mm at 60 Hz', () => {
    const ring = createFrameRing(channel)
    const out = createFrame(channel)
    const at = (t: number): number => 5 * t - 4.905 * t * t
    for (let i = 0; i < 30; i++) {
      const t = i / 60
      put(ring, t, { objectPos_w: [0, 0, at(t)], objectLinVel_w: [0, 0, 5 - 9.81 * t] })
    }
    for (let t = 0; t < 0.48; t += 0.0031) {
      ring.sample(t, out)
      expect(Math.abs(out.values.objectPos_w[2] - at(t))).toBeLessThan(1e-4)
    }
  })

  it('lets a bouncing ball touch the floor, wherever in the interval it does', () => {
    const out = createFrame(channel)
    const h = 1 / 60
    for (const [u, tolerance] of [
      [0.2, 0.003],
      [0.5, 0.003],
      [0.85, 0.003],
    ] as const) {
      const ring = createFrameRing(channel)
      put(ring, 0, { objectPos_w: [0, 0, 5 * u * h], objectLinVel_w: [0, 0, -5] })
      put(ring, h, {
        objectPos_w: [0, 0, 4 * (1 - u) * h],
        objectLinVel_w: [0, 0, 4],
        objectContact: [1],
      })
      let lowest = 1
      for (let k = 0; k <= 100; k++) {
        ring.sample((k / 100) * h, out)
        lowest = Math.min(lowest, out.values.objectPos_w[2])
      }
      expect(lowest).toBeGreaterThan(-tolerance)
      expect(lowest).toBeLessThan(tolerance)
    }
  })

  it('cuts the copies of a grid whose episode changed, and blends the others', () => {
    const grid = declareChannel(2, {
      name: 'view.grid',
      class: 'sampled',
      rate_hz: 20,
      clock: 'sim',
      copies: 2,
      layout: defineLayout({
        fields: [
          { name: 'basePos_w', type: 'f32', count: 6, unit: 'm' },
          { name: 'episode', type: 'u8', count: 2, unit: '1', step: true },
        ],
      }),
    })
    const ring = createFrameRing(grid)
    const out = createFrame(grid)
    const frame = createFrame(grid)
    ring.push(frame)
    frame.time_s = 1
    frame.values.basePos_w.fill(10)
    frame.values.episode[1] = 1
    ring.push(frame)
    ring.sample(0.5, out)
    expect([...out.values.basePos_w]).toEqual([5, 5, 5, 0, 0, 0])
  })

  it('that keeps its past drops only what is replaced, and never blends across a cut', () => {
    const ring = createFrameRing(channel, { keepsPast: true })
    const out = createFrame(channel)
    for (const t of [1, 2, 3, 4]) put(ring, t, { basePos_w: [t, 0, 0] })
    put(ring, 2.5, { basePos_w: [9, 0, 0] }, frameFlags.cut)
    expect([ring.count, ring.oldest_s, ring.newest_s]).toEqual([3, 1, 2.5])
    ring.sample(1.5, out)
    expect(out.values.basePos_w[0]).toBe(1.5)
    ring.sample(2.4, out)
    expect(out.values.basePos_w[0]).toBe(2)
    ring.sample(2.5, out)
    expect(out.values.basePos_w[0]).toBe(9)
  })

  it('gives what is held from a time on, which then is its own', () => {
    const ring = createFrameRing(channel, { keepsPast: true })
    const out = createFrame(channel)
    for (const t of [1, 2, 3, 4]) put(ring, t, { basePos_w: [t, 0, 0] })
    const since = ring.since(2.5)
    put(ring, 2.6, { basePos_w: [9, 0, 0] })
    expect([since.count, since.oldest_s, since.newest_s]).toEqual([3, 2, 4])
    since.sample(2.75, out)
    expect(out.values.basePos_w[0]).toBe(2.75)
    expect(createFrameRing(channel).since(1).count).toBe(0)
  })
})
