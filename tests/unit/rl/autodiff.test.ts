import { createRng } from '@skillweave/math'
import { createInterpreter, writeOnnx } from '@skillweave/policy'
import {
  createSession,
  type FloatTensor,
  floatTensor,
  Tape,
  type Tensor,
  zeroTensor,
} from '@skillweave/rl'
import { describe, expect, it } from 'vitest'

const rng = createRng(7)
const random = (n: number) => Float32Array.from({ length: n }, () => rng.normal())
const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1)

/**
 * Largest difference between the gradient of Σ c · f(params) and central differences, relative to
 * the largest gradient element. `f` may use the parameters in any order; c is random.
 */
async function gradientError(
  shapes: readonly (readonly number[])[],
  f: (tape: Tape, params: Tensor[]) => Tensor,
  positive = false,
): Promise<number> {
  const tape = new Tape('check')
  const params = shapes.map((shape, i) => tape.param(`p${i}`, shape))
  const result = f(tape, params)
  const weights = tape.constant(random(sizeOf(result.shape as number[])), result.shape as number[])
  const loss = tape.sum(tape.mul(result, weights))
  tape.output('loss', loss)
  tape.gradients(loss)
  const session = await createSession(tape.model())
  const inputs: Record<string, FloatTensor> = {}
  const outputs: Record<string, FloatTensor> = { loss: zeroTensor([]) }
  shapes.forEach((shape, i) => {
    const data = random(sizeOf(shape))
    if (positive) for (const [k, x] of data.entries()) data[k] = 0.5 + Math.abs(x)
    inputs[`p${i}`] = floatTensor(data, shape)
    outputs[`grad.p${i}`] = zeroTensor(shape)
  })
  await session.run(inputs, outputs)
  const analytic = shapes.map((_, i) => outputs[`grad.p${i}`].data.slice())
  let scale = 0
  let error = 0
  const h = 2e-2
  for (const [i] of shapes.entries()) {
    const { data } = inputs[`p${i}`]
    for (let k = 0; k < data.length; k++) {
      const x = data[k]
      const at = async (step: number): Promise<number> => {
        data[k] = x + step
        await session.run(inputs, outputs)
        return outputs.loss.data[0]
      }
      // Fourth order, because single precision does not allow small steps.
      const numeric =
        (8 * ((await at(h)) - (await at(-h))) - ((await at(2 * h)) - (await at(-2 * h)))) / (12 * h)
      data[k] = x
      scale = Math.max(scale, Math.abs(analytic[i][k]))
      error = Math.max(error, Math.abs(analytic[i][k] - numeric))
    }
  }
  await session.dispose()
  return error / scale
}

describe('gradients agree with finite differences', () => {
  const two = [
    [3, 4],
    [3, 4],
  ] as const
  const broadcasts = [
    ['same shape', [3, 4]],
    ['row', [4]],
    ['column', [3, 1]],
    ['scalar', []],
  ] as const
  for (const [name, shape] of broadcasts) {
    for (const op of ['add', 'sub', 'mul', 'div'] as const) {
      it(`${op}, ${name}`, async () => {
        const forward = await gradientError([[3, 4], shape], (t, [a, b]) => t[op](a, b), true)
        const swapped = await gradientError([[3, 4], shape], (t, [a, b]) => t[op](b, a), true)
        expect(Math.max(forward, swapped)).toBeLessThan(2e-3)
      })
    }
  }

  const unary = ['neg', 'exp', 'square', 'tanh', 'sigmoid', 'softplus', 'elu', 'softmax'] as const
  it.each(unary)('%s', async (op) => {
    expect(await gradientError([[3, 4]], (t, [a]) => t[op](a))).toBeLessThan(2e-3)
  })

  it.each(['log', 'sqrt'] as const)('%s', async (op) => {
    expect(await gradientError([[3, 4]], (t, [a]) => t[op](a), true)).toBeLessThan(2e-3)
  })

  it('min, max, clip and relu, away from their corners', async () => {
    // The second operand is shifted by ±3, so that finite differences cross no corner.
    const shift = (t: Tape, x: Tensor) => t.add(t.tanh(x), t.row([3, -3, 3, -3]))
    const errors = [
      await gradientError(two, (t, [a, b]) => t.min(t.tanh(a), shift(t, b))),
      await gradientError(two, (t, [a, b]) => t.max(t.tanh(a), shift(t, b))),
      await gradientError([[3, 4]], (t, [a]) => t.clip(shift(t, a), -5, 1)),
      await gradientError([[3, 4]], (t, [a]) => t.relu(shift(t, a))),
    ]
    expect(Math.max(...errors)).toBeLessThan(2e-3)
  })

  it('gemm, with respect to all three', async () => {
    const error = await gradientError([[3, 4], [4, 2], [2]], (t, [x, w, b]) => t.gemm(x, w, b))
    expect(error).toBeLessThan(2e-3)
  })

  it('reductions', async () => {
    const errors = [
      await gradientError([[3, 4]], (t, [a]) => t.sumColumns(t.square(a))),
      await gradientError([[3, 4]], (t, [a]) => t.mean(t.square(a))),
      await gradientError([[4]], (t, [a]) => t.sum(t.exp(a))),
    ]
    expect(Math.max(...errors)).toBeLessThan(2e-3)
  })

  it('concat, slice, split, columns, mirror', async () => {
    const mirror = { index: [1, 0, 2, 3], sign: [1, 1, -1, 1] }
    const errors = [
      await gradientError(two, (t, [a, b]) => t.square(t.concat([a, b, a]))),
      await gradientError([[3, 4]], (t, [a]) => t.square(t.slice(a, 1, 3))),
      await gradientError([[3, 4]], (t, [a]) => {
        const [x, y] = t.split(a, [2, 2])
        return t.mul(x, t.exp(y))
      }),
      await gradientError([[3, 4]], (t, [a]) => t.square(t.columns(a, [3, 0, 3]))),
      await gradientError([[4]], (t, [a]) => t.square(t.columns(a, [3, 0]))),
      await gradientError([[3, 4]], (t, [a]) => t.mul(a, t.mirror(t.exp(a), mirror))),
    ]
    expect(Math.max(...errors)).toBeLessThan(2e-3)
  })

  it('weights across tensors', async () => {
    const error = await gradientError(two, (t, [a, b]) => {
      const [x, y] = t.softmaxAcross([a, b])
      return t.add(t.mul(x, 2), t.mul(t.square(y), a))
    })
    expect(error).toBeLessThan(2e-3)
  })

  it('a frozen policy inside the graph', async () => {
    const inner = new Tape('skill')
    const obs = inner.input('obs', ['N', 4])
    const w = inner.constant(random(12), [4, 3])
    const mirror = { index: [1, 0, 2], sign: [1, 1, -1] }
    const y = inner.tanh(inner.gemm(inner.clip(obs, -9, 9), w, inner.row([1, 2, 3])))
    inner.output('actions', inner.add(inner.elu(y), inner.mirror(y, mirror)))
    const skill = inner.model()
    const error = await gradientError(
      [
        [3, 2],
        [3, 2],
      ],
      (t, [a, b]) => t.embed(skill, { obs: t.concat([a, b]) }),
    )
    expect(error).toBeLessThan(2e-3)
  })
})

