import { floatTensor, type Tensors } from './session.ts'

/** Named tensors in one flat array, with the gradient and the Adam moments beside them. */
export interface ParamGroup {
  readonly name: string
  readonly shapes: Readonly<Record<string, readonly number[]>>
  readonly values: Float32Array
  readonly grads: Float32Array
  /** First and second moment of Adam. */
  readonly m: Float32Array
  readonly v: Float32Array
  /** Adam steps taken. */
  stepCount: number
  /** Part of `array` (any of the above) that belongs to a tensor. */
  view(array: Float32Array, tensor: string): Float32Array
  /** Tensors over `array`, for a session; names are prefixed. */
  tensors(array: Float32Array, prefix?: string): Tensors
}

export function createParamGroup(
  name: string,
  shapes: Readonly<Record<string, readonly number[]>>,
): ParamGroup {
  const ranges = new Map<string, readonly [number, number]>()
  let size = 0
  for (const [tensor, shape] of Object.entries(shapes)) {
    const length = shape.reduce((a, b) => a * b, 1)
    ranges.set(tensor, [size, size + length])
    // Every tensor starts on a cache line.
    size += Math.ceil(length / 16) * 16
  }
  const view = (array: Float32Array, tensor: string): Float32Array => {
    const range = ranges.get(tensor)
    if (!range) throw new Error(`${name} has no tensor ${tensor}; it has ${[...ranges.keys()]}`)
    return array.subarray(range[0], range[1])
  }
  return {
    name,
    shapes,
    values: new Float32Array(size),
    grads: new Float32Array(size),
    m: new Float32Array(size),
    v: new Float32Array(size),
    stepCount: 0,
    view,
    tensors: (array, prefix = '') =>
      Object.fromEntries(
        Object.entries(shapes).map(([tensor, shape]) => [
          prefix + tensor,
          floatTensor(view(array, tensor), shape),
        ]),
      ),
  }
}

/**
 * One Adam step (Kingma & Ba 2015, β = 0.9, 0.999) with `group.grads · gradScale`, scaled down to
 * norm `maxNorm` when longer. Returns the norm before that. Throws for a gradient that is not finite.
 */
export function adamStep(
  group: ParamGroup,
  { lr, maxNorm, gradScale = 1 }: { lr: number; maxNorm: number; gradScale?: number },
): number {
  const { values, grads, m, v } = group
  let sum = 0
  for (let i = 0; i < grads.length; i++) sum += grads[i] * grads[i]
  const norm = Math.sqrt(sum) * gradScale
  if (!Number.isFinite(norm)) {
    const bad = Object.keys(group.shapes).filter((name) =>
      group.view(grads, name).some((x) => !Number.isFinite(x)),
    )
    throw new Error(`${group.name}: the gradient of ${bad.join(', ')} is not finite`)
  }
  const scale = gradScale * (norm > maxNorm ? maxNorm / (norm + 1e-6) : 1)
  group.stepCount++
  const correction = Math.sqrt(1 - 0.999 ** group.stepCount)
  const rate = (lr * correction) / (1 - 0.9 ** group.stepCount)
  const epsilon = 1e-8 * correction
  for (let i = 0; i < values.length; i++) {
    const g = grads[i] * scale
    const mi = 0.9 * m[i] + 0.1 * g
    const vi = 0.999 * v[i] + 0.001 * g * g
    m[i] = mi
    v[i] = vi
    values[i] -= (rate * mi) / (Math.sqrt(vi) + epsilon)
  }
  return norm
}
