import {
  array,
  integer,
  isObject,
  literal,
  number,
  openShape,
  optional,
  type Result,
  string,
} from './checks.ts'
import { sha256Hex } from './sha256.ts'

/** Bytes before the declared fields of a frame. */
export const headerBytes = 16

/** Bytes of one raw number. */
export const typeBytes = { u8: 1, i8: 1, u16: 2, i16: 2, u32: 4, i32: 4, f32: 4, f64: 8 } as const

export type FieldType = keyof typeof typeBytes

/** The closed list of units. */
export const units = [
  '1',
  'm',
  'm/s',
  'm/s2',
  'rad',
  'rad/s',
  's',
  'ms',
  'kg',
  'N',
  'N.m',
  'N.s',
  'J',
  'W',
  'Hz',
  'V',
  'A',
  'degC',
  'B',
] as const

export type Unit = (typeof units)[number]

/** One field of a frame: where it is, and what its numbers mean. */
export interface Field {
  readonly name: string
  readonly type: FieldType
  /** How many raw numbers; `rest`: as many as the frame has, last field only. */
  readonly count: number | 'rest'
  /** Byte offset from the start of the frame, a multiple of the type's size. */
  readonly at: number
  /** Of all values, or one per value. */
  readonly unit: Unit | readonly Unit[]
  /** value = raw · scale + offset. Defaults 1 and 0. */
  readonly scale?: number
  readonly offset?: number
  /** `snorm16`: i16, raw / 32767. `quat48`: u16[3] → one quaternion of four values. */
  readonly codec?: 'snorm16' | 'quat48'
  /** Groups of four values are unit quaternions. */
  readonly order?: 'xyzw'
  /** An angle, defined modulo 2π. */
  readonly wrap?: true
  /** A code, a counter or bits: never interpolate. */
  readonly step?: true
  /** Which list of the layout's `labels` names the values. */
  readonly labels?: string
}

/** What a frame's bytes mean. */
export interface Layout {
  /** Length of a frame with its header; the least length if the last field is `rest`. */
  readonly bytes: number
  readonly fields: readonly Field[]
  readonly labels: Readonly<Record<string, readonly string[]>>
  /** SHA-256 of the sorted-key JSON of `{ fields, labels }`, hex. */
  readonly hash: string
}

/** How frames of a channel reach a client; see docs/protocol.md 6. */
export type DeliveryClass = 'latest' | 'sampled' | 'reliable'

/** What a publisher says about a channel before the hub gives it an id. */
export interface ChannelSpec {
  /** Such as `view.bodies`; unique per robot. */
  readonly name: string
  readonly robot?: string
  readonly layout: Layout
  readonly class: DeliveryClass
  /** The rate at which it is published, or to which `sampled` is thinned by default. */
  readonly rate_hz: number
  /** What `time_s` of its frames counts. */
  readonly clock: 'sim' | 'robot'
  /** Blocks per field, for `view.grid`. */
  readonly copies?: number
  /** 2: a command channel, written by whoever holds the lease. Default 1: published by the hub. */
  readonly kind?: 1 | 2
}

/** A channel as declared on the wire. */
export interface Channel extends Layout {
  readonly id: number
  readonly name: string
  readonly kind: 1 | 2
  readonly robot?: string
  readonly class: DeliveryClass
  readonly rate_hz: number
  readonly clock: 'sim' | 'robot'
  readonly copies?: number
}

/** The declaration of a channel under an id. */
export function declareChannel(id: number, spec: ChannelSpec): Channel {
  const { layout, ...rest } = spec
  return { id, kind: 1, ...rest, ...layout }
}

/** A field before it has a place. */
export type FieldSpec = Omit<Field, 'at'>

/**
 * Lay fields out one after the other, each aligned to its type, and hash the result. Throws for a
 * layout that cannot be read back: duplicate names, a codec on the wrong type, labels that do not fit.
 */
export function defineLayout(options: {
  readonly fields: readonly FieldSpec[]
  readonly labels?: Readonly<Record<string, readonly string[]>>
}): Layout {
  const labels = options.labels ?? {}
  let at = headerBytes
  const fields: Field[] = []
  for (const spec of options.fields) {
    const size = typeBytes[spec.type]
    at = Math.ceil(at / size) * size
    fields.push({ ...spec, at })
    at += spec.count === 'rest' ? 0 : spec.count * size
  }
  const layout = { bytes: at, fields, labels, hash: layoutHash({ fields, labels }) }
  const problem = layoutProblem(layout)
  if (problem) throw new Error(`a frame layout is wrong: ${problem}`)
  return layout
}

/** SHA-256 of the sorted-key JSON of fields and labels: any change of meaning changes it. */
export function layoutHash(layout: Pick<Layout, 'fields' | 'labels'>): string {
  return sha256Hex(sortedJson({ fields: layout.fields, labels: layout.labels }))
}

/** Largest frame a layout may declare. */
export const frameBytesMax = 65_536

