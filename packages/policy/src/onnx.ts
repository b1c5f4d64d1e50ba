import { ProtoCursor, ProtoWriter } from './protobuf.ts'

/** Tensor contents by element type: float, double, int32, int64. */
export type OnnxData = Float32Array | Float64Array | Int32Array | BigInt64Array

/** A constant of the graph (a weight, an index list). Row-major. */
export interface OnnxTensor {
  readonly name: string
  readonly dims: readonly number[]
  readonly data: OnnxData
}

export type OnnxAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] }
  | { readonly tensor: OnnxTensor }

export interface OnnxNode {
  readonly opType: string
  readonly name: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, OnnxAttribute>>
}

/** A graph input or output. A dimension is a number, or a name such as 'N' for a free one. */
export interface OnnxValue {
  readonly name: string
  readonly dims: readonly (number | string)[]
  readonly elementType: OnnxElementType
}

export type OnnxElementType = 'float' | 'double' | 'int32' | 'int64' | 'bool' | 'other'

export interface OnnxGraph {
  readonly name: string
  /** In an order in which they can be computed. */
  readonly nodes: readonly OnnxNode[]
  readonly initializers: readonly OnnxTensor[]
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
}

export interface OnnxModel {
  readonly graph: OnnxGraph
  readonly metadata: Readonly<Record<string, string>>
  readonly opset: number
  readonly irVersion: number
}

/** What files are written as: opset 17, IR 8. Old enough for every runtime in use. */
export const onnxOpset = 17
export const onnxIrVersion = 8

/** Encode a model as an .onnx file. The same model gives the same bytes. */
export function writeOnnx(model: OnnxModel): Uint8Array {
  const w = new ProtoWriter()
  w.int(1, model.irVersion)
  w.string(2, 'skillweave')
  w.message(7, (g) => writeGraph(g, model.graph))
  w.message(8, (o) => o.string(1, '').int(2, model.opset))
  for (const [key, value] of Object.entries(model.metadata)) {
    w.message(14, (p) => p.string(1, key).string(2, value))
  }
  return w.finish().slice()
}

function writeGraph(w: ProtoWriter, graph: OnnxGraph): void {
  for (const node of graph.nodes) w.message(1, (n) => writeNode(n, node))
  w.string(2, graph.name)
  for (const tensor of graph.initializers) w.message(5, (t) => writeTensor(t, tensor))
  for (const input of graph.inputs) w.message(11, (v) => writeValue(v, input))
  for (const output of graph.outputs) w.message(12, (v) => writeValue(v, output))
}

function writeNode(w: ProtoWriter, node: OnnxNode): void {
  for (const input of node.inputs) w.string(1, input)
  for (const output of node.outputs) w.string(2, output)
  w.string(3, node.name)
  w.string(4, node.opType)
  for (const [name, value] of Object.entries(node.attributes)) {
    w.message(5, (a) => writeAttribute(a, name, value))
  }
}

function writeAttribute(w: ProtoWriter, name: string, value: OnnxAttribute): void {
  w.string(1, name)
  if ('float' in value) w.float(2, value.float).int(20, 1)
  else if ('int' in value) w.int(3, value.int).int(20, 2)
  else if ('string' in value) w.string(4, value.string).int(20, 3)
  else if ('tensor' in value) w.message(5, (t) => writeTensor(t, value.tensor)).int(20, 4)
  else if ('floats' in value) {
    for (const x of value.floats) w.float(7, x)
    w.int(20, 6)
  } else {
    for (const x of value.ints) w.int(8, x)
    w.int(20, 7)
  }
}

function writeTensor(w: ProtoWriter, { name, dims, data }: OnnxTensor): void {
  const size = dims.reduce((a, b) => a * b, 1)
  if (size !== data.length) {
    throw new Error(`tensor ${name}: ${data.length} values for shape [${dims.join(', ')}]`)
  }
  for (const d of dims) w.int(1, d)
  w.int(2, elementCode(data))
  w.string(8, name)
  w.bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
}

function writeValue(w: ProtoWriter, value: OnnxValue): void {
  const code = Number(
    Object.entries(elementTypes).find(([, name]) => name === value.elementType)?.[0] ?? 0,
  )
  w.string(1, value.name).message(2, (type) =>
    type.message(1, (tensor) =>
      tensor.int(1, code).message(2, (shape) => {
        for (const d of value.dims) {
          shape.message(1, (dim) => (typeof d === 'string' ? dim.string(2, d) : dim.int(1, d)))
        }
      }),
    ),
  )
}

