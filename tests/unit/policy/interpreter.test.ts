import { createRng } from '@skillweave/math'
import { createInterpreter, OnnxBuilder, type OnnxModel, writeOnnx } from '@skillweave/policy'
import { createSession, floatTensor, zeroTensor } from '@skillweave/rl'
import { describe, expect, it } from 'vitest'

const rng = createRng(3)
const random = (n: number, scale = 1) =>
  Float32Array.from({ length: n }, () => scale * rng.normal())

/** Largest difference between the interpreter and onnxruntime on the same random input. */
async function difference(model: OnnxModel, size: number, rows: number): Promise<number> {
  const interpreter = createInterpreter(writeOnnx(model), { maxRows: rows })
  const obs = random(rows * size)
  interpreter.inputs.obs.set(obs)
  interpreter.run()
  const session = await createSession(model)
  const actions = zeroTensor([rows, interpreter.sizeOf('actions')])
  await session.run({ obs: floatTensor(obs, [rows, size]) }, { actions })
  await session.dispose()
  return Math.max(
    ...Array.from(actions.data, (x, i) => Math.abs(x - interpreter.outputs.actions[i])),
  )
}

/** normalise, clip, two layers of the given activation, output of size 7. */
function network(activation: string, sizes = [23, 33, 18, 7]): OnnxModel {
  const g = new OnnxBuilder('test')
  const obs = g.input('obs', ['N', sizes[0]])
  let x = g.node('Sub', [obs, g.constant(random(sizes[0]), [sizes[0]])])
  x = g.node('Mul', [x, g.constant(random(sizes[0], 3), [sizes[0]])])
  const bound = (v: number) => g.constant(Float32Array.of(v), [])
  x = g.node('Clip', [x, bound(-2), bound(2)])
  for (let l = 0; l + 1 < sizes.length; l++) {
    const [n, m] = [sizes[l], sizes[l + 1]]
    const w = g.constant(random(n * m, 1 / Math.sqrt(n)), [n, m])
    const b = g.constant(random(m), [m])
    const last = l + 2 === sizes.length
    x = g.node('Gemm', [x, w, b], {}, last ? 'actions' : undefined)
    if (!last) x = g.node(activation, [x])
  }
  g.output('actions', ['N', sizes.at(-1) as number])
  return g.model()
}

describe('interpreter', () => {
  it.each(['Elu', 'Relu', 'Tanh', 'Sigmoid'])(
    'agrees with onnxruntime on %s networks',
    async (a) => {
      expect(await difference(network(a), 23, 1)).toBeLessThan(1e-5)
      expect(await difference(network(a), 23, 5)).toBeLessThan(1e-5)
    },
  )

  it('agrees with onnxruntime on everything else it knows', async () => {
    const g = new OnnxBuilder('mixed')
    const ints = (...v: number[]) => g.constant(BigInt64Array.from(v, BigInt), [v.length])
    const obs = g.input('obs', ['N', 8])
    const left = g.node('Slice', [obs, ints(0), ints(4), ints(1)])
    const right = g.node('Gather', [obs, ints(7, 4, 6, 5)], { axis: { int: 1 } })
    const column = g.node('Slice', [obs, ints(2), ints(3), ints(1)])
    const w = g.constant(random(12), [3, 4])
    const parts = [
      g.node('Min', [left, right]),
      g.node('Max', [left, right]),
      g.node('Div', [left, g.node('Exp', [right])]),
      g.node('Softmax', [left], { axis: { int: -1 } }),
      g.node('Mul', [left, column]),
      g.node('Add', [g.node('Neg', [left]), g.node('Sqrt', [g.node('Abs', [right])])]),
      g.node('Gemm', [left, w], { transB: { int: 1 }, alpha: { float: 0.5 } }),
      g.node('MatMul', [left, g.constant(random(8), [4, 2])]),
    ]
    const all = g.node('Concat', parts, { axis: { int: 1 } })
    g.node('Identity', [all], {}, 'actions')
    g.output('actions', ['N', 29])
    expect(await difference(g.model(), 8, 4)).toBeLessThan(1e-5)
  })

  it('computes only the rows asked for', () => {
    const interpreter = createInterpreter(network('Elu'), { maxRows: 3 })
    interpreter.inputs.obs.set(random(3 * 23))
    interpreter.run(2)
    const size = interpreter.sizeOf('actions')
    expect(interpreter.outputs.actions.subarray(2 * size).every((x) => x === 0)).toBe(true)
    expect(interpreter.outputs.actions.subarray(0, 2 * size).every((x) => x !== 0)).toBe(true)
  })

  it('names the operation and the node it does not know', () => {
    const g = new OnnxBuilder('odd')
    const x = g.node('Gru', [g.input('obs', ['N', 3])], {}, 'actions')
    g.output(x, ['N', 3])
    expect(() => createInterpreter(g.model())).toThrow(
      /odd: node n0_Gru .*operation Gru; known are/,
    )
  })

  it('says which sizes do not fit', () => {
    const g = new OnnxBuilder('bad')
    const w = g.constant(random(8), [4, 2])
    g.output(g.node('MatMul', [g.input('obs', ['N', 3]), w], {}, 'actions'), ['N', 2])
    expect(() => createInterpreter(g.model())).toThrow('3 columns times [4, 2] weights')
  })
})
