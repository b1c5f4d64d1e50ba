import {
  type Field,
  frameBytesMax,
  headerBytes,
  type Layout,
  layoutProblem,
  typeBytes,
  valueCount,
} from './layout.ts'
import { normalizeQuat, readQuat48, wrapAngle, writeQuat48 } from './quantise.ts'

/** Bits of a header's flags. */
export const frameFlags = { simulated: 1, replay: 2, cut: 4 } as const

/** A decoded frame: header and values by field name. Made once, filled again and again. */
export interface Frame {
  channel: number
  flags: number
  seq: number
  time_s: number
  /** Field name → values (scaled; quaternions normalised). Length as the layout declares. */
  readonly values: Readonly<Record<string, Float64Array>>
  /** How many values a field with count `rest` has in this frame; 0 without such a field. */
  rest: number
}

/** An empty frame for a layout. */
export function createFrame(layout: Layout): Frame {
  const values: Record<string, Float64Array> = Object.create(null)
  for (const f of layout.fields) values[f.name] = new Float64Array(capacity(f, layout))
  return { channel: 0, flags: 0, seq: 0, time_s: 0, values, rest: 0 }
}

function capacity(f: Field, layout: Layout): number {
  const n = valueCount(f)
  return n === 'rest' ? Math.floor((frameBytesMax - layout.bytes) / typeBytes[f.type]) : n
}

/** Writes frames of one channel. */
export interface Encoder {
  /** Fill these (field name → values, in the field's units), then call `encode`. */
  readonly values: Readonly<Record<string, Float64Array>>
  /**
   * Pack the values. Returns the encoder's own bytes, overwritten by the next call; `seq` counts up
   * by itself. Integers are rounded and clipped to their type, angles wrapped.
   */
  encode(time_s: number, flags?: number): Uint8Array<ArrayBuffer>
}

/** Bind an encoder to a declared channel. Throws for a layout that cannot be read back. */
export function createEncoder(
  channel: Layout & { readonly id: number; readonly kind?: 1 | 2 },
): Encoder {
  requireSound(channel)
  const rest = channel.fields.find((f) => f.count === 'rest')
  if (rest) throw new Error(`field ${rest.name} takes the rest: encode it by hand`)
  const { values } = createFrame(channel)
  const bytes = new Uint8Array(channel.bytes)
  const view = new DataView(bytes.buffer)
  const writers = channel.fields.map((f) => fieldWriter(f, bytes.buffer, values[f.name]))
  let seq = 0
  view.setUint8(0, channel.kind ?? 1)
  view.setUint16(2, channel.id, true)
  return {
    values,
    encode(time_s, flags = frameFlags.simulated) {
      seq = (seq + 1) >>> 0
      view.setUint8(1, flags)
      view.setUint32(4, seq, true)
      view.setFloat64(8, time_s, true)
      for (let i = 0; i < writers.length; i++) writers[i]()
      return bytes
    },
  }
}

/** Why bytes are not a frame of the channel. */
export interface FrameRefusal {
  readonly reason: 'length' | 'kind' | 'channel'
  readonly text: string
}

/** Reads frames of one channel. */
export interface Decoder {
  /** Fill `frame`; null when it went well. On refusal the frame is unchanged. Never throws. */
  decode(bytes: ArrayBuffer | Uint8Array, frame: Frame): FrameRefusal | null
}

/** Bind a decoder to a declared channel. Throws for a layout that cannot be read. */
export function createDecoder(
  channel: Layout & { readonly id: number; readonly kind?: 1 | 2 },
): Decoder {
  requireSound(channel)
  const { kind = 1 } = channel
  const hasRest = channel.fields.some((f) => f.count === 'rest')
  const bytesMax = hasRest ? frameBytesMax : channel.bytes
  // Copying into one aligned buffer lets every field be read through a typed view bound here.
  const scratch = new Uint8Array(Math.ceil(bytesMax / 8) * 8)
  const view = new DataView(scratch.buffer)
  const readers = channel.fields.map((f) => fieldReader(f, scratch.buffer, channel))
  const names = channel.fields.map((f) => f.name)
  const last = channel.fields.at(-1)
  const restBytes = last && hasRest ? typeBytes[last.type] : 1
  return {
    decode(input, frame) {
      const length = input.byteLength
      if (hasRest ? length < channel.bytes || length > bytesMax : length !== channel.bytes) {
        return refuse(
          'length',
          `it has ${length} bytes, channel ${channel.id} declares ${channel.bytes}`,
        )
      }
      const extra = (length - channel.bytes) / restBytes
      if (!Number.isInteger(extra)) {
        return refuse('length', `its last field has ${extra} values, expected a whole number`)
      }
      scratch.set(input instanceof Uint8Array ? input : new Uint8Array(input))
      if (scratch[0] !== kind) {
        return refuse('kind', `it has kind ${scratch[0]}, expected ${kind}`)
      }
      const id = view.getUint16(2, true)
      if (id !== channel.id)
        return refuse('channel', `it is of channel ${id}, expected ${channel.id}`)
      frame.channel = id
      frame.flags = scratch[1]
      frame.seq = view.getUint32(4, true)
      frame.time_s = view.getFloat64(8, true)
      frame.rest = hasRest ? extra : 0
      for (let i = 0; i < readers.length; i++) readers[i](frame.values[names[i]], extra)
      return null
    },
  }
}

