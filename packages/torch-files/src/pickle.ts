/** What a restricted pickle may contain. */
export type PickleValue =
  | number
  | string
  | boolean
  | null
  | readonly PickleValue[]
  | PickleGlobal
  | PickleCall
  | PicklePersistent
  | PickleObject

/** A named Python object, such as a class. */
interface PickleGlobal {
  readonly kind: 'global'
  readonly name: string
}

/** `target(...args)`, recorded, never run. */
interface PickleCall {
  readonly kind: 'call'
  readonly name: string
  readonly args: readonly PickleValue[]
}

/** A reference to something stored outside the pickle. */
interface PicklePersistent {
  readonly kind: 'persistent'
  readonly id: PickleValue
}

/** An instance of a class, as its fields; no class of ours or Python's stands behind it. */
export interface PickleObject {
  readonly kind: 'object'
  readonly name: string
  readonly fields: Map<string, PickleValue>
}

export interface PickleOptions {
  /** The only `module.name` globals that may occur. */
  readonly globals: readonly string[]
  /** Beginning of the names of classes whose instances may occur, with their fields, dicts and lists. Absent: none may. */
  readonly classes?: string
}

/**
 * Read a pickle (protocol 2) made of tuples, numbers, strings and calls to listed globals, and of instances where
 * `classes` says so. A pickle is a program: everything outside this small set is refused with its name and byte
 * offset, and nothing is ever executed.
 */
export function readPickle(bytes: Uint8Array, options: PickleOptions): PickleValue {
  const machine = createMachine(bytes, options)
  for (;;) {
    const offset = machine.offset()
    const code = machine.byte()
    if (code === 0x2e) return machine.finish(offset)
    const run = opcodes[code] ?? (options.classes === undefined ? undefined : objectOpcodes[code])
    if (!run) {
      throw new Error(
        `pickle opcode ${opcodeName(code)} at byte ${offset} is not allowed here; a tensor needs none of it`,
      )
    }
    run(machine, offset)
  }
}

type Machine = ReturnType<typeof createMachine>

function createMachine(bytes: Uint8Array, options: PickleOptions) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const stack: PickleValue[] = []
  const marks: number[] = []
  const memo = new Map<number, PickleValue>()
  let at = 0
  const need = (n: number): number => {
    if (at + n > bytes.length) {
      throw new Error(`pickle ends at byte ${bytes.length}, inside an opcode that needs ${n} more`)
    }
    at += n
    return at - n
  }
  const text = (from: number, to: number) => decodeUtf8(bytes.subarray(from, to))
  return {
    options,
    memo,
    offset: () => at,
    byte: () => bytes[need(1)],
    uint16: () => view.getUint16(need(2), true),
    int32: () => view.getInt32(need(4), true),
    float64: () => view.getFloat64(need(8), false),
    text: (n: number) => {
      const from = need(n)
      return text(from, from + n)
    },
    line: () => {
      const from = at
      while (bytes[need(1)] !== 0x0a);
      return text(from, at - 1)
    },
    push: (value: PickleValue) => void stack.push(value),
    pop: (offset: number): PickleValue => {
      const value = stack.pop()
      if (value === undefined)
        throw new Error(`pickle opcode at byte ${offset} finds nothing on the stack`)
      return value
    },
    top: (offset: number): PickleValue => {
      if (stack.length === 0)
        throw new Error(`pickle opcode at byte ${offset} finds nothing on the stack`)
      return stack[stack.length - 1]
    },
    mark: () => void marks.push(stack.length),
    popToMark: (offset: number): PickleValue[] => {
      const from = marks.pop()
      if (from === undefined) throw new Error(`pickle tuple at byte ${offset} has no beginning`)
      return stack.splice(from)
    },
    finish: (offset: number): PickleValue => {
      if (stack.length !== 1) {
        throw new Error(`pickle stops at byte ${offset} with ${stack.length} values, expected 1`)
      }
      return stack[0]
    },
  }
}

const opcodes: Record<number, (m: Machine, offset: number) => void> = {
  // PROTO
  128: (m, offset) => {
    const version = m.byte()
    if (version !== 2) throw new Error(`pickle protocol ${version} at byte ${offset}, expected 2`)
  },
  // GLOBAL
  99: (m, offset) => {
    const module = m.line()
    const name = `${module}.${m.line()}`
    const { globals, classes } = m.options
    const isClass = classes !== undefined && name.startsWith(classes)
    if (!isClass && !globals.includes(name)) {
      throw new Error(
        `pickle global ${name} at byte ${offset} is not allowed; allowed are ${globals.join(', ')}`,
      )
    }
    m.push({ kind: 'global', name })
  },
  // BINPUT, LONG_BINPUT, BINGET, LONG_BINGET
  113: (m, offset) => void m.memo.set(m.byte(), m.top(offset)),
  114: (m, offset) => void m.memo.set(m.int32(), m.top(offset)),
  104: (m, offset) => get(m, m.byte(), offset),
  106: (m, offset) => get(m, m.int32(), offset),
  // MARK, TUPLE, EMPTY_TUPLE, TUPLE1, TUPLE2, TUPLE3
  40: (m) => m.mark(),
  116: (m, offset) => m.push(m.popToMark(offset)),
  41: (m) => m.push([]),
  133: (m, offset) => m.push([m.pop(offset)]),
  134: (m, offset) => m.push([m.pop(offset), m.pop(offset)].reverse()),
  135: (m, offset) => m.push([m.pop(offset), m.pop(offset), m.pop(offset)].reverse()),
  // BINUNICODE
  88: (m) => m.push(m.text(m.int32() >>> 0)),
  // BININT1, BININT2, BININT
  75: (m) => m.push(m.byte()),
  77: (m) => m.push(m.uint16()),
  74: (m) => m.push(m.int32()),
  // NEWTRUE, NEWFALSE, NONE
  136: (m) => m.push(true),
  137: (m) => m.push(false),
  78: (m) => m.push(null),
  // BINPERSID
  81: (m, offset) => m.push({ kind: 'persistent', id: m.pop(offset) }),
  // REDUCE
  82: (m, offset) => {
    const args = m.pop(offset)
    const target = m.pop(offset)
    if (!isTuple(args) || !isKind(target, 'global')) {
      throw new Error(`pickle call at byte ${offset} is not a global with a tuple of arguments`)
    }
    m.push({ kind: 'call', name: target.name, args })
  },
}