describe('tape', () => {
  it('stops gradients where told', async () => {
    const error = await gradientError([[3, 4]], (t, [a]) => t.mul(t.stopGradient(t.square(a)), a))
    // d(sg(a²)·a) = a², not 3a².
    expect(error).toBeGreaterThan(0.5)
  })

  it('keeps gradients finite where a reduced value is infinite', async () => {
    const tape = new Tape('infinite')
    const p = tape.param('p', [1, 2])
    const loss = tape.sum(tape.min(tape.exp(p), 5))
    tape.gradients(loss)
    const session = await createSession(tape.model())
    const out = { 'grad.p': zeroTensor([1, 2]) }
    await session.run({ p: floatTensor(Float32Array.of(0, 60), [1, 2]) }, out)
    expect(Array.from(out['grad.p'].data)).toEqual([1, 0])
    await session.dispose()
  })

  it('names a parameter the loss does not depend on', () => {
    const tape = new Tape('g')
    const a = tape.param('used', [1, 2])
    tape.param('idle', [1, 2])
    expect(() => tape.gradients(tape.sum(a))).toThrow('the loss does not depend on idle')
  })

  it('says which shapes do not fit', () => {
    const tape = new Tape('g')
    const a = tape.param('a', [2, 3])
    const b = tape.param('b', [2, 4])
    expect(() => tape.add(a, b)).toThrow('shapes [2,3] and [2,4] do not fit')
    expect(() => tape.gemm(a, b, a)).toThrow('gemm: [2,3] · b [2,4]')
    expect(() => tape.slice(a, 1, 4)).toThrow('columns 1 to 4 of a')
  })

  it('refuses to embed what it does not understand', () => {
    const inner = new Tape('skill')
    inner.output('actions', inner.softplus(inner.input('obs', ['N', 2])))
    const tape = new Tape('g')
    const obs = tape.input('x', ['N', 2])
    expect(() => tape.embed(inner.model(), { obs })).toThrow('operation Softplus')
    expect(() => tape.embed(inner.model(), { x: obs })).toThrow('input obs is missing; given: x')
  })

  it('writes forward graphs the interpreter runs', () => {
    const tape = new Tape('g')
    const x = tape.input('x', ['N', 4])
    const [a, b] = tape.split(x, [2, 2])
    const [p, q] = tape.softmaxAcross([a, b])
    tape.output('y', tape.concat([p, q, tape.columns(x, [3])]))
    const run = createInterpreter(writeOnnx(tape.model()))
    run.inputs.x.set([1, 2, 1, 4])
    run.run()
    const k = 1 / (1 + Math.exp(2))
    expect(Array.from(run.outputs.y, (v) => +v.toFixed(6))).toEqual(
      [0.5, k, 0.5, 1 - k, 4].map((v) => +v.toFixed(6)),
    )
  })
})
