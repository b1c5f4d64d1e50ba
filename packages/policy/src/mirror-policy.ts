import type { OnnxModel, OnnxTensor } from './onnx.ts'

/** A signed permutation that is its own inverse: mirrored[i] = sign[i] · x[index[i]]. */
export interface MirrorMap {
  readonly index: readonly number[]
  readonly sign: readonly number[]
}

/**
 * The policy that does in a mirror what a policy does: g(x) = A f(M x), written into the weights, so that
 * nothing is computed twice. For exported actors: a normaliser (`actorObs.mean`, `actorObs.invStd`) and
 * dense layers `actor.<i>.weight` [inputs, outputs] with biases. Throws for another model or other sizes.
 */
export function mirrorPolicy(model: OnnxModel, obs: MirrorMap, action: MirrorMap): OnnxModel {
  const tensors = new Map(model.graph.initializers.map((t) => [t.name, t]))
  const need = (name: string, size?: number): OnnxTensor & { readonly data: Float32Array } => {
    const tensor = tensors.get(name)
    if (!(tensor?.data instanceof Float32Array)) {
      throw new Error(
        `no tensor ${name} of numbers; the model has ${[...tensors.keys()].join(', ')}`,
      )
    }
    if (size !== undefined && tensor.data.length !== size) {
      throw new Error(`${name} has ${tensor.data.length} values, the mirror maps ${size}`)
    }
    return tensor as OnnxTensor & { readonly data: Float32Array }
  }
  let last = 0
  while (tensors.has(`actor.${last + 1}.weight`)) last++
  const n = obs.index.length
  const m = action.index.length
  const mean = need('actorObs.mean', n)
  const invStd = need('actorObs.invStd', n)
  const first = need('actor.0.weight')
  const out = need(`actor.${last}.weight`)
  const bias = need(`actor.${last}.bias`, m)
  if (last === 0) throw new Error('a policy without hidden layers cannot be mirrored')

  const width = first.data.length / n
  const hidden = out.data.length / m
  const changed = new Map<string, Float32Array>([
    [mean.name, new Float32Array(n)],
    [invStd.name, new Float32Array(n)],
    [first.name, new Float32Array(first.data.length)],
    [out.name, new Float32Array(out.data.length)],
    [bias.name, new Float32Array(m)],
  ])
  const into = (t: OnnxTensor) => changed.get(t.name) as Float32Array
  for (let i = 0; i < n; i++) {
    const p = obs.index[i]
    into(mean)[p] = obs.sign[i] * mean.data[i]
    into(invStd)[p] = invStd.data[i]
    for (let k = 0; k < width; k++) {
      into(first)[p * width + k] = obs.sign[i] * first.data[i * width + k]
    }
  }
  for (let j = 0; j < m; j++) {
    const p = action.index[j]
    into(bias)[j] = action.sign[j] * bias.data[p]
    for (let k = 0; k < hidden; k++) into(out)[k * m + j] = action.sign[j] * out.data[k * m + p]
  }
  const initializers = model.graph.initializers.map((t) => {
    const data = changed.get(t.name)
    return data ? { ...t, data } : t
  })
  return { ...model, graph: { ...model.graph, initializers } }
}
