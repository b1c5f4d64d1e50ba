import { type OnnxModel, type OnnxNode, type OnnxTensor, readOnnx } from './onnx.ts'

/**
 * A network ready to run, synchronously, without native code, in Node and in a browser tab alike.
 * Arithmetic is in float64, results are stored as float32.
 */
export interface Interpreter {
  /** Most rows one run can take. */
  readonly maxRows: number
  /** Write here before `run`: by input name, [maxRows, size]. */
  readonly inputs: Readonly<Record<string, Float32Array>>
  /** Read here after `run`: by output name, [maxRows, size]. */
  readonly outputs: Readonly<Record<string, Float32Array>>
  /** Numbers per row of an input or output; throws for other names, listing what exists. */
  sizeOf(name: string): number
  /** Compute the first `rows` rows (all by default). Does not allocate. */
  run(rows?: number): void
}

/**
 * Bind a model: resolve names, check shapes, allocate, pack weights. The first axis of every input is
 * the batch. Throws for an operation it does not know, naming the node.
 */
export function createInterpreter(
  model: OnnxModel | Uint8Array,
  { maxRows = 1 }: { maxRows?: number } = {},
): Interpreter {
  const { graph } = model instanceof Uint8Array ? readOnnx(model) : model
  const values = new Map<string, Value>()
  for (const tensor of graph.initializers) values.set(tensor.name, constantValue(tensor))
  const inputs: Record<string, Float32Array> = {}
  for (const { name, dims } of graph.inputs) {
    if (values.has(name)) continue
    const cols = dims.at(-1)
    if (dims.length !== 2 || typeof cols !== 'number') {
      throw new Error(`${graph.name}: input ${name} is [${dims}], expected [batch, size]`)
    }
    const value = batchValue(maxRows, cols)
    values.set(name, value)
    inputs[name] = value.data
  }
  const steps: Kernel[] = []
  for (const node of graph.nodes) {
    try {
      const bind = operations[node.opType]
      if (!bind) {
        throw new Error(`operation ${node.opType}; known are ${Object.keys(operations).join(', ')}`)
      }
      const { value, kernel } = bind(bindContext(node, values, maxRows))
      values.set(node.outputs[0], value)
      if (kernel) steps.push(kernel)
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error)
      throw new Error(`${graph.name}: node ${node.name} (${node.opType}): ${what}`)
    }
  }
  const outputs: Record<string, Float32Array> = {}
  for (const { name } of graph.outputs) {
    const value = values.get(name)
    if (!value?.batched)
      throw new Error(`${graph.name}: output ${name} does not depend on an input`)
    outputs[name] = value.data
  }
  return {
    maxRows,
    inputs,
    outputs,
    sizeOf: (name) => {
      const array = inputs[name] ?? outputs[name]
      if (array) return array.length / maxRows
      const names = [...Object.keys(inputs), ...Object.keys(outputs)]
      throw new Error(`${graph.name} has no ${name}; it has ${names.join(', ')}`)
    },
    run: (rows = maxRows) => {
      for (let i = 0; i < steps.length; i++) steps[i](rows)
    },
  }
}

/** Computes the first `rows` rows of a value. */
type Kernel = (rows: number) => void

/** Batched values are [maxRows, cols]; others are constants of the given shape. */
interface Value {
  readonly data: Float32Array
  readonly dims: readonly number[]
  readonly cols: number
  readonly batched: boolean
  /** Integer constants: indices, slice bounds. */
  readonly ints?: readonly number[]
}

interface Context {
  readonly node: OnnxNode
  readonly maxRows: number
  /** The i-th operand; throws when it is absent. */
  readonly at: (i: number) => Value
  readonly has: (i: number) => boolean
  readonly float: (name: string, otherwise: number) => number
  readonly int: (name: string, otherwise: number) => number
}

type Bind = (c: Context) => { value: Value; kernel?: Kernel }

function constantValue({ dims, data }: OnnxTensor): Value {
  const cols = dims.at(-1) ?? 1
  const common = { dims, cols, batched: false, data: Float32Array.from(data, Number) }
  return data instanceof BigInt64Array || data instanceof Int32Array
    ? { ...common, ints: Array.from(data, Number) }
    : common
}

const batchValue = (maxRows: number, cols: number): Value => ({
  data: new Float32Array(maxRows * cols),
  dims: [maxRows, cols],
  cols,
  batched: true,
})

function bindContext(node: OnnxNode, values: Map<string, Value>, maxRows: number): Context {
  const number = (name: string, otherwise: number): number => {
    const a = node.attributes[name]
    if (!a) return otherwise
    if ('float' in a) return a.float
    if ('int' in a) return a.int
    throw new Error(`attribute ${name} is not a number`)
  }
  return {
    node,
    maxRows,
    at: (i) => {
      const name = node.inputs[i]
      if (!name) throw new Error(`operand ${i} is missing`)
      const value = values.get(name)
      if (!value) throw new Error(`operand ${name} is not computed before it`)
      return value
    },
    has: (i) => Boolean(node.inputs[i]),
    float: number,
    int: number,
  }
}

