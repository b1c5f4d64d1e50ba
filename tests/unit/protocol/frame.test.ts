import {
  createDecoder,
  createEncoder,
  createFrame,
  declareChannel,
  defineLayout,
  type FieldSpec,
  frameFlags,
  isNewer,
  layoutHash,
  layoutProblem,
} from '@skillweave/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const channelOf = (fields: readonly FieldSpec[], labels: Record<string, string[]> = {}) =>
  declareChannel(7, {
    name: 'test',
    class: 'latest',
    rate_hz: 50,
    clock: 'sim',
    layout: defineLayout({ fields, labels }),
  })

const fieldSpec: fc.Arbitrary<Omit<FieldSpec, 'name'>> = fc.oneof(
  fc.record({
    type: fc.constantFrom('u8', 'i8', 'u16', 'i16', 'u32', 'i32', 'f32', 'f64'),
    count: fc.integer({ min: 1, max: 9 }),
    unit: fc.constant('1'),
  }),
  fc.record({
    type: fc.constant('i16'),
    count: fc.integer({ min: 1, max: 9 }),
    unit: fc.constant('1'),
    codec: fc.constant('snorm16'),
  }),
  fc.record({
    type: fc.constant('u16'),
    count: fc.constantFrom(3, 6, 9),
    unit: fc.constant('1'),
    codec: fc.constant('quat48'),
    order: fc.constant('xyzw'),
  }),
) as fc.Arbitrary<Omit<FieldSpec, 'name'>>

describe('frames', () => {
  it('decode what was encoded, for any layout', () => {
    fc.assert(
      fc.property(
        fc.array(fieldSpec, { minLength: 1, maxLength: 8 }),
        fc.infiniteStream(fc.integer({ min: -120, max: 120 })),
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        (specs, stream, time_s) => {
          const channel = channelOf(specs.map((s, i) => ({ ...s, name: `f${i}` })))
          expect(layoutProblem(channel)).toBeNull()
          const encoder = createEncoder(channel)
          const decoder = createDecoder(channel)
          const frame = createFrame(channel)
          for (const f of channel.fields) {
            const out = encoder.values[f.name]
            for (let i = 0; i < out.length; i++) {
              const x = Number(stream.next().value)
              out[i] = f.codec ? x / 120 : f.type.startsWith('u') ? Math.abs(x) : x
            }
            if (f.codec === 'quat48') {
              for (let i = 0; i < out.length; i += 4) {
                out[i + 3] += 0.01
                const n = Math.hypot(out[i], out[i + 1], out[i + 2], out[i + 3])
                const sign = Math.sign(out[i + 3]) || 1
                for (let k = i; k < i + 4; k++) out[k] *= sign / n
              }
            }
          }
          const bytes = encoder.encode(time_s, frameFlags.simulated | frameFlags.cut)
          expect(decoder.decode(bytes, frame)).toBeNull()
          expect(frame).toMatchObject({ channel: 7, seq: 1, time_s, flags: 5 })
          for (const f of channel.fields) {
            const tolerance = f.codec ? 1e-4 : 0
            for (const [i, x] of frame.values[f.name].entries()) {
              const expected = encoder.values[f.name][i]
              // A quaternion and its negative are the same rotation.
              const error =
                f.codec === 'quat48'
                  ? Math.min(Math.abs(x - expected), Math.abs(x + expected))
                  : Math.abs(x - expected)
              expect(error).toBeLessThanOrEqual(tolerance)
            }
          }
        },
      ),
      { numRuns: 200 },
    )
  })

  it('reads from any byte offset, as sockets deliver', () => {
    const channel = channelOf([{ name: 'x', type: 'f64', count: 2, unit: 'm' }])
    const encoder = createEncoder(channel)
    encoder.values.x.set([1.5, -2])
    const bytes = encoder.encode(3)
    for (let shift = 0; shift < 9; shift++) {
      const shifted = new Uint8Array(bytes.length + shift)
      shifted.set(bytes, shift)
      const frame = createFrame(channel)
      expect(createDecoder(channel).decode(shifted.subarray(shift), frame)).toBeNull()
      expect([...frame.values.x]).toEqual([1.5, -2])
    }
  })

  it('clips integers, wraps angles, and counts sequence numbers', () => {
    const channel = channelOf([
      { name: 'clipped', type: 'u8', count: 3, unit: '1', scale: 1 / 255 },
      { name: 'angle', type: 'i16', count: 1, unit: 'rad', scale: Math.PI / 32767, wrap: true },
    ])
    const encoder = createEncoder(channel)
    const frame = createFrame(channel)
    encoder.values.clipped.set([-1, 0.5, 2])
    encoder.values.angle[0] = Math.PI + 0.1
    encoder.encode(0)
    createDecoder(channel).decode(encoder.encode(0), frame)
    expect(frame.values.clipped[0]).toBe(0)
    expect(frame.values.clipped[1]).toBeCloseTo(0.5, 2)
    expect(frame.values.clipped[2]).toBe(1)
    expect(frame.values.angle[0]).toBeCloseTo(0.1 - Math.PI, 3)
    expect(frame.seq).toBe(2)
  })

  it('refuses bytes that are not its own, says why, and leaves the frame alone', () => {
    const channel = channelOf([{ name: 'x', type: 'f32', count: 3, unit: 'm' }])
    const decoder = createDecoder(channel)
    const frame = createFrame(channel)
    frame.seq = 99
    const good = createEncoder(channel).encode(0)
    const wrong = (change: (b: Uint8Array) => void): Uint8Array => {
      const b = good.slice()
      change(b)
      return b
    }
    expect(decoder.decode(good.subarray(0, 27), frame)?.reason).toBe('length')
    expect(decoder.decode(new Uint8Array(29), frame)?.reason).toBe('length')
    expect(decoder.decode(new Uint8Array(0), frame)?.text).toBe(
      'it has 0 bytes, channel 7 declares 28',
    )
    const kind = wrong((b) => {
      b[0] = 2
    })
    const id = wrong((b) => {
      b[2] = 8
    })
    expect(decoder.decode(kind, frame)?.reason).toBe('kind')
    expect(decoder.decode(id, frame)?.text).toBe('it is of channel 8, expected 7')
    expect(frame.seq).toBe(99)
  })

  it('never throws, whatever the bytes', () => {
    const channel = channelOf([
      { name: 'q', type: 'u16', count: 6, unit: '1', codec: 'quat48', order: 'xyzw' },
      { name: 'x', type: 'f32', count: 'rest', unit: 'm' },
    ])
    const decoder = createDecoder(channel)
    const frame = createFrame(channel)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        if (bytes.length > 4) bytes.set([1, 0, 7, 0])
        decoder.decode(bytes, frame)
      }),
    )
    const bytes = new Uint8Array(28 + 12)
    bytes.set([1, 0, 7, 0])
    expect(decoder.decode(bytes, frame)).toBeNull()
    expect(frame.rest).toBe(3)
    expect(decoder.decode(bytes.subarray(0, 30), frame)?.reason).toBe('length')
  })

  it('orders sequence numbers across the wrap', () => {
    expect(isNewer(1, 0)).toBe(true)
    expect(isNewer(0, 2 ** 32 - 1)).toBe(true)
    expect(isNewer(2 ** 32 - 1, 0)).toBe(false)
    expect(isNewer(5, 5)).toBe(false)
  })
})

