import type { BindContext, Command, EnvState } from '../define.ts'
import { keepArrays } from '../rewind.ts'

/**
 * A command of a few numbers per environment, drawn at random and drawn again after a while: a velocity,
 * a height, targets for hands. It is drawn when first asked for, because a body is put in place only
 * after its commands were reset.
 */
export abstract class DrawnCommand implements Command {
  /** Numbers per environment. */
  readonly size: number
  /** True: commands come from outside (a viewer, a test) and are not redrawn. */
  held = false
  /** [nEnvs, size]; read it through `at`. */
  protected readonly values: Float64Array
  /** Time since it was drawn, s; −1: to be drawn. [nEnvs] */
  readonly #age_s: Float64Array
  readonly #dt_s: number
  readonly #every_s: number
  readonly #memory: ReturnType<typeof keepArrays>

  /** `every_s`: how long a command holds. */
  constructor(ctx: BindContext, size: number, every_s: number) {
    this.size = size
    this.values = new Float64Array(ctx.nEnvs * size)
    this.#age_s = new Float64Array(ctx.nEnvs).fill(-1)
    this.#dt_s = ctx.controlDt_s
    this.#every_s = every_s
    this.#memory = keepArrays(this.values, this.#age_s)
  }

  /** Write a new command of environment s at `offset` of `values`. */
  protected abstract draw(s: EnvState, offset: number): void

  /** What is asked for now, all environments: [nEnvs, size]. The row of s begins at `at(s)`. */
  get all(): Float64Array {
    return this.values
  }

  /** Where the command of s begins in `all`; draws it when it is due. */
  at(s: EnvState): number {
    const e = s.index
    if (this.#age_s[e] < 0) {
      this.draw(s, e * this.size)
      this.#age_s[e] = 0
    }
    return e * this.size
  }

  /** Time since the command of s was drawn, s. */
  age_s(s: EnvState): number {
    return Math.max(0, this.#age_s[s.index])
  }

  /** Put the command of s to given values. */
  set(s: EnvState, values: ArrayLike<number>): void {
    for (let i = 0; i < this.size; i++) this.values[s.index * this.size + i] = values[i]
    this.#age_s[s.index] = 0
  }

  /** A subclass with a memory of its own adds it. */
  snapshot(): unknown {
    return { held: this.held, arrays: this.#memory.snapshot() }
  }

  rewind(snapshot: unknown): void {
    const { held, arrays } = snapshot as { held: boolean; arrays: unknown }
    this.held = held
    this.#memory.rewind(arrays)
  }

  reset(s: EnvState): void {
    if (!this.held) this.#age_s[s.index] = -1
  }

  step(s: EnvState): void {
    const e = s.index
    if (this.#age_s[e] >= 0) this.#age_s[e] += this.#dt_s
    if (!this.held && this.#age_s[e] >= this.#every_s - 1e-9) this.#age_s[e] = -1
  }
}
