import { checkpointFloats, decodeCheckpoint, encodeCheckpoint } from '@skillweave/policy'
import { describe, expect, it } from 'vitest'

const sample = {
  tensors: {
    weights: { shape: [2, 2], data: Float32Array.of(1, -0, Number.NaN, 1e-45) },
    odd: { shape: [3], data: Uint8Array.of(1, 2, 255) },
    mean: { shape: [1], data: Float64Array.of(0.1) },
    order: { shape: [2], data: Int32Array.of(-1, 7) },
    nothing: { shape: [0], data: new Float32Array(0) },
  },
  metadata: { kind: 'test', note: 'ü 🤖' },
}
const bytes = encodeCheckpoint(sample)

describe('checkpoints', () => {
  it('come back exactly', () => {
    expect(decodeCheckpoint(bytes)).toEqual(sample)
    expect(encodeCheckpoint(decodeCheckpoint(bytes))).toEqual(bytes)
  })

  it('follow the safetensors layout', () => {
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true))
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)))
    expect(header.weights).toEqual({ dtype: 'F32', shape: [2, 2], data_offsets: [0, 16] })
    expect((8 + length) % 8).toBe(0)
  })

  it('say what is wrong when cut short', () => {
    expect(() => decodeCheckpoint(bytes.subarray(0, 5))).toThrow('5 bytes; the header length')
    expect(() => decodeCheckpoint(bytes.subarray(0, 20))).toThrow(
      /said to take \d+ bytes, 12 follow/,
    )
    expect(() => decodeCheckpoint(bytes.subarray(0, bytes.length - 3))).toThrow(
      /tensor order ends at byte \d+ of the data, which has \d+/,
    )
  })

  it('say what is wrong with garbage', () => {
    const garbage = new Uint8Array(64).fill(123)
    expect(() => decodeCheckpoint(garbage)).toThrow('not a readable checkpoint: the header is said')
    garbage.fill(0, 0, 8)
    garbage[0] = 10
    expect(() => decodeCheckpoint(garbage)).toThrow('is not JSON; it starts with "{{{{{{{{{{"')
  })

  it('list what exists when a tensor is missing or of another size', () => {
    expect(() => checkpointFloats(sample, 'bias', 1)).toThrow('no tensor bias; it has weights, odd')
    expect(() => checkpointFloats(sample, 'mean', 2)).toThrow('mean has 1 values, expected 2')
  })
})
