import { readOnnx } from '@skillweave/policy'
import { type MlpSpec, mlpShapes } from './networks.ts'
import type { Normalizer } from './normalizer.ts'
import type { ParamGroup } from './param-group.ts'

/**
 * Take weights and normaliser of an exported policy as a start. One that sees less than the actor gets the first numbers; what comes
 * after has no weight at first. Throws when its sizes are others. The statistics stay nearly what they are: the policy was
 * trained with exactly these.
 */
export function loadActor(
  bytes: Uint8Array,
  mlp: MlpSpec,
  group: ParamGroup,
  norm: Normalizer,
): void {
  const constants = new Map(
    readOnnx(bytes).graph.initializers.map((t) => [t.name, t.data as Float32Array]),
  )
  const find = (name: string): Float32Array => {
    const data = constants.get(name)
    if (data) return data
    throw new Error(`the initial policy has no ${name}`)
  }
  const need = (name: string, size: number): Float32Array => {
    const data = find(name)
    if (data.length === size) return data
    throw new Error(`the initial policy has ${data.length} values for ${name}, expected ${size}`)
  }
  const seen = find('actorObs.mean').length
  if (seen > norm.size) {
    throw new Error(`the initial policy sees ${seen} numbers, the actor only ${norm.size}`)
  }
  const first = `${mlp.name}.0.weight`
  for (const name of Object.keys(mlpShapes(mlp))) {
    const view = group.view(group.values, name)
    // Inputs are rows of the weights.
    const size = name === first ? (view.length / norm.size) * seen : view.length
    view.fill(0)
    view.set(need(name, size))
  }
  const padded = (values: Float32Array, rest: number) =>
    Float32Array.from({ length: norm.size }, (_, i) => (i < seen ? values[i] : rest))
  norm.set(padded(need('actorObs.mean', seen), 0), padded(need('actorObs.invStd', seen), 1), 1e6)
}
