import type { BindContext, Command, EnvState } from '../define.ts'
import { defineCommand, defineObservation } from '../define.ts'
import { keepArrays } from '../rewind.ts'

/**
 * A clock for the gait, one per environment, at a random phase when an episode begins. The left foot
 * swings in the first half of a period, the right one in the second.
 */
export class GaitClock implements Command {
  readonly period_s: number
  /** Sine and cosine of the phase. [nEnvs] */
  readonly sin: Float64Array
  readonly cos: Float64Array
  readonly #phase: Float64Array
  readonly #ctx: BindContext
  readonly #memory: ReturnType<typeof keepArrays>

  constructor(p: { readonly period_s: number }, ctx: BindContext) {
    this.period_s = p.period_s
    this.#ctx = ctx
    this.#phase = new Float64Array(ctx.nEnvs)
    this.sin = new Float64Array(ctx.nEnvs)
    this.cos = new Float64Array(ctx.nEnvs)
    this.#memory = keepArrays(this.#phase, this.sin, this.cos)
  }

  reset(s: EnvState): void {
    this.#set(s.index, this.#ctx.rng.uniform())
  }

  step(s: EnvState): void {
    this.#set(s.index, this.#phase[s.index] + this.#ctx.controlDt_s / this.period_s)
  }

  snapshot(): unknown {
    return this.#memory.snapshot()
  }

  rewind(snapshot: unknown): void {
    this.#memory.rewind(snapshot)
  }

  /** `phase` in periods. */
  #set(e: number, phase: number): void {
    this.#phase[e] = phase - Math.floor(phase)
    this.sin[e] = Math.sin(2 * Math.PI * phase)
    this.cos[e] = Math.cos(2 * Math.PI * phase)
  }
}

export const gaitClock = defineCommand(
  'gaitClock',
  (p: { period_s: number }, ctx) => new GaitClock(p, ctx),
)

/** Sine and cosine of the gait's phase; left and right are half a period apart. [2] */
export const gaitPhase = defineObservation('gaitPhase', (p: { command: string }, ctx) => {
  const clock = ctx.command<GaitClock>(p.command)
  return {
    size: 2,
    write: (s, out, at) => {
      out[at] = clock.sin[s.index]
      out[at + 1] = clock.cos[s.index]
    },
    mirror: { index: [0, 1], sign: [-1, -1] },
  }
})
