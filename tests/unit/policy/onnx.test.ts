import { OnnxBuilder, readOnnx, writeOnnx } from '@skillweave/policy'
import { describe, expect, it } from 'vitest'

function sample() {
  const g = new OnnxBuilder('graph ü')
  const x = g.input('obs', ['N', 2])
  const w = g.constant(Float32Array.of(1, -2, 0.5, 4), [2, 2], 'weight')
  const i = g.constant(BigInt64Array.of(1n, -1n), [2], 'index')
  const y = g.node('Gemm', [x, w], { transB: { int: 1 }, alpha: { float: 0.5 } })
  const z = g.node('Gather', [y, i], { axis: { int: -1 } })
  g.node('Made', [z], { mode: { string: 'a' }, k: { ints: [3, -4] }, f: { floats: [1.5] } }, 'out')
  g.output('out', ['N', 2])
  return g.model({ name: 'walk', note: 'naïve – ✓ 🤖' })
}

describe('onnx files', () => {
  it('read back as they were written', () => {
    expect(readOnnx(writeOnnx(sample()))).toEqual(sample())
  })

  it('are the same bytes for the same model', () => {
    expect(writeOnnx(sample())).toEqual(writeOnnx(sample()))
  })

  it('refuse data that does not fit its shape', () => {
    const g = new OnnxBuilder('g')
    g.constant(Float32Array.of(1, 2), [3], 'w')
    expect(() => writeOnnx(g.model())).toThrow('tensor w: 2 values for shape [3]')
  })

  it('say where a cut file ends', () => {
    const bytes = writeOnnx(sample())
    for (const length of [0, 1, 20, 60, bytes.length - 1]) {
      expect(() => readOnnx(bytes.subarray(0, length))).toThrow(/byte|0 bytes|no graph/)
    }
    expect(() => readOnnx(bytes.subarray(0, 40))).toThrow(
      /ModelProto, byte \d+: graph needs \d+ bytes, \d+ are left/,
    )
  })

  it('refuse what is not ONNX', () => {
    const text = Uint8Array.from('not a model at all', (c) => c.charCodeAt(0))
    expect(() => readOnnx(text)).toThrow(/ModelProto.*byte/)
  })

  it('refuse two values of one name', () => {
    const g = new OnnxBuilder('g')
    g.input('x', ['N', 1])
    expect(() => g.constant(Float32Array.of(1), [1], 'x')).toThrow('two values named x')
  })
})
