import {
  checkpointFloats,
  decodeCheckpoint,
  encodeCheckpoint,
  OnnxBuilder,
  readOnnx,
  writeOnnx,
} from '@skillweave/policy'
import { expect, test } from 'vitest'

// Buffer.prototype.slice returns a view where Uint8Array.prototype.slice returns a copy; files read by
// Node arrive as Buffers, at any offset of a shared pool.
const inBuffer = (bytes: Uint8Array): Buffer => {
  const pool = Buffer.alloc(bytes.length + 64)
  pool.set(bytes, 3)
  return pool.subarray(3, 3 + bytes.length)
}

test('a checkpoint read from a Node Buffer keeps its numbers', () => {
  const bytes = encodeCheckpoint({
    tensors: {
      a: { shape: [3], data: Float32Array.of(1, 2, 3) },
      b: { shape: [2], data: Float64Array.of(4, 5) },
    },
    metadata: {},
  })
  const read = decodeCheckpoint(inBuffer(bytes))
  expect([...checkpointFloats(read, 'a', 3)]).toEqual([1, 2, 3])
  expect([...checkpointFloats(read, 'b', 2)]).toEqual([4, 5])
})

test('a policy read from a Node Buffer keeps its numbers', () => {
  const g = new OnnxBuilder('g')
  const x = g.input('obs', ['N', 2])
  const y = g.node('Add', [x, g.constant(Float32Array.of(7, 8), [2])], {}, 'actions')
  g.output(y, ['N', 2])
  const { graph } = readOnnx(inBuffer(writeOnnx(g.model())))
  expect([...(graph.initializers[0].data as Float32Array)]).toEqual([7, 8])
})