const elementTypes: Readonly<Record<number, OnnxElementType>> = {
  1: 'float',
  6: 'int32',
  7: 'int64',
  9: 'bool',
  11: 'double',
}

function elementCode(data: OnnxData): number {
  if (data instanceof Float32Array) return 1
  if (data instanceof Float64Array) return 11
  return data instanceof Int32Array ? 6 : 7
}

/**
 * Decode an .onnx file: graph, constants, metadata. Constants stored outside the file, sub-graphs and
 * sparse or half-precision tensors are refused. Errors name the byte and the field.
 */
export function readOnnx(bytes: Uint8Array): OnnxModel {
  if (bytes.length === 0) throw new Error('ONNX file: 0 bytes')
  const c = new ProtoCursor(bytes, 'ModelProto')
  let graph: OnnxGraph | undefined
  const metadata: Record<string, string> = {}
  let opset = 0
  let irVersion = 0
  while (c.next()) {
    if (c.field === 1) irVersion = c.int('ir_version')
    else if (c.field === 7) graph = readGraph(c.message('graph'))
    else if (c.field === 8) {
      const o = readOpset(c.message('opset_import'))
      if (o.domain === '' || o.domain === 'ai.onnx') opset = o.version
    } else if (c.field === 14) {
      const { key, value } = readPair(c.message('metadata_props'))
      metadata[key] = value
    } else c.skip()
  }
  if (!graph) throw new Error(`ModelProto: no graph in ${bytes.length} bytes`)
  return { graph, metadata, opset, irVersion }
}

function readOpset(c: ProtoCursor): { domain: string; version: number } {
  let domain = ''
  let version = 0
  while (c.next()) {
    if (c.field === 1) domain = c.string('domain')
    else if (c.field === 2) version = c.int('version')
    else c.skip()
  }
  return { domain, version }
}

function readPair(c: ProtoCursor): { key: string; value: string } {
  let key = ''
  let value = ''
  while (c.next()) {
    if (c.field === 1) key = c.string('key')
    else if (c.field === 2) value = c.string('value')
    else c.skip()
  }
  return { key, value }
}

function readGraph(c: ProtoCursor): OnnxGraph {
  let name = ''
  const nodes: OnnxNode[] = []
  const initializers: OnnxTensor[] = []
  const inputs: OnnxValue[] = []
  const outputs: OnnxValue[] = []
  while (c.next()) {
    if (c.field === 1) nodes.push(readNode(c.message(`node[${nodes.length}]`)))
    else if (c.field === 2) name = c.string('name')
    else if (c.field === 5) {
      initializers.push(readTensor(c.message(`initializer[${initializers.length}]`)))
    } else if (c.field === 11) inputs.push(readValue(c.message(`input[${inputs.length}]`)))
    else if (c.field === 12) outputs.push(readValue(c.message(`output[${outputs.length}]`)))
    else c.skip()
  }
  return { name, nodes, initializers, inputs, outputs }
}

function readNode(c: ProtoCursor): OnnxNode {
  const inputs: string[] = []
  const outputs: string[] = []
  const attributes: Record<string, OnnxAttribute> = {}
  let name = ''
  let opType = ''
  while (c.next()) {
    if (c.field === 1) inputs.push(c.string('input'))
    else if (c.field === 2) outputs.push(c.string('output'))
    else if (c.field === 3) name = c.string('name')
    else if (c.field === 4) opType = c.string('op_type')
    else if (c.field === 5) {
      const [key, value] = readAttribute(c.message('attribute'))
      attributes[key] = value
    } else c.skip()
  }
  return { opType, name, inputs, outputs, attributes }
}