describe('layouts', () => {
  it('align every field to its type', () => {
    const layout = defineLayout({
      fields: [
        { name: 'a', type: 'u8', count: 3, unit: '1' },
        { name: 'b', type: 'f64', count: 1, unit: 's' },
        { name: 'c', type: 'u16', count: 1, unit: '1' },
        { name: 'd', type: 'f32', count: 2, unit: 'm' },
      ],
    })
    expect(layout.fields.map((f) => f.at)).toEqual([16, 24, 32, 36])
    expect(layout.bytes).toBe(44)
  })

  it('hash changes with order, unit, name or label, and not with the order of keys', () => {
    const fields: FieldSpec[] = [
      { name: 'q', type: 'f32', count: 2, unit: 'rad', labels: 'joints' },
    ]
    const hash = (f: FieldSpec[], joints: string[]): string =>
      defineLayout({ fields: f, labels: { joints } }).hash
    const base = hash(fields, ['hip', 'knee'])
    expect(base).toMatch(/^[0-9a-f]{64}$/)
    expect(hash(fields, ['knee', 'hip'])).not.toBe(base)
    expect(hash([{ ...fields[0], unit: '1' }], ['hip', 'knee'])).not.toBe(base)
    expect(hash([{ ...fields[0], name: 'dq' }], ['hip', 'knee'])).not.toBe(base)
    const swapped = { labels: 'joints', unit: 'rad', count: 2, type: 'f32', name: 'q' } as const
    expect(hash([swapped], ['hip', 'knee'])).toBe(base)
    const layout = defineLayout({ fields, labels: { joints: ['hip', 'knee'] } })
    expect(layoutHash(JSON.parse(JSON.stringify(layout)))).toBe(base)
  })

  it('that cannot be read back are refused with a reason', () => {
    const define =
      (...fields: FieldSpec[]) =>
      () =>
        defineLayout({ fields })
    const x: FieldSpec = { name: 'x', type: 'f32', count: 1, unit: 'm' }
    expect(define(x, x)).toThrow('two fields are named x')
    expect(define({ ...x, type: 'f16' as 'f32' })).toThrow('types are u8')
    expect(define({ ...x, unit: 'deg' as 'rad' })).toThrow('units are 1, m')
    expect(define({ ...x, labels: 'joints' })).toThrow('wants labels joints')
    expect(define({ ...x, count: 'rest' }, { ...x, name: 'y' })).toThrow('not the last')
    expect(define({ ...x, codec: 'quat48' })).toThrow('needs u16 in threes')
    expect(define({ ...x, count: 20_000 })).toThrow('at most 65536')
    const layout = defineLayout({ fields: [x] })
    expect(layoutProblem({ ...layout, bytes: 24 })).toContain('declares 24 bytes')
    const moved = { ...layout, fields: [{ ...layout.fields[0], at: 18 }] }
    expect(layoutProblem(moved)).toContain('a multiple of 4')
  })
})