/** What is wrong with a layout (one from outside, say), as a sentence; null if nothing is. */
export function layoutProblem(layout: Layout): string | null {
  const names = new Set<string>()
  let end = headerBytes
  for (const [i, f] of layout.fields.entries()) {
    const size = Object.hasOwn(typeBytes, f.type) ? typeBytes[f.type] : 0
    if (size === 0)
      return `field ${f.name} has type ${f.type}; types are ${Object.keys(typeBytes).join(', ')}`
    if (names.has(f.name)) return `two fields are named ${f.name}`
    names.add(f.name)
    if (!Number.isInteger(f.at) || f.at % size !== 0 || f.at < end) {
      return `field ${f.name} is at ${f.at}, expected a multiple of ${size} from ${end} on`
    }
    if (f.count === 'rest') {
      if (i !== layout.fields.length - 1)
        return `field ${f.name} takes the rest but is not the last`
    } else if (!Number.isInteger(f.count) || f.count < 1) {
      return `field ${f.name} has count ${f.count}, expected a positive integer`
    }
    end = f.at + (f.count === 'rest' ? 0 : f.count * size)
    const problem = meaningProblem(f, layout)
    if (problem) return problem
  }
  if (layout.bytes !== end) return `its fields end at ${end} but it declares ${layout.bytes} bytes`
  if (layout.bytes > frameBytesMax)
    return `it has ${layout.bytes} bytes, at most ${frameBytesMax} are allowed`
  return null
}

/** What is wrong with a channel declaration from outside, as a sentence; null if frames can be read by it. */
export function channelProblem(x: unknown): string | null {
  const form = channelForm(x, '')
  return form.ok ? layoutProblem(x as Channel) : form.text
}

const accept = <T>(x: T): Result<T> => ({ ok: true, value: x })
const refuse = (path: string, expected: string): Result<never> => ({
  ok: false,
  text: `${path} is not ${expected}`,
})
const real = number(-1e300, 1e300)
const texts = array(string, frameBytesMax)

const channelForm = openShape({
  id: integer(1, 65_535),
  name: string,
  kind: integer(1, 2),
  robot: optional(string),
  class: literal('latest', 'sampled', 'reliable'),
  rate_hz: number(1e-3, 1e4),
  clock: literal('sim', 'robot'),
  copies: optional(integer(1, 65_535)),
  bytes: integer(headerBytes, frameBytesMax),
  hash: string,
  labels: (x, path) => {
    if (!isObject(x)) return refuse(path, 'an object of lists')
    for (const [name, list] of Object.entries(x)) {
      const r = texts(list, `${path}.${name}`)
      if (!r.ok) return r
    }
    return accept(x)
  },
  fields: array(
    openShape({
      name: string,
      type: string,
      count: (x, path) => (x === 'rest' ? accept(x) : integer(1, frameBytesMax)(x, path)),
      at: integer(headerBytes, frameBytesMax),
      unit: (x, path) => (typeof x === 'string' ? accept(x) : texts(x, path)),
      scale: optional(real),
      offset: optional(real),
      codec: optional(string),
      order: optional(literal('xyzw')),
      wrap: optional(literalTrue),
      step: optional(literalTrue),
      labels: optional(string),
    }),
    1024,
  ),
})

function literalTrue(x: unknown, path: string): Result<true> {
  return x === true ? accept(x) : refuse(path, 'true')
}

function meaningProblem(f: Field, layout: Layout): string | null {
  if (f.codec === 'snorm16' && f.type !== 'i16')
    return `field ${f.name}: snorm16 needs i16, not ${f.type}`
  if (f.codec === 'quat48' && (f.type !== 'u16' || f.count === 'rest' || f.count % 3 !== 0)) {
    return `field ${f.name}: quat48 needs u16 in threes, not ${f.type}[${f.count}]`
  }
  if (f.codec !== undefined && f.codec !== 'snorm16' && f.codec !== 'quat48') {
    return `field ${f.name} has codec ${f.codec}; codecs are snorm16, quat48`
  }
  const values = valueCount(f)
  if (f.order !== undefined && values !== 'rest' && values % 4 !== 0) {
    return `field ${f.name} holds quaternions but has ${values} values`
  }
  const list: readonly string[] = typeof f.unit === 'string' ? [f.unit] : f.unit
  const stranger = list.find((u) => !(units as readonly string[]).includes(u))
  if (stranger !== undefined)
    return `field ${f.name} has unit ${stranger}; units are ${units.join(', ')}`
  if (typeof f.unit !== 'string' && f.unit.length !== values) {
    return `field ${f.name} has ${f.unit.length} units for ${values} values`
  }
  if (f.labels !== undefined && !Object.hasOwn(layout.labels, f.labels)) {
    return `field ${f.name} wants labels ${f.labels}; there are ${Object.keys(layout.labels).join(', ') || 'none'}`
  }
  if (f.scale !== undefined && !(Number.isFinite(f.scale) && f.scale !== 0)) {
    return `field ${f.name} has scale ${f.scale}`
  }
  return null
}

/** How many decoded values a field has: its count, or four per quat48. */
export const valueCount = (f: Field): number | 'rest' =>
  f.count === 'rest' ? 'rest' : f.codec === 'quat48' ? (f.count / 3) * 4 : f.count

/** JSON with object keys in order, so that equal data give equal text. */
export function sortedJson(x: unknown): string {
  return JSON.stringify(x, (_, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    const source = value as Record<string, unknown>
    return Object.fromEntries(
      Object.keys(source)
        .sort()
        .map((key) => [key, source[key]]),
    )
  })
}
