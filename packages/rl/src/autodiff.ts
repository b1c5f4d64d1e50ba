import { type OnnxAttribute, OnnxBuilder, type OnnxModel } from '@skillweave/policy'
import type { SignedPermutation } from './vec-env.ts'

/**
 * A value in a graph. Shapes are [] (scalar), [n] (row), [batch, n]. `needsGrad` says whether it
 * depends on a parameter.
 */
export interface Tensor {
  readonly name: string
  readonly shape: readonly Dim[]
  readonly needsGrad: boolean
}
/** A length, or a name for a batch length that is free. Gradients need lengths. */
export type Dim = number | string
/** A tensor, or a constant. */
export type Operand = Tensor | number

interface Step {
  readonly out: Tensor
  readonly deps: readonly Tensor[]
  /** Gradients of `deps` from the gradient of `out`; null where none is needed. */
  readonly back: (d: string) => readonly (string | null)[]
}

/**
 * Reverse-mode differentiation that emits ONNX: write a loss with tensors, call `gradients`, and run
 * `model()` with any runtime. Forward, loss and backward pass are one graph.
 */
export class Tape {
  readonly #builder: OnnxBuilder
  readonly #steps: Step[] = []
  readonly #params: Tensor[] = []
  readonly #scalars = new Map<number, Tensor>()
  readonly #axes = new Map<string, string>()

  constructor(name: string) {
    this.#builder = new OnnxBuilder(name)
  }

  /** Data fed at every run. */
  input(name: string, shape: readonly Dim[]): Tensor {
    this.#builder.input(name, shape)
    return { name, shape, needsGrad: false }
  }

  /** A value fed at every run with respect to which gradients are taken. */
  param(name: string, shape: readonly number[]): Tensor {
    this.#builder.input(name, shape)
    const param = { name, shape, needsGrad: true }
    this.#params.push(param)
    return param
  }

  /** A value written into the graph. */
  constant(data: Float32Array, shape: readonly number[], name?: string): Tensor {
    return {
      name: this.#builder.constant(data.slice(), shape, name),
      shape,
      needsGrad: false,
    }
  }

  /** A constant row [n]. */
  row(values: ArrayLike<number>): Tensor {
    return this.constant(Float32Array.from(values), [values.length])
  }

  output(name: string, value: Tensor): void {
    this.#builder.node('Identity', [value.name], {}, name)
    this.#builder.output(name, value.shape)
  }

  model(metadata?: Readonly<Record<string, string>>): OnnxModel {
    return this.#builder.model(metadata)
  }

  /** The same value as a constant to the backward pass. */
  stopGradient(a: Tensor): Tensor {
    return { ...a, needsGrad: false }
  }

  // Arithmetic with broadcasting, numpy rules.

  add(a: Operand, b: Operand): Tensor {
    return this.#binary('Add', a, b, (d) => [d, d])
  }

  sub(a: Operand, b: Operand): Tensor {
    return this.#binary('Sub', a, b, (d) => [d, () => this.#op('Neg', d)])
  }