const refuse = (reason: FrameRefusal['reason'], text: string): FrameRefusal => ({ reason, text })

/** Typed views read and write in the machine's order, the wire is little-endian. */
const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

function requireSound(layout: Layout): void {
  if (!isLittleEndian)
    throw new Error('frames can only be read and written on little-endian machines')
  const problem = layoutProblem(layout)
  if (problem) throw new Error(`a frame layout is wrong: ${problem}`)
}

type Raw =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array

const rawArrays = {
  u8: Uint8Array,
  i8: Int8Array,
  u16: Uint16Array,
  i16: Int16Array,
  u32: Uint32Array,
  i32: Int32Array,
  f32: Float32Array,
  f64: Float64Array,
} as const

const rawRange = {
  u8: [0, 255],
  i8: [-128, 127],
  u16: [0, 65_535],
  i16: [-32_768, 32_767],
  u32: [0, 4_294_967_295],
  i32: [-2_147_483_648, 2_147_483_647],
} as const

/** Scale and offset of a field, with snorm16 as what it is: a scale. */
const scaling = (f: Field): { scale: number; offset: number } => ({
  scale: f.codec === 'snorm16' ? 1 / 32767 : (f.scale ?? 1),
  offset: f.offset ?? 0,
})

function fieldWriter(f: Field, buffer: ArrayBuffer, values: Float64Array): () => void {
  const raw: Raw = new rawArrays[f.type](buffer, f.at, f.count === 'rest' ? 0 : f.count)
  if (f.codec === 'quat48') {
    const words = raw as Uint16Array
    return () => {
      for (let i = 0, o = 0; o < words.length; i += 4, o += 3) writeQuat48(words, o, values, i)
    }
  }
  const { scale, offset } = scaling(f)
  if (f.type === 'f32' || f.type === 'f64') {
    return () => {
      for (let i = 0; i < raw.length; i++) raw[i] = (values[i] - offset) / scale
    }
  }
  const [low, high] = rawRange[f.type]
  const wrap = f.wrap === true
  return () => {
    for (let i = 0; i < raw.length; i++) {
      const x = wrap ? wrapAngle(values[i]) : values[i]
      raw[i] = Math.min(high, Math.max(low, Math.round((x - offset) / scale)))
    }
  }
}

function fieldReader(
  f: Field,
  buffer: ArrayBuffer,
  layout: Layout,
): (out: Float64Array, rest: number) => void {
  const isRest = f.count === 'rest'
  const raw: Raw = new rawArrays[f.type](buffer, f.at, isRest ? capacity(f, layout) : f.count)
  if (f.codec === 'quat48') {
    const words = raw as Uint16Array
    return (out) => {
      for (let i = 0, o = 0; i < words.length; i += 3, o += 4) readQuat48(words, i, out, o)
    }
  }
  const { scale, offset } = scaling(f)
  const isQuat = f.order === 'xyzw'
  return (out, rest) => {
    const n = isRest ? rest : raw.length
    for (let i = 0; i < n; i++) out[i] = raw[i] * scale + offset
    if (isQuat) for (let i = 0; i + 3 < n; i += 4) normalizeQuat(out, i)
  }
}

/** True if `a` is newer than `b`, both u32 counters that wrap. */
export const isNewer = (a: number, b: number): boolean => ((a - b) | 0) > 0

/** The channel id of a frame, or 0 if it is too short to have one. */
export const channelOf = (bytes: Uint8Array): number =>
  bytes.length < headerBytes ? 0 : bytes[2] | (bytes[3] << 8)
