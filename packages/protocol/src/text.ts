import {
  array,
  integer,
  isObject,
  literal,
  openShape,
  optional,
  type Result,
  string,
} from './checks.ts'
import type { ClientMessage, HubMessage } from './messages.ts'
import { ops } from './messages.ts'

/** What a text from outside may have; see docs/protocol.md 7. */
export interface TextLimits {
  /** UTF-16 units; a cheap stand-in for bytes that is never larger. */
  readonly length: number
  readonly depth: number
  /** Elements of one array or fields of one object. */
  readonly elements: number
}

export const textLimits: TextLimits = { length: 65_536, depth: 16, elements: 4096 }
export const helloLimits: TextLimits = { ...textLimits, length: 4096 }

/** Why a text is not a message: which limit or rule, and a sentence. */
export interface TextRefusal {
  readonly ok: false
  readonly reason: 'too-large' | 'garbage' | 'unknown-op'
  readonly text: string
}

export type TextResult<T> = { readonly ok: true; readonly value: T } | TextRefusal

/**
 * Check a text's depth and size by scanning it once, before anything parses it: deep brackets
 * overflow recursive parsers and long arrays cost memory. Null if it is within the limits.
 */
export function textExcess(text: string, limits: TextLimits): string | null {
  if (text.length > limits.length)
    return `a message has ${text.length} characters, at most ${limits.length} are allowed`
  const commas = new Uint32Array(limits.depth + 1)
  let depth = 0
  let isString = false
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (isString) {
      if (c === backslash) i++
      else if (c === quote) isString = false
    } else if (c === quote) isString = true
    else if (c === openBracket || c === openBrace) {
      if (++depth > limits.depth) return `a message is nested deeper than ${limits.depth}`
      commas[depth] = 0
    } else if (c === closeBracket || c === closeBrace) {
      if (--depth < 0) return null // not JSON; the parser will say so
    } else if (c === comma && ++commas[depth] >= limits.elements) {
      return `a message has a list of more than ${limits.elements} elements`
    }
  }
  return null
}

const quote = 34
const comma = 44
const openBracket = 91
const backslash = 92
const closeBracket = 93
const openBrace = 123
const closeBrace = 125

/** Read a text sent by a client. Checks everything; the value holds copies of known fields only. */
export function parseClientMessage(text: string, limits = textLimits): TextResult<ClientMessage> {
  const parsed = parseObject(text, limits)
  if (!parsed.ok) return parsed
  const { value } = parsed
  const op = value.op
  if (typeof op !== 'string' || !Object.hasOwn(clientChecks, op))
    return unknownOp(op, Object.keys(clientChecks))
  const r = clientChecks[op as keyof typeof clientChecks](value, '')
  return r.ok
    ? (r as TextResult<ClientMessage>)
    : { ok: false, reason: 'garbage', text: `${op}: ${r.text}` }
}

/**
 * Read a text sent by a hub. The hub is trusted further than a client: only the op and the outer
 * form are checked, and descriptive messages may carry fields this version does not know. Limits are
 * wide because descriptions are long.
 */
export function parseHubMessage(text: string): TextResult<HubMessage> {
  const parsed = parseObject(text, hubLimits)
  if (!parsed.ok) return parsed
  const { op } = parsed.value
  if (typeof op !== 'string' || !hubOps.includes(op)) return unknownOp(op, hubOps)
  const isRefusal = op === 'result' && parsed.value.ok === false
  const problem = missingField(parsed.value, isRefusal ? refusalFields : (hubFields[op] ?? {}))
  if (problem) return { ok: false, reason: 'garbage', text: `${op}: ${problem}` }
  return { ok: true, value: parsed.value as unknown as HubMessage }
}

const hubOps: readonly string[] = Object.entries(ops)
  .filter(([, { way }]) => way !== 'C→H')
  .map(([op]) => op)

const hubLimits: TextLimits = { length: 16 * 2 ** 20, depth: 16, elements: 2 ** 20 }