  mul(a: Operand, b: Operand): Tensor {
    return this.#binary('Mul', a, b, (d, x, y) => [
      () => this.#op('Mul', d, y.name),
      () => this.#op('Mul', d, x.name),
    ])
  }

  div(a: Operand, b: Operand): Tensor {
    return this.#binary('Div', a, b, (d, _x, y, out) => [
      () => this.#op('Div', d, y.name),
      () => this.#op('Neg', this.#op('Div', this.#op('Mul', d, out.name), y.name)),
    ])
  }

  /** Smaller of two; where they are equal the gradient goes to the first. */
  min(a: Operand, b: Operand): Tensor {
    return this.#binary('Min', a, b, (d, x, y) => [
      () => this.#op('Mul', d, this.#mask('LessOrEqual', x, y)),
      () => this.#op('Mul', d, this.#mask('Greater', x, y)),
    ])
  }

  /** Larger of two; where they are equal the gradient goes to the first. */
  max(a: Operand, b: Operand): Tensor {
    return this.#binary('Max', a, b, (d, x, y) => [
      () => this.#op('Mul', d, this.#mask('GreaterOrEqual', x, y)),
      () => this.#op('Mul', d, this.#mask('Less', x, y)),
    ])
  }

  neg(a: Tensor): Tensor {
    return this.#unary('Neg', a, (d) => this.#op('Neg', d))
  }

  exp(a: Tensor): Tensor {
    return this.#unary('Exp', a, (d, out) => this.#op('Mul', d, out.name))
  }

  log(a: Tensor): Tensor {
    return this.#unary('Log', a, (d) => this.#op('Div', d, a.name))
  }

  sqrt(a: Tensor): Tensor {
    return this.#unary('Sqrt', a, (d, out) =>
      this.#op('Div', this.#op('Mul', d, this.#scalar(0.5).name), out.name),
    )
  }

  square(a: Tensor): Tensor {
    return this.mul(a, a)
  }

  tanh(a: Tensor): Tensor {
    return this.#unary('Tanh', a, (d, out) =>
      this.#op('Mul', d, this.#oneMinus(this.#op('Mul', out.name, out.name))),
    )
  }

  sigmoid(a: Tensor): Tensor {
    return this.#unary('Sigmoid', a, (d, out) =>
      this.#op('Mul', d, this.#op('Mul', out.name, this.#oneMinus(out.name))),
    )
  }

  softplus(a: Tensor): Tensor {
    return this.#unary('Softplus', a, (d) => this.#op('Mul', d, this.#op('Sigmoid', a.name)))
  }

  relu(a: Tensor): Tensor {
    return this.#unary('Relu', a, (d, out) =>
      this.#op('Mul', d, this.#mask('Greater', out, this.#scalar(0))),
    )
  }

  /** x for x > 0, exp(x) - 1 below. */
  elu(a: Tensor): Tensor {
    return this.#unary('Elu', a, (d, out) => {
      const below = this.#op('Min', out.name, this.#scalar(0).name)
      return this.#op('Mul', d, this.#op('Add', below, this.#scalar(1).name))
    })
  }

  /** Between `low` and `high`; no gradient outside. */
  clip(a: Tensor, low: number, high: number): Tensor {
    if (!a.needsGrad) {
      const bounds = [this.#scalar(low).name, this.#scalar(high).name]
      return this.#plain(this.#op('Clip', a.name, ...bounds), a.shape)
    }
    return this.min(this.max(a, low), high)
  }

  /** Over the last axis. */
  softmax(a: Tensor): Tensor {
    const out = this.#op('Softmax', a.name, { axis: { int: -1 } })
    return this.#record(out, a.shape, [a], (d) => {
      const axis = this.#ints([a.shape.length - 1])
      const dot = this.#op('ReduceSum', this.#op('Mul', d, out), axis, { keepdims: { int: 1 } })
      return [this.#op('Mul', out, this.#op('Sub', d, dot))]
    })
  }

  /** Weights that sum to one across a list of equally shaped tensors, element by element. */
  softmaxAcross(logits: readonly Tensor[]): Tensor[] {
    let top = this.stopGradient(logits[0])
    for (const x of logits.slice(1)) top = this.max(top, this.stopGradient(x))
    const parts = logits.map((x) => this.exp(this.sub(x, top)))
    const sum = parts.reduce((x, y) => this.add(x, y))
    return parts.map((x) => this.div(x, sum))
  }

  /** [batch, n] → [batch, 1]. */
  sumColumns(a: Tensor): Tensor {
    const out = this.#op('ReduceSum', a.name, this.#ints([1]), { keepdims: { int: 1 } })
    return this.#record(out, [a.shape[0], 1], [a], (d) => [this.#expand(d, a)])
  }

  /** Sum of everything, []. */
  sum(a: Tensor): Tensor {
    const axes = this.#ints(a.shape.map((_, i) => i))
    const out = this.#op('ReduceSum', a.name, axes, { keepdims: { int: 0 } })
    return this.#record(out, [], [a], (d) => [this.#expand(d, a)])
  }

  /** Mean of everything, []. The shape must consist of lengths. */
  mean(a: Tensor): Tensor {
    return this.mul(this.sum(a), 1 / lengths(a).reduce((x, y) => x * y, 1))
  }

  /** x·W + b: [batch, n] · [n, m] + [m]. */
  gemm(x: Tensor, weight: Tensor, bias: Tensor): Tensor {
    const [n, m] = weight.shape
    if (x.shape[1] !== n || bias.shape[0] !== m) {
      throw new Error(
        `gemm: [${x.shape}] · ${weight.name} [${weight.shape}] + ${bias.name} [${bias.shape}]`,
      )
    }
    const out = this.#op('Gemm', x.name, weight.name, bias.name)
    return this.#record(out, [x.shape[0], m], [x, weight, bias], (d) => [
      x.needsGrad ? this.#op('Gemm', d, weight.name, { transB: { int: 1 } }) : null,
      weight.needsGrad ? this.#op('Gemm', x.name, d, { transA: { int: 1 } }) : null,
      bias.needsGrad ? this.#op('ReduceSum', d, this.#ints([0]), { keepdims: { int: 0 } }) : null,
    ])
  }

  /** Side by side: [batch, n₁], [batch, n₂], … → [batch, Σn]. Rows without batch likewise. */
  concat(parts: readonly Tensor[]): Tensor {
    const axis = parts[0].shape.length - 1
    const sizes = parts.map((p) => lengths(p, axis)[0])
    const total = sizes.reduce((a, b) => a + b, 0)
    const out = this.#op('Concat', ...parts.map((p) => p.name), { axis: { int: axis } })
    return this.#record(out, [...parts[0].shape.slice(0, axis), total], parts, (d) => {
      let at = 0
      return parts.map((p, i) => {
        const start = at
        at += sizes[i]
        return p.needsGrad ? this.#slice(d, start, at, axis) : null
      })
    })
  }

  /** Columns `start` … `end` - 1. */
  slice(a: Tensor, start: number, end: number): Tensor {
    const axis = a.shape.length - 1
    const size = lengths(a, axis)[0]
    if (!(start >= 0 && start < end && end <= size)) {
      throw new Error(`slice: columns ${start} to ${end} of ${a.name} [${a.shape}]`)
    }
    const out = this.#slice(a.name, start, end, axis)
    return this.#record(out, [...a.shape.slice(0, axis), end - start], [a], (d) => {
      const before = a.shape.slice(0, axis).map(() => 0)
      const pads = this.#ints([...before, start, ...before, size - end])
      return [this.#op('Pad', d, pads)]
    })
  }

  /** Cut into columns of the given sizes. */
  split(a: Tensor, sizes: readonly number[]): Tensor[] {
    let at = 0
    return sizes.map((size) => {
      at += size
      return this.slice(a, at - size, at)
    })
  }

  /** Columns by index, repetitions allowed. */
  columns(a: Tensor, index: ArrayLike<number>): Tensor {
    const axis = a.shape.length - 1
    const size = lengths(a, axis)[0]
    const out = this.#op('Gather', a.name, this.#ints(Array.from(index)), { axis: { int: axis } })
    return this.#record(out, [...a.shape.slice(0, axis), index.length], [a], (d) => {
      const inverse = Array.from({ length: size }, (_, i) => Array.from(index).indexOf(i))
      if (index.length === size && !inverse.includes(-1)) {
        return [this.#op('Gather', d, this.#ints(inverse), { axis: { int: axis } })]
      }
      const select = new Float32Array(index.length * size)
      for (let i = 0; i < index.length; i++) select[i * size + index[i]] = 1
      return [this.#op('MatMul', d, this.constant(select, [index.length, size]).name)]
    })
  }

  /** Mirror: columns by a signed permutation that undoes itself. */
  mirror(a: Tensor, p: SignedPermutation): Tensor {
    const axis = a.shape.length - 1
    const index = this.#ints(Array.from(p.index))
    const sign = this.row(p.sign).name
    const apply = (x: string) =>
      this.#op('Mul', this.#op('Gather', x, index, { axis: { int: axis } }), sign)
    return this.#record(apply(a.name), a.shape, [a], (d) => [apply(d)])
  }

  /**
   * Write another graph into this one as constants, so that gradients pass through it to `inputs`
   * (a frozen skill inside the network that commands it). Returns its first output.
   * Understands what exported policies contain; throws naming an operation it does not know.
   */
  embed(model: OnnxModel, inputs: Readonly<Record<string, Tensor>>): Tensor {
    const { graph } = model
    const values = new Map<string, Tensor>()
    for (const input of graph.inputs) {
      const given = inputs[input.name]
      if (!given) {
        throw new Error(
          `embed ${graph.name}: input ${input.name} is missing; given: ${Object.keys(inputs)}`,
        )
      }
      const size = input.dims.at(-1)
      if (given.shape.at(-1) !== size) {
        throw new Error(
          `embed ${graph.name}: ${input.name} has ${size} columns, not ${given.shape}`,
        )
      }
      values.set(input.name, given)
    }
    const constants = new Map(graph.initializers.map((t) => [t.name, t]))
    for (const node of graph.nodes) {
      const at = (i: number): Tensor => {
        const name = node.inputs[i]
        let value = values.get(name)
        const constant = constants.get(name)
        if (!value && constant) {
          value = this.constant(Float32Array.from(constant.data, Number), constant.dims)
          values.set(name, value)
        }
        if (!value) throw new Error(`embed ${graph.name}: ${node.name} uses ${name} early`)
        return value
      }
      const list = (i: number): readonly number[] => {
        const source = constants.get(node.inputs[i])
        if (source) return Array.from(source.data, Number)
        throw new Error(`embed ${graph.name}: operand ${i} of ${node.name} is not a constant`)
      }
      values.set(node.outputs[0], this.#replay(graph.name, node, at, list))
    }
    const result = values.get(graph.outputs[0]?.name ?? '')
    if (!result) throw new Error(`embed ${graph.name}: it has no output`)
    return result
  }

  /**
   * Add the backward pass: one output per parameter, named `prefix` + parameter name. Throws for a
   * parameter the loss does not depend on.
   */
  gradients(loss: Tensor, prefix = 'grad.'): void {
    const grads = new Map<string, string>([[loss.name, this.#scalar(1).name]])
    for (const { out, deps, back } of this.#steps.toReversed()) {
      const d = grads.get(out.name)
      if (d === undefined) continue
      const parts = back(d)
      deps.forEach((dep, i) => {
        const part = parts[i]
        if (!dep.needsGrad || part == null) return
        const sum = grads.get(dep.name)
        grads.set(dep.name, sum === undefined ? part : this.#op('Add', sum, part))
      })
    }
    for (const param of this.#params) {
      const d = grads.get(param.name)
      if (d === undefined) throw new Error(`the loss does not depend on ${param.name}`)
      this.output(prefix + param.name, { ...param, name: d })
    }
  }

  #replay(
    graph: string,
    node: OnnxModel['graph']['nodes'][number],
    at: (i: number) => Tensor,
    list: (i: number) => readonly number[],
  ): Tensor {
    switch (node.opType) {
      case 'Identity':
        return at(0)
      case 'Add':
        return this.add(at(0), at(1))
      case 'Sub':
        return this.sub(at(0), at(1))
      case 'Mul':
        return this.mul(at(0), at(1))
      case 'Div':
        return this.div(at(0), at(1))
      case 'Min':
        return this.min(at(0), at(1))
      case 'Max':
        return this.max(at(0), at(1))
      case 'Clip':
        return this.clip(at(0), list(1)[0], list(2)[0])
      case 'Gemm': {
        const flag = node.attributes.transB
        if (flag && 'int' in flag && flag.int === 1) {
          throw new Error(`embed ${graph}: ${node.name} has transB, which is not supported`)
        }
        return this.gemm(at(0), at(1), at(2))
      }
      case 'Neg':
        return this.neg(at(0))
      case 'Exp':
        return this.exp(at(0))
      case 'Elu':
        return this.elu(at(0))
      case 'Relu':
        return this.relu(at(0))
      case 'Tanh':
        return this.tanh(at(0))
      case 'Sigmoid':
        return this.sigmoid(at(0))
      case 'Concat':
        return this.concat(node.inputs.map((_, i) => at(i)))
      case 'Slice':
        return this.slice(at(0), list(1)[0], list(2)[0])
      case 'Gather':
        return this.columns(at(0), list(1))
      default:
        throw new Error(`embed ${graph}: operation ${node.opType} (${node.name}) is not supported`)
    }
  }

  #binary(
    type: string,
    left: Operand,
    right: Operand,
    back: (d: string, a: Tensor, b: Tensor, out: Tensor) => readonly (string | (() => string))[],
  ): Tensor {
    const a = this.#lift(left)
    const b = this.#lift(right)
    const shape = broadcast(a.shape, b.shape)
    const name = this.#op(type, a.name, b.name)
    return this.#record(name, shape, [a, b], (d) => {
      const parts = back(d, a, b, { name, shape, needsGrad: true })
      return [a, b].map((x, i) => {
        if (!x.needsGrad) return null
        const part = parts[i]
        return this.#reduceTo(typeof part === 'string' ? part : part(), shape, x.shape)
      })
    })
  }

  #unary(type: string, a: Tensor, back: (d: string, out: Tensor) => string): Tensor {
    const name = this.#op(type, a.name)
    return this.#record(name, a.shape, [a], (d) => [
      back(d, { name, shape: a.shape, needsGrad: true }),
    ])
  }

  #record(
    name: string,
    shape: readonly Dim[],
    deps: readonly Tensor[],
    back: Step['back'],
  ): Tensor {
    const out = { name, shape, needsGrad: deps.some((d) => d.needsGrad) }
    if (out.needsGrad) this.#steps.push({ out, deps, back })
    return out
  }

  #plain(name: string, shape: readonly Dim[]): Tensor {
    return { name, shape, needsGrad: false }
  }

  #op(
    type: string,
    ...rest: readonly (string | Readonly<Record<string, OnnxAttribute>>)[]
  ): string {
    const inputs = rest.filter((x) => typeof x === 'string')
    const attributes = rest.find((x) => typeof x === 'object') ?? {}
    return this.#builder.node(type, inputs, attributes)
  }

  #scalar(value: number): Tensor {
    let t = this.#scalars.get(value)
    if (!t) {
      t = this.constant(Float32Array.of(value), [])
      this.#scalars.set(value, t)
    }
    return t
  }

  #ints(values: readonly number[]): string {
    const key = values.join()
    let name = this.#axes.get(key)
    if (name === undefined) {
      name = this.#builder.constant(BigInt64Array.from(values, BigInt), [values.length])
      this.#axes.set(key, name)
    }
    return name
  }

  #lift(x: Operand): Tensor {
    return typeof x === 'number' ? this.#scalar(x) : x
  }

  #oneMinus(x: string): string {
    return this.#op('Sub', this.#scalar(1).name, x)
  }

  #mask(comparison: string, a: Tensor, b: Tensor): string {
    return this.#op('Cast', this.#op(comparison, a.name, b.name), { to: { int: 1 } })
  }

  #slice(name: string, start: number, end: number, axis: number): string {
    return this.#op('Slice', name, this.#ints([start]), this.#ints([end]), this.#ints([axis]))
  }

  // Expand, not x·0 + d: the product would turn one infinite x into NaN gradients everywhere.
  #expand(d: string, like: Tensor): string {
    return this.#op('Expand', d, this.#ints(lengths(like)))
  }

  #reduceTo(d: string, from: readonly Dim[], to: readonly Dim[]): string {
    const extra = from.length - to.length
    const lead = from.slice(0, extra).map((_, i) => i)
    const ones = to.flatMap((n, i) => (n === 1 && from[i + extra] !== 1 ? [i + extra] : []))
    let out = d
    if (ones.length > 0) {
      out = this.#op('ReduceSum', out, this.#ints(ones), { keepdims: { int: 1 } })
    }
    if (lead.length > 0) {
      out = this.#op('ReduceSum', out, this.#ints(lead), { keepdims: { int: 0 } })
    }
    return out
  }
}

function broadcast(a: readonly Dim[], b: readonly Dim[]): Dim[] {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, i) => {
    const x = a[a.length - rank + i] ?? 1
    const y = b[b.length - rank + i] ?? 1
    if (x !== y && x !== 1 && y !== 1) throw new Error(`shapes [${a}] and [${b}] do not fit`)
    return x === 1 ? y : x
  })
}

/** The lengths of the axes from `from` on; throws for a free one. */
function lengths(a: Tensor, from = 0): number[] {
  return a.shape.slice(from).map((d) => {
    if (typeof d === 'number') return d
    throw new Error(`${a.name} [${a.shape}]: axis ${d} is free; give a length`)
  })
}