/** Instances, dicts and lists: only where classes are expected. */
const objectOpcodes: Record<number, (m: Machine, offset: number) => void> = {
  // BINFLOAT, EMPTY_LIST, EMPTY_DICT
  71: (m) => m.push(m.float64()),
  93: (m) => m.push([]),
  125: (m) => m.push({ kind: 'object', name: 'dict', fields: new Map() }),
  // APPEND, APPENDS
  97: (m, offset) => append(m, [m.pop(offset)], offset),
  101: (m, offset) => append(m, m.popToMark(offset), offset),
  // SETITEM, SETITEMS
  115: (m, offset) => setItems(m, [m.pop(offset), m.pop(offset)].reverse(), offset),
  117: (m, offset) => setItems(m, m.popToMark(offset), offset),
  // NEWOBJ
  129: (m, offset) => {
    const args = m.pop(offset)
    const target = m.pop(offset)
    if (!isTuple(args) || args.length > 0 || !isKind(target, 'global')) {
      throw new Error(`pickle object at byte ${offset} is not a class without arguments`)
    }
    m.push({ kind: 'object', name: target.name, fields: new Map() })
  },
  // BUILD
  98: (m, offset) => {
    const state = m.pop(offset)
    const object = m.top(offset)
    if (!isKind(object, 'object') || !isKind(state, 'object') || state.name !== 'dict') {
      throw new Error(`pickle BUILD at byte ${offset} gives fields to something that has none`)
    }
    for (const [key, value] of state.fields) object.fields.set(key, value)
  },
}

function append(m: Machine, values: readonly PickleValue[], offset: number): void {
  const list = m.top(offset)
  if (!isTuple(list)) throw new Error(`pickle list at byte ${offset} is none`)
  ;(list as PickleValue[]).push(...values)
}

function setItems(m: Machine, items: readonly PickleValue[], offset: number): void {
  const dict = m.top(offset)
  if (!isKind(dict, 'object') || dict.name !== 'dict' || items.length % 2 !== 0) {
    throw new Error(`pickle items at byte ${offset} belong to no dict`)
  }
  for (let i = 0; i < items.length; i += 2) {
    const key = items[i]
    if (typeof key !== 'string') {
      throw new Error(`pickle key at byte ${offset} is ${JSON.stringify(key)}, expected a text`)
    }
    dict.fields.set(key, items[i + 1])
  }
}

function get(m: Machine, index: number, offset: number): void {
  const value = m.memo.get(index)
  if (value === undefined)
    throw new Error(`pickle memo ${index} read at byte ${offset} was never written`)
  m.push(value)
}

/** Is it a tuple? */
export const isTuple = (value: PickleValue): value is readonly PickleValue[] => Array.isArray(value)

/** Is it a global, a call or a persistent reference? */
export const isKind = <K extends 'global' | 'call' | 'persistent' | 'object'>(
  value: PickleValue,
  kind: K,
): value is Extract<PickleValue, { kind: K }> =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind

/** Names of opcodes a reader is most likely to meet, for the error text. */
const names: Record<number, string> = {
  40: 'MARK',
  48: 'POP',
  66: 'BINBYTES',
  71: 'BINFLOAT',
  73: 'INT',
  80: 'PERSID',
  83: 'STRING',
  86: 'UNICODE',
  93: 'EMPTY_LIST',
  97: 'APPEND',
  98: 'BUILD',
  101: 'APPENDS',
  105: 'INST',
  111: 'OBJ',
  115: 'SETITEM',
  117: 'SETITEMS',
  125: 'EMPTY_DICT',
  129: 'NEWOBJ',
  138: 'LONG1',
  140: 'SHORT_BINUNICODE',
  146: 'NEWOBJ_EX',
  147: 'STACK_GLOBAL',
  148: 'MEMOIZE',
  149: 'FRAME',
}

const opcodeName = (code: number): string =>
  names[code]
    ? `${names[code]} (0x${code.toString(16)})`
    : `0x${code.toString(16).padStart(2, '0')}`

/** UTF-8 of names and keys; bad sequences become U+FFFD. */
function decodeUtf8(bytes: Uint8Array): string {
  let out = ''
  for (let i = 0; i < bytes.length; ) {
    const b = bytes[i++]
    const more = b < 0x80 ? 0 : b >> 5 === 6 ? 1 : b >> 4 === 14 ? 2 : b >> 3 === 30 ? 3 : -1
    let code = more === 0 ? b : more < 0 ? 0xfffd : b & (0x3f >> more)
    for (let k = 0; k < more; k++) code = (code << 6) | (bytes[i++] & 0x3f)
    out += String.fromCodePoint(code <= 0x10ffff ? code : 0xfffd)
  }
  return out
}
