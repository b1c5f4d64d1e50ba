/**
 * Typed access to a parsed document. Every function throws with the path, what was found and what was
 * expected; nothing has a default.
 */
export class Fields {
  readonly #value: Record<string, unknown>
  readonly #path: string

  constructor(value: unknown, path: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new Error(`${path} is ${say(value)}, expected named fields`)
    }
    this.#value = value as Record<string, unknown>
    this.#path = path
  }

  has(name: string): boolean {
    return this.#value[name] !== undefined && this.#value[name] !== null
  }

  names(): string[] {
    return Object.keys(this.#value)
  }

  at(name: string): Fields {
    return new Fields(this.#need(name), this.#where(name))
  }

  number(name: string): number {
    const value = this.#need(name)
    if (typeof value === 'number' && Number.isFinite(value)) return value
    throw new Error(`${this.#where(name)} is ${say(value)}, expected a finite number`)
  }

  /** A list of numbers, of this length where one is given. */
  numbers(name: string, length?: number): number[] {
    const value = this.#need(name)
    const isList = Array.isArray(value) && value.every((x) => Number.isFinite(x))
    if (isList && (length === undefined || value.length === length)) return value
    const found = Array.isArray(value) ? `${value.length} values` : say(value)
    throw new Error(
      `${this.#where(name)} is ${found}, expected ${length ?? 'a list of'} finite numbers`,
    )
  }

  texts(name: string): string[] {
    const value = this.#need(name)
    if (Array.isArray(value) && value.every((x) => typeof x === 'string')) return value
    throw new Error(`${this.#where(name)} is ${say(value)}, expected a list of names`)
  }

  list(name: string): unknown[] {
    const value = this.#need(name)
    if (Array.isArray(value)) return value
    throw new Error(`${this.#where(name)} is ${say(value)}, expected a list`)
  }

  text(name: string): string {
    const value = this.#need(name)
    if (typeof value === 'string') return value
    throw new Error(`${this.#where(name)} is ${say(value)}, expected a text`)
  }

  #need(name: string): unknown {
    if (this.has(name)) return this.#value[name]
    throw new Error(`${this.#where(name)} is missing; there is ${this.names().join(', ')}`)
  }

  #where(name: string): string {
    return `${this.#path}.${name}`
  }
}

const say = (value: unknown): string =>
  value === undefined ? 'missing' : JSON.stringify(value).slice(0, 60)