/** Element by element with broadcasting of scalars, rows [n] and columns [batch, 1]. */
const binary =
  (f: (x: number, y: number) => number): Bind =>
  ({ at, maxRows }) => {
    const a = at(0)
    const b = at(1)
    for (const v of [a, b]) {
      if (!v.batched && v.data.length !== v.cols) {
        throw new Error(`a constant of shape [${v.dims}]; only [], [n] and [1, n] are supported`)
      }
    }
    if (a.cols !== b.cols && a.cols !== 1 && b.cols !== 1) {
      throw new Error(`${a.cols} and ${b.cols} columns`)
    }
    const cols = Math.max(a.cols, b.cols)
    const batched = a.batched || b.batched
    const value = batched ? batchValue(maxRows, cols) : { ...batchValue(1, cols), batched: false }
    const [x, y, out] = [a.data, b.data, value.data]
    const [xRow, yRow] = [a.batched ? a.cols : 0, b.batched ? b.cols : 0]
    const [xCol, yCol] = [a.cols === 1 ? 0 : 1, b.cols === 1 ? 0 : 1]
    const kernel: Kernel = (rows) => {
      for (let r = 0, o = 0; r < rows; r++) {
        for (let c = 0, i = r * xRow, j = r * yRow; c < cols; c++, i += xCol, j += yCol) {
          out[o++] = f(x[i], y[j])
        }
      }
    }
    if (batched) return { value, kernel }
    kernel(1)
    return { value }
  }

const unary =
  (bindFunction: (c: Context) => (x: number) => number): Bind =>
  (context) => {
    const f = bindFunction(context)
    const a = context.at(0)
    const { cols } = a
    const value = a.batched
      ? batchValue(context.maxRows, cols)
      : { ...a, data: Float32Array.from(a.data, f) }
    if (!a.batched) return { value }
    const [x, out] = [a.data, value.data]
    return {
      value,
      kernel: (rows) => {
        const n = rows * cols
        for (let i = 0; i < n; i++) out[i] = f(x[i])
      },
    }
  }

const gemm: Bind = ({ at, has, int, float, maxRows }) => {
  const x = at(0)
  const w = at(1)
  const transposed = int('transB', 0) === 1
  if (int('transA', 0) !== 0) throw new Error('transA is not supported')
  if (!x.batched || w.batched || w.dims.length !== 2) {
    throw new Error(`[${x.dims}] · [${w.dims}]; expected a batch times constant weights`)
  }
  const [n, m] = transposed ? [w.dims[1], w.dims[0]] : w.dims
  if (x.cols !== n) throw new Error(`${x.cols} columns times [${n}, ${m}] weights`)
  const value = batchValue(maxRows, m)
  const weights = packColumns(w.data, n, m, transposed, float('alpha', 1))
  const bias = new Float64Array(Math.ceil(m / 4) * 4)
  if (has(2)) {
    const b = at(2)
    if (b.batched || (b.data.length !== m && b.data.length !== 1)) {
      throw new Error(`a bias of shape [${b.dims}] for ${m} columns`)
    }
    const beta = float('beta', 1)
    for (let j = 0; j < m; j++) bias[j] = beta * b.data[b.data.length === 1 ? 0 : j]
  }
  return { value, kernel: (rows) => multiply(x.data, weights, bias, value.data, rows, n, m) }
}

/** Four columns of the weights side by side, so that the inner loop reads memory in order. */
function packColumns(
  w: Float32Array,
  n: number,
  m: number,
  transposed: boolean,
  alpha: number,
): Float32Array {
  const packed = new Float32Array(Math.ceil(m / 4) * 4 * n)
  for (let j = 0; j < m; j++) {
    const base = (j >> 2) * 4 * n + (j & 3)
    for (let k = 0; k < n; k++) {
      packed[base + 4 * k] = alpha * (transposed ? w[j * n + k] : w[k * m + j])
    }
  }
  return packed
}

function multiply(
  x: Float32Array,
  w: Float32Array,
  bias: Float64Array,
  out: Float32Array,
  rows: number,
  n: number,
  m: number,
): void {
  for (let r = 0; r < rows; r++) {
    const start = r * n
    const end = start + n
    const o = r * m
    for (let j = 0, p = 0; j < m; j += 4) {
      let s0 = bias[j]
      let s1 = bias[j + 1]
      let s2 = bias[j + 2]
      let s3 = bias[j + 3]
      for (let k = start; k < end; k++, p += 4) {
        const v = x[k]
        s0 += v * w[p]
        s1 += v * w[p + 1]
        s2 += v * w[p + 2]
        s3 += v * w[p + 3]
      }
      out[o + j] = s0
      if (j + 1 < m) out[o + j + 1] = s1
      if (j + 2 < m) out[o + j + 2] = s2
      if (j + 3 < m) out[o + j + 3] = s3
    }
  }
}

const clip: Bind = (context) => {
  const bound = (i: number, otherwise: number): number =>
    context.has(i) ? context.at(i).data[0] : otherwise
  const low = bound(1, Number.NEGATIVE_INFINITY)
  const high = bound(2, Number.POSITIVE_INFINITY)
  return unary(() => (x) => Math.min(Math.max(x, low), high))(context)
}

