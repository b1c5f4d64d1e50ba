/** The outcome of looking at something from outside: a value, or a sentence saying what is wrong with it. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly text: string }

/** Looks at a parsed JSON value; copies what it accepts, so nothing from outside is kept or merged. */
export type Check<T> = (x: unknown, path: string) => Result<T>

const good = <T>(value: T): Result<T> => ({ ok: true, value })
const bad = (path: string, found: unknown, expected: string): Result<never> => ({
  ok: false,
  text: `${path || 'the value'} is ${brief(found)}, expected ${expected}`,
})

/** What was found, short enough for a sentence. */
function brief(x: unknown): string {
  if (x === undefined) return 'missing'
  if (Array.isArray(x)) return `an array of ${x.length}`
  if (typeof x === 'object' && x !== null) return 'an object'
  const text = JSON.stringify(x) ?? String(x)
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}

export const boolean: Check<boolean> = (x, path) =>
  typeof x === 'boolean' ? good(x) : bad(path, x, 'true or false')

/** A text of at most 256 characters. */
export const string: Check<string> = (x, path) =>
  typeof x === 'string' && x.length <= 256
    ? good(x)
    : bad(path, x, 'a text of at most 256 characters')

/** A finite number in [min, max]. */
export const number =
  (min: number, max: number): Check<number> =>
  (x, path) =>
    typeof x === 'number' && x >= min && x <= max
      ? good(x)
      : bad(path, x, `a number in [${min}, ${max}]`)

/** An integer in [min, max]. */
export const integer =
  (min: number, max: number): Check<number> =>
  (x, path) =>
    typeof x === 'number' && Number.isInteger(x) && x >= min && x <= max
      ? good(x)
      : bad(path, x, `an integer in [${min}, ${max}]`)

/** One of a few texts. */
export const literal =
  <const T extends string>(...options: readonly T[]): Check<T> =>
  (x, path) => {
    const found = options.find((o) => o === x)
    return found === undefined
      ? bad(path, x, options.map((o) => `"${o}"`).join(' or '))
      : good(found)
  }

export const nullable =
  <T>(check: Check<T>): Check<T | null> =>
  (x, path) =>
    x === null ? good(null) : check(x, path)

/** An array of at most `max` elements. */
export const array =
  <T>(check: Check<T>, max: number): Check<readonly T[]> =>
  (x, path) => {
    if (!Array.isArray(x) || x.length > max) return bad(path, x, `an array of at most ${max}`)
    const out: T[] = []
    for (let i = 0; i < x.length; i++) {
      const r = check(x[i], `${path}[${i}]`)
      if (!r.ok) return r
      out.push(r.value)
    }
    return good(out)
  }

const finite = number(-1e6, 1e6)

/** Three finite numbers. */
export const vec3: Check<readonly [number, number, number]> = (x, path) => {
  if (!Array.isArray(x) || x.length !== 3) return bad(path, x, 'three numbers')
  for (let i = 0; i < 3; i++) {
    const r = finite(x[i], `${path}[${i}]`)
    if (!r.ok) return r
  }
  return good([x[0], x[1], x[2]])
}

/** Four finite numbers of norm 1 within 1 %; normalised. */
export const quat: Check<readonly [number, number, number, number]> = (x, path) => {
  if (!Array.isArray(x) || x.length !== 4) return bad(path, x, 'four numbers x, y, z, w')
  for (let i = 0; i < 4; i++) {
    const r = finite(x[i], `${path}[${i}]`)
    if (!r.ok) return r
  }
  const n = Math.hypot(x[0], x[1], x[2], x[3])
  if (Math.abs(n - 1) > 0.01)
    return bad(path, x, `a unit quaternion (its norm is ${n.toPrecision(4)})`)
  return good([x[0] / n, x[1] / n, x[2] / n, x[3] / n])
}

/** An object of numbers in [min, max], at most 256 of them. The copy has no prototype. */
export const numberRecord =
  (min: number, max: number): Check<Readonly<Record<string, number>>> =>
  (x, path) => {
    if (!isObject(x)) return bad(path, x, 'an object of numbers')
    const keys = Object.keys(x)
    if (keys.length > 256) return bad(path, x, 'at most 256 entries')
    const out: Record<string, number> = Object.create(null)
    const check = number(min, max)
    for (const key of keys) {
      const r = check(x[key], `${path}.${key.slice(0, 40)}`)
      if (!r.ok) return r
      out[key] = r.value
    }
    return good(out)
  }

/** Marks a field of a `shape` that may be absent. */
export interface Optional<T> {
  readonly optional: Check<T>
}

export const optional = <T>(check: Check<T>): Optional<T> => ({ optional: check })

type Fields = Readonly<Record<string, Check<unknown> | Optional<unknown>>>
type Shaped<F extends Fields> = {
  readonly [K in keyof F as F[K] extends Optional<unknown> ? never : K]: F[K] extends Check<infer T>
    ? T
    : never
} & {
  readonly [K in keyof F as F[K] extends Optional<unknown> ? K : never]?: F[K] extends Optional<
    infer T
  >
    ? T
    : never
}

/** An object with exactly these fields; unknown ones are refused by name. */
export const shape = <F extends Fields>(fields: F): Check<Shaped<F>> => fieldsOf(fields, 'refuse')

/** An object with at least these fields; unknown ones are ignored. */
export const openShape = <F extends Fields>(fields: F): Check<Shaped<F>> =>
  fieldsOf(fields, 'ignore')

function fieldsOf<F extends Fields>(fields: F, unknown: 'refuse' | 'ignore'): Check<Shaped<F>> {
  const names = Object.keys(fields)
  return (x, path) => {
    if (!isObject(x)) return bad(path, x, 'an object')
    const at = (name: string): string => (path ? `${path}.${name}` : name)
    if (unknown === 'refuse') {
      for (const key of Object.keys(x)) {
        if (names.includes(key)) continue
        return {
          ok: false,
          text: `${at(key.slice(0, 40))} is unknown; known are ${names.join(', ')}`,
        }
      }
    }
    const out: Record<string, unknown> = {}
    for (const name of names) {
      const field = fields[name]
      const value = Object.hasOwn(x, name) ? x[name] : undefined
      if (typeof field !== 'function') {
        if (value === undefined) continue
        const r = field.optional(value, at(name))
        if (!r.ok) return r
        out[name] = r.value
      } else {
        const r = field(value, at(name))
        if (!r.ok) return r
        out[name] = r.value
      }
    }
    return good(out as Shaped<F>)
  }
}

/** A JSON object (not null, not an array). */
export const isObject = (x: unknown): x is Record<string, unknown> =>
  typeof x === 'object' && x !== null && !Array.isArray(x)
