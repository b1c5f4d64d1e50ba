import type { BindContext, Command, EnvState } from '../define.ts'
import { defineCommand, defineObservation } from '../define.ts'
import { keepArrays } from '../rewind.ts'
import { bindSite } from '../sites.ts'

/** How fast a clock that follows the feet gives in to them, share of the difference per second. */
const pull_ps = 8

/** Feet that are both this still and this level have stopped, m and m/s; the next step is a left one. */
const stopped = { height: 0.015, speed: 0.15 }

export interface GaitClockParams {
  readonly period_s: number
  /**
   * The height of a swing, m: the clock follows the feet, whose heights and speeds show the phase, and waits
   * at the beginning of a left step while they rest. What is learned with it can be distilled into a policy
   * that sees no clock. Absent: the clock runs by itself, from a random phase.
   */
  readonly swing?: number
  /**
   * A command that says whether to walk (`isWalking`). While it does and the feet rest, the clock waits a little way into the left step, not
   * at its beginning: whoever stands quite still must be made to begin.
   */
  readonly walk?: string
}

/** How far into the left step, periods: the stride lifts the foot for certain. */
const commit = 0.12

/** A command that says whether the body should walk or stand. */
export interface WalkingCommand extends Command {
  isWalking(s: EnvState): boolean
}

/**
 * A clock for the gait, one per environment. The left foot swings in the first half of a period, the right one
 * in the second.
 */
export class GaitClock implements Command {
  readonly period_s: number
  /** Sine and cosine of the phase. [nEnvs] */
  readonly sin: Float64Array
  readonly cos: Float64Array
  readonly #phase: Float64Array
  readonly #ctx: BindContext
  readonly #swing: number | undefined
  readonly #walk: WalkingCommand | undefined
  /** Height of the left sole over the right one, m. */
  readonly #leftOver: (s: EnvState) => number
  /** The same one step ago; NaN when an episode begins. [nEnvs] */
  readonly #before: Float64Array
  readonly #memory: ReturnType<typeof keepArrays>

  constructor(p: GaitClockParams, ctx: BindContext) {
    this.period_s = p.period_s
    this.#swing = p.swing
    this.#walk = p.walk === undefined ? undefined : ctx.command<WalkingCommand>(p.walk)
    this.#ctx = ctx
    this.#phase = new Float64Array(ctx.nEnvs)
    this.#before = new Float64Array(ctx.nEnvs)
    this.sin = new Float64Array(ctx.nEnvs)
    this.cos = new Float64Array(ctx.nEnvs)
    this.#leftOver = p.swing === undefined ? () => 0 : soleDifference(ctx)
    this.#memory = keepArrays(this.#phase, this.#before, this.sin, this.cos)
  }

  reset(s: EnvState): void {
    this.#before[s.index] = Number.NaN
    this.#set(s.index, this.#swing === undefined ? this.#ctx.rng.uniform() : 0)
  }

  step(s: EnvState): void {
    const e = s.index
    const dt_s = this.#ctx.controlDt_s
    const phase = this.#phase[e] + dt_s / this.period_s
    this.#set(e, this.#swing === undefined ? phase : this.#follow(s, phase, this.#swing, dt_s))
  }

  /** The phase, in periods, drawn towards the one that the feet show: their heights differ by swing · sin. */
  #follow(s: EnvState, phase: number, swing: number, dt_s: number): number {
    const e = s.index
    const over = this.#leftOver(s)
    const speed = Number.isNaN(this.#before[e]) ? 0 : (over - this.#before[e]) / dt_s
    this.#before[e] = over
    if (Math.abs(over) < stopped.height && Math.abs(speed) < stopped.speed) {
      return this.#walk?.isWalking(s) ? commit : 0
    }
    const cosine = (speed * this.period_s) / (2 * Math.PI)
    const shown = Math.atan2(over, cosine) / (2 * Math.PI)
    // The smaller the step, the less it says.
    const clear = Math.min(1, Math.hypot(over, cosine) / swing)
    const difference = shown - phase
    const nearest = difference - Math.round(difference)
    return phase + clear * (1 - Math.exp(-pull_ps * dt_s)) * nearest
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

function soleDifference({ robot }: BindContext): (s: EnvState) => number {
  const [left, right] = ['leftSole', 'rightSole'].map((name) => bindSite(robot, name))
  const point = new Float64Array(6)
  return (s) => {
    left(s, point, 0)
    right(s, point, 3)
    return point[2] - point[5]
  }
}

export const gaitClock = defineCommand(
  'gaitClock',
  (p: GaitClockParams, ctx) => new GaitClock(p, ctx),
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
