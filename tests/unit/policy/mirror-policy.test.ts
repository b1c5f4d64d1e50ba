import { createRng } from '@skillweave/math'
import {
  createInterpreter,
  mirrorPolicy,
  OnnxBuilder,
  type OnnxModel,
  writeOnnx,
} from '@skillweave/policy'
import { describe, expect, it } from 'vitest'

const rng = createRng(5)
const random = (n: number) => Float32Array.from({ length: n }, () => rng.normal())
const sizes = [5, 6, 4, 3]
const obs = { index: [1, 0, 2, 4, 3], sign: [1, 1, -1, -1, -1] }
const action = { index: [1, 0, 2], sign: [-1, -1, 1] }
const apply = ({ index, sign }: typeof obs, x: ArrayLike<number>) =>
  index.map((p, i) => sign[i] * x[p])

function policy(): OnnxModel {
  const g = new OnnxBuilder('policy')
  let x = g.input('obs', ['N', sizes[0]])
  x = g.node('Sub', [x, g.constant(random(sizes[0]), [sizes[0]], 'actorObs.mean')])
  x = g.node('Mul', [x, g.constant(random(sizes[0]), [sizes[0]], 'actorObs.invStd')])
  for (let l = 0; l < 3; l++) {
    const [n, m] = [sizes[l], sizes[l + 1]]
    const weight = g.constant(random(n * m), [n, m], `actor.${l}.weight`)
    const bias = g.constant(random(m), [m], `actor.${l}.bias`)
    x = g.node('Gemm', [x, weight, bias], {}, l === 2 ? 'actions' : undefined)
    if (l < 2) x = g.node('Elu', [x])
  }
  g.output('actions', ['N', sizes[3]])
  return g.model()
}

function run(model: OnnxModel, x: ArrayLike<number>): number[] {
  const net = createInterpreter(writeOnnx(model), { maxRows: 1 })
  net.inputs.obs.set(x)
  net.run(1)
  return Array.from(net.outputs.actions)
}

describe('the mirror image of a policy', () => {
  const model = policy()

  it('does in the mirror what the policy does', () => {
    const mirrored = mirrorPolicy(model, obs, action)
    for (let i = 0; i < 10; i++) {
      const x = random(sizes[0])
      const wanted = apply(action, run(model, apply(obs, x)))
      run(mirrored, x).forEach((y, j) => {
        expect(y).toBeCloseTo(wanted[j], 4)
      })
    }
  })

  it('mirrored twice is the policy', () => {
    const twice = mirrorPolicy(mirrorPolicy(model, obs, action), obs, action)
    const x = random(sizes[0])
    expect(run(twice, x)).toEqual(run(model, x))
  })

  it('is refused for a mirror of another size, saying both', () => {
    const short = { index: [0, 1], sign: [1, -1] }
    expect(() => mirrorPolicy(model, short, action)).toThrow(
      'actorObs.mean has 5 values, the mirror maps 2',
    )
  })
})
