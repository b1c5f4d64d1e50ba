import { createRng } from '@skillweave/math'
import { createInterpreter, mirrorPolicy, type OnnxModel, writeOnnx } from '@skillweave/policy'
import { describe, expect, it } from 'vitest'
import { actorModel } from '../../support/actor-model.ts'

const rng = createRng(5)
const sizes = [5, 6, 4, 3]
const observed = () => Float32Array.from({ length: sizes[0] }, () => rng.normal())
const obs = { index: [1, 0, 2, 4, 3], sign: [1, 1, -1, -1, -1] }
const action = { index: [1, 0, 2], sign: [-1, -1, 1] }
const apply = ({ index, sign }: typeof obs, x: ArrayLike<number>) =>
  index.map((p, i) => sign[i] * x[p])

function run(model: OnnxModel, x: ArrayLike<number>): number[] {
  const net = createInterpreter(writeOnnx(model), { maxRows: 1 })
  net.inputs.obs.set(x)
  net.run(1)
  return Array.from(net.outputs.actions)
}

describe('the mirror image of a policy', () => {
  const model = actorModel(rng, sizes)

  it('does in the mirror what the policy does', () => {
    const mirrored = mirrorPolicy(model, obs, action)
    for (let i = 0; i < 10; i++) {
      const x = observed()
      const wanted = apply(action, run(model, apply(obs, x)))
      run(mirrored, x).forEach((y, j) => {
        expect(y).toBeCloseTo(wanted[j], 4)
      })
    }
  })

  it('mirrored twice is the policy', () => {
    const twice = mirrorPolicy(mirrorPolicy(model, obs, action), obs, action)
    const x = observed()
    expect(run(twice, x)).toEqual(run(model, x))
  })

  it('is refused for a mirror of another size, saying both', () => {
    const short = { index: [0, 1], sign: [1, -1] }
    expect(() => mirrorPolicy(model, short, action)).toThrow(
      'actorObs.mean has 5 values, the mirror maps 2',
    )
  })
})