/** A message as text. */
export const encodeMessage = (message: ClientMessage | HubMessage): string =>
  JSON.stringify(message)

function parseObject(text: string, limits: TextLimits): TextResult<Record<string, unknown>> {
  const excess = textExcess(text, limits)
  if (excess) return { ok: false, reason: 'too-large', text: excess }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { ok: false, reason: 'garbage', text: 'a text message is not JSON' }
  }
  if (!isObject(value))
    return { ok: false, reason: 'garbage', text: 'a text message is not a JSON object' }
  return { ok: true, value }
}

const unknownOp = (op: unknown, known: readonly string[]): TextRefusal => ({
  ok: false,
  reason: typeof op === 'string' ? 'unknown-op' : 'garbage',
  text:
    typeof op === 'string'
      ? `there is no op "${op.slice(0, 40)}" this way; ops are ${known.join(', ')}`
      : 'a message has no op',
})

const channelId = integer(1, 65_535)
const anything = (x: unknown): Result<unknown> => ({ ok: true, value: x })
const rate = (x: unknown, path: string): Result<number> =>
  typeof x === 'number' && x > 0 && x <= 1000
    ? { ok: true, value: x }
    : { ok: false, text: `${path} is ${JSON.stringify(x)}, expected a rate in (0, 1000]` }

const clientChecks = {
  hello: openShape({
    op: literal('hello'),
    role: literal('spectator', 'operator', 'controller'),
    token: optional(string),
    protocol: optional(string),
    client: openShape({ name: string, version: string }),
    rev: integer(0, 1e6),
    features: array(string, 64),
  }),
  subscribe: openShape({ op: literal('subscribe'), channel: channelId, rate_hz: optional(rate) }),
  unsubscribe: openShape({ op: literal('unsubscribe'), channel: channelId }),
  call: openShape({
    op: literal('call'),
    id: integer(0, 2 ** 32 - 1),
    method: string,
    params: anything,
  }),
  bye: openShape({ op: literal('bye'), reason: string }),
} as const

type FieldForm = 'number' | 'string' | 'boolean' | 'array' | 'object' | 'number|null'

/** The outer form of what a hub sends: enough that reading the fields cannot fail. */
const hubFields: Readonly<Record<string, Readonly<Record<string, FieldForm>>>> = {
  welcome: {
    session: 'string',
    bootId: 'string',
    rev: 'number',
    role: 'string',
    features: 'array',
    limits: 'object',
    clock: 'object',
  },
  scene: { title: 'string', ground: 'object', objects: 'array' },
  robots: { list: 'array' },
  skills: { list: 'array' },
  world: { paused: 'boolean', speed: 'number', controllers: 'array', targets: 'array' },
  timeline: { id: 'number', time_s: 'number', reason: 'string' },
  channels: { list: 'array' },
  retract: { ids: 'array' },
  subscribed: { channel: 'number', rate_hz: 'number' },
  result: { id: 'number', ok: 'boolean' },
  event: { seq: 'number', time_s: 'number', name: 'string', data: 'object' },
  notice: { id: 'string', level: 'string', text: 'string' },
  error: { code: 'string', text: 'string' },
  bye: { reason: 'string' },
  stats: {
    channels: 'object',
    rtt_ms: 'number|null',
    queued_B: 'number',
    refused: 'number',
    clients: 'number',
  },
}

const refusalFields = { id: 'number', ok: 'boolean', error: 'object' } as const

function missingField(
  x: Record<string, unknown>,
  fields: Readonly<Record<string, FieldForm>>,
): string | null {
  for (const [name, form] of Object.entries(fields)) {
    const v = x[name]
    const found = v === null ? 'null' : Array.isArray(v) ? 'array' : typeof v
    if (found !== form && !(form === 'number|null' && (found === 'number' || found === 'null'))) {
      return `${name} is ${found}, expected ${form}`
    }
  }
  return null
}
