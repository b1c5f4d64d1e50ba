import { zipSync } from 'fflate'
import { isKind, isTuple, type PickleValue, readPickle } from './pickle.ts'
import { readZip } from './zip-archive.ts'

/** A dense tensor of 32-bit floats, row-major. */
export interface FloatTensor {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

/** All a file with one plain tensor needs; anything else is refused. */
export const tensorGlobals = [
  'torch._utils._rebuild_tensor_v2',
  'torch.FloatStorage',
  'collections.OrderedDict',
]

/**
 * Read the single float32 tensor of a file written by `torch.save`: a zip archive with `data.pkl` and
 * the raw numbers beside it. The pickle is read by a restricted reader that executes nothing. Throws,
 * saying what was found and what was expected.
 */
export function readTorchTensor(bytes: Uint8Array): FloatTensor {
  const archive = openTorchArchive(bytes)
  return archive.tensor(readPickle(archive.member('data.pkl'), { globals: tensorGlobals }))
}

/** An archive of `torch.save` or `torch.jit.save`: its members by the end of their names, and its tensors. */
export interface TorchArchive {
  /** Throws, naming what there is. */
  member(ending: string): Uint8Array
  /** The numbers behind a pickled float32 tensor. */
  tensor(value: PickleValue): FloatTensor
}

export function openTorchArchive(bytes: Uint8Array): TorchArchive {
  const members = readZip(bytes)
  const member = (ending: string): Uint8Array => {
    const found = members.find((m) => m.name === ending || m.name.endsWith(`/${ending}`))
    if (found) return found.data
    throw new Error(
      `the archive has no "${ending}"; it has ${members.map((m) => m.name).join(', ') || 'nothing'}`,
    )
  }
  const order = members.find((m) => m.name.endsWith('/byteorder'))
  if (order && String.fromCharCode(...order.data).trim() !== 'little') {
    throw new Error(`byte order is "${String.fromCharCode(...order.data)}", expected "little"`)
  }
  return { member, tensor: (value) => readTensor(describeTensor(value), member) }
}

function readTensor(
  { key, offset, shape }: TensorDescription,
  member: (ending: string) => Uint8Array,
): FloatTensor {
  const raw = member(`data/${key}`)
  const size = shape.reduce((a, b) => a * b, 1)
  if (raw.length < 4 * (offset + size)) {
    throw new Error(
      `tensor [${shape.join(', ')}] needs ${4 * (offset + size)} bytes, storage "${key}" has ${raw.length}`,
    )
  }
  const view = new DataView(raw.buffer, raw.byteOffset + 4 * offset, 4 * size)
  const data = new Float32Array(size)
  for (let i = 0; i < size; i++) data[i] = view.getFloat32(4 * i, true)
  return { shape, data }
}

interface TensorDescription {
  readonly key: string
  readonly offset: number
  readonly shape: readonly number[]
}

/** `_rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks)` → what to read. */
function describeTensor(value: PickleValue): TensorDescription {
  if (!isKind(value, 'call') || value.name !== tensorGlobals[0]) {
    throw new Error(`the file holds ${describe(value)}, expected one tensor`)
  }
  const [storage, offset, shape, strides] = value.args
  if (!isKind(storage, 'persistent') || !isTuple(storage.id)) {
    throw new Error(`the tensor's storage is ${describe(storage)}, expected a persistent reference`)
  }
  const [tag, kind, key] = storage.id
  if (tag !== 'storage' || typeof key !== 'string' || !isKind(kind, 'global')) {
    throw new Error(
      `the tensor's storage is ("${String(tag)}", …), expected ("storage", type, key, …)`,
    )
  }
  if (kind.name !== 'torch.FloatStorage') {
    throw new Error(`the tensor holds ${kind.name}, expected torch.FloatStorage`)
  }
  const dims = isTuple(shape) ? shape.map(Number) : []
  const steps = isTuple(strides) ? strides.map(Number) : []
  if (typeof offset !== 'number' || dims.length === 0 || steps.length !== dims.length) {
    throw new Error(
      `the tensor's shape (${dims.join(', ')}) and strides (${steps.join(', ')}) do not fit`,
    )
  }
  let step = 1
  for (let i = dims.length - 1; i >= 0; i--) {
    if (steps[i] !== step && dims[i] !== 1) {
      throw new Error(`the tensor has strides (${steps.join(', ')}), expected row-major`)
    }
    step *= dims[i]
  }
  return { key, offset, shape: dims }
}

const describe = (value: PickleValue | undefined): string =>
  typeof value === 'object' && value !== null
    ? 'kind' in value
      ? value.kind === 'persistent'
        ? 'a persistent reference'
        : value.name
      : `a tuple of ${value.length}`
    : JSON.stringify(value)

/** Write a float32 tensor as `torch.save` does; `readTorchTensor` and `torch.load` read it. */
export function writeTorchTensor(tensor: FloatTensor): Uint8Array {
  const data = new Uint8Array(4 * tensor.data.length)
  const view = new DataView(data.buffer)
  tensor.data.forEach((x, i) => {
    view.setFloat32(4 * i, x, true)
  })
  const entries = {
    'archive/data.pkl': tensorPickle(tensor),
    'archive/data/0': data,
    'archive/version': ascii('3\n'),
  }
  // A fixed date: the same tensor always gives the same bytes.
  return zipSync(entries, { level: 0, mtime: new Date(1980, 0, 1) })
}

function tensorPickle({ shape, data }: FloatTensor): Uint8Array {
  const out: number[] = []
  const code = (...bytes: number[]) => void out.push(...bytes)
  const int = (v: number) => code(0x4a, v & 255, (v >> 8) & 255, (v >> 16) & 255, (v >> 24) & 255)
  const global = (module: string, name: string) => code(0x63, ...ascii(`${module}\n${name}\n`))
  const string = (s: string) => code(0x58, s.length, 0, 0, 0, ...ascii(s))
  const tuple = (values: readonly number[]) => {
    code(0x28)
    values.forEach(int)
    code(0x74)
  }
  code(0x80, 2)
  global('torch._utils', '_rebuild_tensor_v2')
  code(0x28, 0x28)
  string('storage')
  global('torch', 'FloatStorage')
  string('0')
  string('cpu')
  int(data.length)
  code(0x74, 0x51)
  int(0)
  tuple(shape)
  tuple(shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1)))
  code(0x89)
  global('collections', 'OrderedDict')
  code(0x29, 0x52, 0x74, 0x52, 0x2e)
  return Uint8Array.from(out)
}

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0))
