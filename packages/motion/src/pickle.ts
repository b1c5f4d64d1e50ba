/**
 * A reader for the one pickle that a stored PyTorch tensor is. A pickle is a program; this one runs
 * only the opcodes and names that a plain float tensor needs and refuses everything else, so no file
 * can make it do anything but describe a tensor.
 */
export interface PickledTensor {
  /** Key of the storage inside the archive, e.g. `0`. */
  readonly storage: string
  /** Elements in the storage. */
  readonly storageLength: number
  /** First element of the tensor in the storage. */
  readonly offset: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]
}

const allowedGlobals = [
  'torch._utils _rebuild_tensor_v2',
  'torch FloatStorage',
  'collections OrderedDict',
] as const

const mark = Symbol('mark')
type Value =
  | number
  | string
  | boolean
  | Value[]
  | { readonly global: string }
  | PickledTensor
  | typeof mark

/** Read `data.pkl`. Throws with the byte offset for anything that is not a plain float tensor. */
export function readTensorPickle(bytes: Uint8Array): PickledTensor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const stack: Value[] = []
  const memo = new Map<number, Value>()
  let at = 0
  const need = (n: number) => {
    if (at + n > bytes.length) throw new Error(`pickle ends at byte ${bytes.length} inside a value`)
  }
  const text = (n: number) => {
    need(n)
    const s = ascii(bytes, at, n)
    at += n
    return s
  }
  const line = () => {
    const end = bytes.indexOf(10, at)
    if (end < 0) throw new Error(`pickle: a name at byte ${at} has no end`)
    const s = ascii(bytes, at, end - at)
    at = end + 1
    return s
  }
  const pop = (where: number): Value => {
    const v = stack.pop()
    if (v === undefined) throw new Error(`pickle: nothing on the stack at byte ${where}`)
    return v
  }
  const popToMark = (where: number): Value[] => {
    const from = stack.lastIndexOf(mark)
    if (from < 0) throw new Error(`pickle: no mark for the tuple at byte ${where}`)
    const items = stack.splice(from)
    return items.slice(1)
  }

  while (at < bytes.length) {
    const here = at
    const op = bytes[at++]
    switch (op) {
      case 0x80: // PROTO
        need(1)
        if (bytes[at] > 5) throw new Error(`pickle protocol ${bytes[at]}, expected at most 5`)
        at++
        break
      case 0x63: {
        // GLOBAL
        const name = `${line()} ${line()}`
        if (!(allowedGlobals as readonly string[]).includes(name)) {
          throw new Error(
            `pickle asks for "${name.replace(' ', '.')}" at byte ${here}; only ${allowedGlobals.map((g) => g.replace(' ', '.')).join(', ')} are allowed`,
          )
        }
        stack.push({ global: name })
        break
      }
      case 0x71: // BINPUT
        need(1)
        memo.set(bytes[at++], stack[stack.length - 1])
        break
      case 0x72: // LONG_BINPUT
        need(4)
        memo.set(view.getUint32(at, true), stack[stack.length - 1])
        at += 4
        break
      case 0x68: {
        // BINGET
        need(1)
        const v = memo.get(bytes[at++])
        if (v === undefined) throw new Error(`pickle: unknown memo entry at byte ${here}`)
        stack.push(v)
        break
      }
      case 0x28: // MARK
        stack.push(mark)
        break
      case 0x58: {
        // BINUNICODE
        need(4)
        const n = view.getUint32(at, true)
        at += 4
        stack.push(text(n))
        break
      }
      case 0x4b: // BININT1
        need(1)
        stack.push(bytes[at++])
        break
      case 0x4d: // BININT2
        need(2)
        stack.push(view.getUint16(at, true))
        at += 2
        break
      case 0x4a: // BININT
        need(4)
        stack.push(view.getInt32(at, true))
        at += 4
        break
      case 0x88: // NEWTRUE
        stack.push(true)
        break
      case 0x89: // NEWFALSE
        stack.push(false)
        break
      case 0x29: // EMPTY_TUPLE
        stack.push([])
        break
      case 0x74: // TUPLE
        stack.push(popToMark(here))
        break
      case 0x85: // TUPLE1
        stack.push([pop(here)])
        break
      case 0x86: {
        // TUPLE2
        const b = pop(here)
        stack.push([pop(here), b])
        break
      }
      case 0x87: {
        // TUPLE3
        const c = pop(here)
        const b = pop(here)
        stack.push([pop(here), b, c])
        break
      }
      case 0x51: // BINPERSID: keeps the storage's description
        break
      case 0x52: {
        // REDUCE
        const args = pop(here)
        const callee = pop(here)
        stack.push(reduce(callee, args, here))
        break
      }
      case 0x2e: {
        // STOP
        const result = pop(here)
        if (typeof result === 'object' && 'strides' in result) return result
        throw new Error('the pickle holds no tensor')
      }
      default:
        throw new Error(
          `pickle opcode 0x${op.toString(16).padStart(2, '0')} at byte ${here} is not allowed in a clip`,
        )
    }
  }
  throw new Error(`pickle ends at byte ${bytes.length} without a stop`)
}

function reduce(callee: Value, args: Value, at: number): Value {
  if (typeof callee !== 'object' || !('global' in callee) || !Array.isArray(args)) {
    throw new Error(`pickle: a call at byte ${at} of something that is not a function`)
  }
  if (callee.global === 'collections OrderedDict') return []
  if (callee.global !== 'torch._utils _rebuild_tensor_v2') {
    throw new Error(`pickle: ${callee.global} may not be called (byte ${at})`)
  }
  const [storage, offset, shape, strides] = args
  const numbers = (v: Value): v is number[] =>
    Array.isArray(v) && v.every((x) => typeof x === 'number')
  if (
    !Array.isArray(storage) ||
    storage.length !== 5 ||
    storage[0] !== 'storage' ||
    typeof storage[2] !== 'string' ||
    typeof storage[4] !== 'number' ||
    typeof offset !== 'number' ||
    !numbers(shape) ||
    !numbers(strides)
  ) {
    throw new Error(`pickle: the tensor at byte ${at} is not a plain float tensor`)
  }
  return { storage: storage[2], storageLength: storage[4], offset, shape, strides }
}

function ascii(bytes: Uint8Array, at: number, n: number): string {
  let s = ''
  for (let i = 0; i < n; i++) s += String.fromCharCode(bytes[at + i])
  return s
}
