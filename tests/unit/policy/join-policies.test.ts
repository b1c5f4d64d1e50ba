import { createRng } from '@skillweave/math'
import {
  createInterpreter,
  expertsOf,
  joinPolicies,
  type OnnxModel,
  readOnnx,
  writeOnnx,
} from '@skillweave/policy'
import { describe, expect, it } from 'vitest'
import { actorModel } from '../../support/actor-model.ts'

const rng = createRng(7)
const labelAt = 3
const experts = ['one', 'two'].map((name) => ({ name, model: actorModel(rng, [5, 6, 4, 3]) }))
const joined = joinPolicies(experts, labelAt)

function run(model: OnnxModel, x: readonly number[]): number[] {
  const net = createInterpreter(model)
  net.inputs.obs.set(x)
  net.run()
  return [...net.outputs.actions]
}

describe('joinPolicies', () => {
  it('asks the expert of the label, which gives what it gave alone', () => {
    for (const [k, label] of [
      [1, 0],
      [0, 1],
    ].entries()) {
      const x = [0.3, -1, 2, ...label]
      expect(run(joined, x)).toEqual(run(experts[k].model, x))
      expect(run(joined, x)).not.toEqual(run(experts[1 - k].model, x))
    }
  })

  it('weighs the experts by a label that is not one-hot', () => {
    const x = [0.3, -1, 2, 0.25, 0.75]
    const [a, b] = experts.map(({ model }) => run(model, x))
    const mean = a.map((_, j) => 0.25 * a[j] + 0.75 * b[j])
    for (const [j, y] of run(joined, x).entries()) expect(y).toBeCloseTo(mean[j], 5)
  })

  it('can be taken apart again after it has been a file', () => {
    const parts = expertsOf(readOnnx(writeOnnx(joined)))
    expect(parts.map((p) => p.name)).toEqual(['one', 'two'])
    const x = [0.3, -1, 2, 1, 0]
    for (const [k, { model }] of parts.entries()) {
      expect(run(readOnnx(writeOnnx(model)), x)).toEqual(run(experts[k].model, x))
    }
    expect(expertsOf(experts[0].model)).toEqual([])
  })

  it('says why policies do not fit together', () => {
    const other = { name: 'other', model: actorModel(rng, [5, 6, 4, 2]) }
    expect(() => joinPolicies([...experts, other], labelAt)).toThrow(
      'other has actionSize 2, one 3: they cannot be one policy',
    )
    expect(() => joinPolicies(experts, 4)).toThrow(
      'labels of 2 experts from column 4 on do not fit into 5 columns',
    )
  })
})
