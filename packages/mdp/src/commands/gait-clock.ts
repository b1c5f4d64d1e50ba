import type { BindContext, Command, EnvState } from '../define.ts'
import { defineCommand, defineObservation } from '../define.ts'
import { bindSite } from '../sites.ts'

/**
 * A clock for the gait, one per environment, at a random phase when an episode begins; or, `fromFeet`, with
 * the swing of the foot that is higher, the left one when both stand, so that a body shows its phase. The left
 * foot swings in the first half of a period, the right one in the second.
 */
export class GaitClock implements Command {
  readonly period_s: number
  /** Sine and cosine of the phase. [nEnvs] */
  readonly sin: Float64Array
  readonly cos: Float64Array
  readonly #phase: Float64Array
  readonly #ctx: BindContext

  /** How much higher the right sole is than the left, m. */
  readonly #rightOver: ((s: EnvState) => number) | undefined
  /** Episodes whose phase is to be read from the feet, once the body is in place. [nEnvs] */
  readonly #due: Uint8Array

  constructor(p: { readonly period_s: number; readonly fromFeet?: boolean }, ctx: BindContext) {
    this.period_s = p.period_s
    this.#ctx = ctx
    this.#phase = new Float64Array(ctx.nEnvs)
    this.sin = new Float64Array(ctx.nEnvs)
    this.cos = new Float64Array(ctx.nEnvs)
    this.#due = new Uint8Array(ctx.nEnvs)
    if (!p.fromFeet) return
    const [left, right] = ['leftSole', 'rightSole'].map((name) => bindSite(ctx.robot, name))
    const point = new Float64Array(6)
    this.#rightOver = (s) => {
      left(s, point, 0)
      right(s, point, 3)
      return point[5] - point[2]
    }
  }

  reset(s: EnvState): void {
    this.#due[s.index] = 1
    this.#set(s.index, this.#rightOver ? 0 : this.#ctx.rng.uniform())
  }

  step(s: EnvState): void {
    // The body was put in place after the commands were reset.
    if (this.#due[s.index] === 1 && this.#rightOver) {
      this.#phase[s.index] = this.#rightOver(s) > 0.03 ? 0.5 : 0
    }
    this.#due[s.index] = 0
    this.#set(s.index, this.#phase[s.index] + this.#ctx.controlDt_s / this.period_s)
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
  (p: { period_s: number; fromFeet?: boolean }, ctx) => new GaitClock(p, ctx),
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
