import { decodeUtf8, encodeUtf8 } from './utf8.ts'

/** Element types a checkpoint can hold, by their safetensors names. */
export type CheckpointArray = Float32Array | Float64Array | Int32Array | Uint8Array

export interface CheckpointTensor {
  readonly shape: readonly number[]
  readonly data: CheckpointArray
}

export interface Checkpoint {
  readonly tensors: Readonly<Record<string, CheckpointTensor>>
  /** Free text by key; structured values are stored as JSON text. */
  readonly metadata: Readonly<Record<string, string>>
}

const kinds = {
  F32: Float32Array,
  F64: Float64Array,
  I32: Int32Array,
  U8: Uint8Array,
} as const
type Kind = keyof typeof kinds

/**
 * Encode as a safetensors file: 8-byte header length, JSON header, raw little-endian data. Tensors
 * keep their order and are padded to 8 bytes; the same checkpoint gives the same bytes.
 */
export function encodeCheckpoint({ tensors, metadata }: Checkpoint): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata }
  let offset = 0
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    const size = shape.reduce((a, b) => a * b, 1)
    if (size !== data.length) {
      throw new Error(`checkpoint tensor ${name}: ${data.length} values, shape [${shape}]`)
    }
    header[name] = {
      dtype: kindOf(data),
      shape,
      data_offsets: [offset, offset + data.byteLength],
    }
    offset += data.byteLength
  }
  let json = JSON.stringify(header)
  // Spaces after the JSON align the data, as the format allows.
  json += ' '.repeat((8 - (encodeUtf8(json).length % 8)) % 8)
  const head = encodeUtf8(json)
  const bytes = new Uint8Array(8 + head.length + offset)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(head.length), true)
  bytes.set(head, 8)
  let at = 8 + head.length
  for (const { data } of Object.values(tensors)) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at)
    at += data.byteLength
  }
  return bytes
}

/** Decode what `encodeCheckpoint` wrote. Throws with what was found when the bytes are not that. */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint {
  if (bytes.length < 8) fail(`${bytes.length} bytes; the header length alone takes 8`)
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
  if (length > bytes.length - 8) {
    fail(`the header is said to take ${length} bytes, ${bytes.length - 8} follow`)
  }
  const text = decodeUtf8(bytes.subarray(8, 8 + length))
  if (text === undefined) fail('the header is not UTF-8 text')
  let header: Record<string, unknown>
  try {
    header = JSON.parse(text) as Record<string, unknown>
  } catch {
    return fail(`the header is not JSON; it starts with ${JSON.stringify(text.slice(0, 40))}`)
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    fail('the header is not a JSON object')
  }
  const body = bytes.subarray(8 + length)
  const tensors: Record<string, CheckpointTensor> = {}
  let metadata: Record<string, string> = {}
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') metadata = entry as Record<string, string>
    else tensors[name] = readTensor(name, entry, body)
  }
  return { tensors, metadata }
}

/** The named tensor as floats; throws, listing what exists, when it is missing or of another size. */
export function checkpointFloats(
  checkpoint: Checkpoint,
  name: string,
  size: number,
): Float32Array | Float64Array {
  const tensor = checkpoint.tensors[name]
  if (!tensor) {
    fail(`no tensor ${name}; it has ${Object.keys(checkpoint.tensors).join(', ') || 'none'}`)
  }
  const { data } = tensor
  if (!(data instanceof Float32Array || data instanceof Float64Array)) {
    return fail(`tensor ${name} does not hold floats`)
  }
  if (data.length !== size) fail(`tensor ${name} has ${data.length} values, expected ${size}`)
  return data
}

function readTensor(name: string, entry: unknown, body: Uint8Array): CheckpointTensor {
  const { dtype, shape, data_offsets } = (entry ?? {}) as {
    dtype?: unknown
    shape?: unknown
    data_offsets?: unknown
  }
  if (typeof dtype !== 'string' || !Object.hasOwn(kinds, dtype)) {
    fail(`tensor ${name} has type ${String(dtype)}; known are ${Object.keys(kinds).join(', ')}`)
  }
  if (!isCounts(shape) || !isCounts(data_offsets) || data_offsets.length !== 2) {
    return fail(`tensor ${name} has no valid shape and data_offsets`)
  }
  const Kind = kinds[dtype as Kind]
  const [start, end] = data_offsets
  const size = shape.reduce((a, b) => a * b, 1)
  if (end - start !== size * Kind.BYTES_PER_ELEMENT) {
    fail(`tensor ${name}: ${end - start} bytes for shape [${shape}] of ${dtype}`)
  }
  if (end > body.length) {
    fail(`tensor ${name} ends at byte ${end} of the data, which has ${body.length}`)
  }
  // A copy for alignment. Not `slice`: that of a Node Buffer is a view of the whole file.
  return { shape, data: new Kind(new Uint8Array(body.subarray(start, end)).buffer) }
}

const isCounts = (x: unknown): x is number[] =>
  Array.isArray(x) && x.every((n) => Number.isSafeInteger(n) && n >= 0)

function kindOf(data: CheckpointArray): Kind {
  if (data instanceof Float32Array) return 'F32'
  if (data instanceof Float64Array) return 'F64'
  return data instanceof Int32Array ? 'I32' : 'U8'
}

function fail(what: string): never {
  throw new Error(`not a readable checkpoint: ${what}`)
}
