import type { Rng } from '@skillweave/math'
import type { OnnxModel } from '@skillweave/policy'
import { Tape, type Tensor } from './autodiff.ts'
import type { ParamGroup } from './param-group.ts'
import type { SignedPermutation } from './vec-env.ts'

export type Activation = 'elu' | 'relu' | 'tanh'

/** A multilayer perceptron: `sizes` = [inputs, …hidden, outputs], no activation after the last. */
export interface MlpSpec {
  /** Prefix of its tensors: `<name>.<layer>.weight` [in, out] and `.bias` [out]. */
  readonly name: string
  readonly sizes: readonly number[]
  readonly activation: Activation
}

export function mlpShapes({ name, sizes }: MlpSpec): Record<string, readonly number[]> {
  const shapes: Record<string, readonly number[]> = {}
  for (let l = 0; l + 1 < sizes.length; l++) {
    shapes[`${name}.${l}.weight`] = [sizes[l], sizes[l + 1]]
    shapes[`${name}.${l}.bias`] = [sizes[l + 1]]
  }
  return shapes
}

/** Normal weights of variance 1/inputs, the last layer's times `outputScale`; zero biases. */
export function initMlp(spec: MlpSpec, group: ParamGroup, rng: Rng, outputScale: number): void {
  const { name, sizes } = spec
  for (let l = 0; l + 1 < sizes.length; l++) {
    const scale = (l + 2 === sizes.length ? outputScale : 1) / Math.sqrt(sizes[l])
    const weight = group.view(group.values, `${name}.${l}.weight`)
    for (let i = 0; i < weight.length; i++) weight[i] = scale * rng.normal()
    group.view(group.values, `${name}.${l}.bias`).fill(0)
  }
}

/** Where a graph gets a tensor of this name and shape from: an input, a parameter, a constant. */
export type TensorSource = (name: string, shape: readonly number[]) => Tensor

export function mlp(tape: Tape, spec: MlpSpec, source: TensorSource, x: Tensor): Tensor {
  const layers = Object.entries(mlpShapes(spec)).map(([name, shape]) => source(name, shape))
  return applyMlp(tape, spec, layers, x)
}

function applyMlp(tape: Tape, spec: MlpSpec, layers: readonly Tensor[], input: Tensor): Tensor {
  let x = input
  for (let l = 0; l < layers.length; l += 2) {
    x = tape.gemm(x, layers[l], layers[l + 1])
    if (l + 2 < layers.length) x = tape[spec.activation](x)
  }
  return x
}

/** clip((x - mean) · invStd, ±limit) with the tensors `<name>.mean` and `<name>.invStd`. */
export function normalize(
  tape: Tape,
  { name, size, limit }: { name: string; size: number; limit: number },
  source: TensorSource,
): (x: Tensor) => Tensor {
  const mean = source(`${name}.mean`, [size])
  const invStd = source(`${name}.invStd`, [size])
  return (x) => tape.clip(tape.mul(tape.sub(x, mean), invStd), -limit, limit)
}

/**
 * What stands between the network and the action. Without one, the network's output is the mean
 * action. With one it can be goals and weights for skills written into the graph, a stepping
 * reference added to the output, a clamp, …
 */
export interface ActorHead {
  /** How many numbers the network gives it. */
  readonly size: number
  /** Initial bias of the network's last layer, [size]. */
  readonly bias?: ArrayLike<number>
  /** Mean action [batch, actionSize] from the network's output [batch, size] and the raw
   * observation [batch, obsSize]. May be called more than once per graph. */
  build(tape: Tape, output: Tensor, obs: Tensor): Tensor
  /** Further outputs of the exported policy, for those who watch it: weights, sub-goals, … */
  explain?(tape: Tape, output: Tensor, obs: Tensor): Readonly<Record<string, Tensor>>
}

export interface ActorSpec {
  readonly mlp: MlpSpec
  /** Normalised observations are clipped to ± this. */
  readonly obsClip: number
  readonly head?: ActorHead | undefined
  /** Makes the actor exactly equivariant: μ(x) = (f(x) + M f(M x)) / 2. */
  readonly symmetry?:
    | { readonly actor: SignedPermutation; readonly action: SignedPermutation }
    | undefined
}

/** Normaliser and layers, up to where the head begins. */
function actorNetwork(tape: Tape, spec: ActorSpec, source: TensorSource): (x: Tensor) => Tensor {
  const size = spec.mlp.sizes[0]
  const normalized = normalize(tape, { name: 'actorObs', size, limit: spec.obsClip }, source)
  const layers = Object.entries(mlpShapes(spec.mlp)).map(([name, shape]) => source(name, shape))
  return (x) => applyMlp(tape, spec.mlp, layers, normalized(x))
}

/** The mean action of raw observations [batch, obsSize]. */
export function actorMean(tape: Tape, spec: ActorSpec, source: TensorSource, obs: Tensor): Tensor {
  const network = actorNetwork(tape, spec, source)
  const plain = (x: Tensor): Tensor => {
    const output = network(x)
    return spec.head ? spec.head.build(tape, output, x) : output
  }
  const mean = plain(obs)
  if (!spec.symmetry) return mean
  const { actor, action } = spec.symmetry
  const mirrored = tape.mirror(plain(tape.mirror(obs, actor)), action)
  return tape.mul(tape.add(mean, mirrored), 0.5)
}

/**
 * The deployable policy: `obs` → `actions`, normaliser, symmetry and head inside. A head that explains
 * itself adds its outputs, unless the actor is symmetric: then there are two answers and one mean.
 */
export function policyModel(
  spec: ActorSpec,
  group: ParamGroup,
  norm: { readonly mean: Float32Array; readonly invStd: Float32Array },
  metadata: Readonly<Record<string, string>> = {},
): OnnxModel {
  const tape = new Tape('policy')
  const obs = tape.input('obs', ['N', spec.mlp.sizes[0]])
  const stats: Record<string, Float32Array> = {
    'actorObs.mean': norm.mean,
    'actorObs.invStd': norm.invStd,
  }
  const written = new Map<string, Tensor>()
  const source: TensorSource = (name, shape) => {
    const known = written.get(name)
    if (known) return known
    const value = tape.constant(stats[name] ?? group.view(group.values, name), shape, name)
    written.set(name, value)
    return value
  }
  tape.output('actions', actorMean(tape, spec, source, obs))
  if (spec.head?.explain && !spec.symmetry) {
    const explained = spec.head.explain(tape, actorNetwork(tape, spec, source)(obs), obs)
    for (const [name, value] of Object.entries(explained)) tape.output(name, value)
  }
  return tape.model(metadata)
}