const concat: Bind = ({ node, at, int, maxRows }) => {
  const parts = node.inputs.map((_, i) => at(i))
  const axis = int('axis', 1)
  if (axis !== 1 && axis !== -1) throw new Error(`axis ${axis}; only columns are supported`)
  if (!parts.some((p) => p.batched)) throw new Error('all operands are constants')
  const cols = parts.reduce((sum, p) => sum + p.cols, 0)
  const value = batchValue(maxRows, cols)
  const out = value.data
  return {
    value,
    kernel: (rows) => {
      for (let i = 0, at = 0; i < parts.length; i++) {
        const { data, cols: n, batched } = parts[i]
        for (let r = 0; r < rows; r++) {
          const from = batched ? r * n : 0
          for (let j = 0, o = r * cols + at; j < n; j++) out[o + j] = data[from + j]
        }
        at += n
      }
    },
  }
}

/** Columns by index; also what Slice becomes. */
function pick(a: Value, index: readonly number[], maxRows: number): ReturnType<Bind> {
  const { data: x, cols } = a
  const from = Int32Array.from(index, (i) => (i < 0 ? i + cols : i))
  if (from.some((i) => i < 0 || i >= cols)) {
    throw new Error(`indices ${index.join(', ')} of ${cols} columns`)
  }
  const n = from.length
  const value = a.batched
    ? batchValue(maxRows, n)
    : { data: new Float32Array(n), dims: [n], cols: n, batched: false }
  const out = value.data
  const kernel: Kernel = (rows) => {
    for (let r = 0, o = 0; r < rows; r++) {
      for (let j = 0, base = r * cols; j < n; j++) out[o++] = x[base + from[j]]
    }
  }
  if (a.batched) return { value, kernel }
  kernel(1)
  return { value }
}

const gather: Bind = ({ at, int, maxRows }) => {
  const axis = int('axis', 0)
  const { ints } = at(1)
  const a = at(0)
  if (axis !== a.dims.length - 1 && axis !== -1) {
    throw new Error(`axis ${axis}; only columns are supported`)
  }
  if (!ints) throw new Error('the indices are not an integer constant')
  return pick(a, ints, maxRows)
}

const slice: Bind = ({ at, has, maxRows }) => {
  const a = at(0)
  const [start, end, axis] = [at(1), at(2), at(3)].map((v) => v.ints)
  if (start?.length !== 1 || end?.length !== 1 || axis?.length !== 1) {
    throw new Error('starts, ends and axes must be constants of one element')
  }
  if ((axis[0] !== a.dims.length - 1 && axis[0] !== -1) || (has(4) && at(4).ints?.[0] !== 1)) {
    throw new Error('only columns with step 1 are supported')
  }
  const wrap = (i: number): number => Math.min(Math.max(i < 0 ? i + a.cols : i, 0), a.cols)
  const [from, to] = [wrap(start[0]), wrap(end[0])]
  return pick(
    a,
    Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i),
    maxRows,
  )
}

const softmax: Bind = ({ at, int, maxRows }) => {
  const a = at(0)
  const axis = int('axis', -1)
  if (!a.batched || (axis !== 1 && axis !== -1)) throw new Error('only columns are supported')
  const { cols, data: x } = a
  const value = batchValue(maxRows, cols)
  const out = value.data
  return {
    value,
    kernel: (rows) => {
      for (let r = 0; r < rows; r++) {
        const o = r * cols
        let top = x[o]
        for (let j = 1; j < cols; j++) top = Math.max(top, x[o + j])
        let sum = 0
        for (let j = 0; j < cols; j++) sum += Math.exp(x[o + j] - top)
        for (let j = 0; j < cols; j++) out[o + j] = Math.exp(x[o + j] - top) / sum
      }
    },
  }
}

const constant: Bind = ({ node }) => {
  const a = node.attributes.value
  if (!a || !('tensor' in a)) throw new Error('only a tensor value is supported')
  return { value: constantValue(a.tensor) }
}

const operations: Readonly<Record<string, Bind>> = {
  Add: binary((x, y) => x + y),
  Sub: binary((x, y) => x - y),
  Mul: binary((x, y) => x * y),
  Div: binary((x, y) => x / y),
  Min: binary(Math.min),
  Max: binary(Math.max),
  Neg: unary(() => (x) => -x),
  Abs: unary(() => Math.abs),
  Exp: unary(() => Math.exp),
  Sqrt: unary(() => Math.sqrt),
  Tanh: unary(() => Math.tanh),
  Relu: unary(() => (x) => Math.max(x, 0)),
  Sigmoid: unary(() => (x) => 1 / (1 + Math.exp(-x))),
  Elu: unary(({ float }) => {
    const alpha = float('alpha', 1)
    return (x) => (x > 0 ? x : alpha * Math.expm1(x))
  }),
  Clip: clip,
  Gemm: gemm,
  MatMul: gemm,
  Concat: concat,
  Slice: slice,
  Gather: gather,
  Softmax: softmax,
  Identity: ({ at }) => ({ value: at(0) }),
  Constant: constant,
}
