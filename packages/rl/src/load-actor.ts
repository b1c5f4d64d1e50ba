import { readOnnx } from '@skillweave/policy'
import { type MlpSpec, mlpShapes } from './networks.ts'
import type { Normalizer } from './normalizer.ts'
import type { ParamGroup } from './param-group.ts'

/**
 * Take weights and normaliser of an exported policy as a start. Throws when its sizes are others. The statistics stay
 * nearly what they are: the policy was trained with exactly these.
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
  const need = (name: string, size: number): Float32Array => {
    const data = constants.get(name)
    if (data?.length === size) return data
    throw new Error(
      `the initial policy has ${data ? `${data.length} values for` : 'no'} ${name}, expected ${size}`,
    )
  }
  for (const name of Object.keys(mlpShapes(mlp))) {
    const view = group.view(group.values, name)
    view.set(need(name, view.length))
  }
  norm.set(need('actorObs.mean', norm.size), need('actorObs.invStd', norm.size), 1e6)
}