function readAttribute(c: ProtoCursor): [string, OnnxAttribute] {
  let name = ''
  let type = 0
  let float = 0
  let int = 0
  let string = ''
  let tensor: OnnxTensor | undefined
  const floats: number[] = []
  const ints: bigint[] = []
  while (c.next()) {
    if (c.field === 1) name = c.string('name')
    else if (c.field === 2) float = c.float('f')
    else if (c.field === 3) int = c.int('i')
    else if (c.field === 4) string = c.string('s')
    else if (c.field === 5) tensor = readTensor(c.message('t'))
    else if (c.field === 7) c.floats('floats', floats)
    else if (c.field === 8) c.ints('ints', ints)
    else if (c.field === 20) type = c.int('type')
    else c.skip()
  }
  if (type === 1) return [name, { float }]
  if (type === 2) return [name, { int }]
  if (type === 3) return [name, { string }]
  if (type === 4 && tensor) return [name, { tensor }]
  if (type === 6) return [name, { floats }]
  if (type === 7) return [name, { ints: ints.map(Number) }]
  throw new Error(`ONNX attribute ${name}: type ${type}; read are 1, 2, 3, 4, 6 and 7`)
}

function readTensor(c: ProtoCursor): OnnxTensor {
  const dims: bigint[] = []
  const floats: number[] = []
  const ints: bigint[] = []
  let name = ''
  let type = 0
  let raw: Uint8Array | undefined
  while (c.next()) {
    if (c.field === 1) c.ints('dims', dims)
    else if (c.field === 2) type = c.int('data_type')
    else if (c.field === 4) c.floats('float_data', floats)
    else if (c.field === 5) c.ints('int32_data', ints)
    else if (c.field === 7) c.ints('int64_data', ints)
    else if (c.field === 8) name = c.string('name')
    else if (c.field === 9) raw = c.bytes('raw_data')
    else if (c.field === 13 || c.field === 14) {
      throw new Error(`ONNX tensor ${name}: its data is in another file, which is not supported`)
    } else c.skip()
  }
  const shape = dims.map(Number)
  const data = tensorData(name, type, raw, floats, ints)
  const size = shape.reduce((a, b) => a * b, 1)
  if (size !== data.length) {
    throw new Error(`ONNX tensor ${name}: ${data.length} values for shape [${shape.join(', ')}]`)
  }
  return { name, dims: shape, data }
}

function tensorData(
  name: string,
  type: number,
  raw: Uint8Array | undefined,
  floats: readonly number[],
  ints: readonly bigint[],
): OnnxData {
  const elementType = elementTypes[type]
  if (elementType === undefined || elementType === 'bool') {
    throw new Error(`ONNX tensor ${name}: element type ${type}; read are 1, 6, 7 and 11`)
  }
  if (raw) {
    const width = elementType === 'float' || elementType === 'int32' ? 4 : 8
    if (raw.length % width !== 0) {
      throw new Error(`ONNX tensor ${name}: ${raw.length} bytes of ${width}-byte elements`)
    }
    // A copy for alignment. Not `slice`: that of a Node Buffer is a view of the whole file.
    const { buffer } = new Uint8Array(raw)
    if (elementType === 'float') return new Float32Array(buffer)
    if (elementType === 'double') return new Float64Array(buffer)
    return elementType === 'int32' ? new Int32Array(buffer) : new BigInt64Array(buffer)
  }
  if (elementType === 'float') return Float32Array.from(floats)
  if (elementType === 'int64') return BigInt64Array.from(ints)
  if (elementType === 'int32') return Int32Array.from(ints, Number)
  throw new Error(`ONNX tensor ${name}: double_data; only raw_data is read for doubles`)
}

function readValue(c: ProtoCursor): OnnxValue {
  let name = ''
  const dims: (number | string)[] = []
  let elementType: OnnxElementType = 'other'
  while (c.next()) {
    if (c.field === 1) name = c.string('name')
    else if (c.field === 2) {
      const type = c.message('type')
      while (type.next()) {
        if (type.field !== 1) {
          type.skip()
          continue
        }
        const tensor = type.message('tensor_type')
        while (tensor.next()) {
          if (tensor.field === 1) elementType = elementTypes[tensor.int('elem_type')] ?? 'other'
          else if (tensor.field === 2) readShape(tensor.message('shape'), dims)
          else tensor.skip()
        }
      }
    } else c.skip()
  }
  return { name, dims, elementType }
}

function readShape(c: ProtoCursor, dims: (number | string)[]): void {
  while (c.next()) {
    if (c.field !== 1) {
      c.skip()
      continue
    }
    const dim = c.message('dim')
    let value: number | string = '?'
    while (dim.next()) {
      if (dim.field === 1) value = dim.int('dim_value')
      else if (dim.field === 2) value = dim.string('dim_param')
      else dim.skip()
    }
    dims.push(value)
  }
}
