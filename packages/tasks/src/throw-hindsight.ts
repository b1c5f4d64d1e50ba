import { type BindContext, type EnvState, type HindsightCommand, keepArrays } from '@skillweave/mdp'
import { writeGoalSeen } from './goal.ts'
import type { ShotTracker } from './shot-tracker.ts'

export interface ThrowHindsightParams {
  /** The command that tracks shots; it must come before this one. */
  readonly goal: string
  /** A throw is worth repeating when the base is above `height` m this long after it, s. */
  readonly upright_s: number
  readonly height: number
}

/** What a throw has achieved: a shot at the place where it came down, if the body still stands a while later. */
class ThrowHindsight implements HindsightCommand {
  readonly achieved: Uint8Array
  readonly noteSize = 4
  /** Control steps since the ball left the hands; 0 before. */
  readonly #since: Int32Array
  /** Where the throw came down, env world. [nEnvs, 2] m */
  readonly #place: Float64Array
  readonly #goal: ShotTracker
  readonly #steps: number
  readonly #height: number
  readonly #memory: ReturnType<typeof keepArrays>

  constructor(p: ThrowHindsightParams, ctx: BindContext) {
    const n = ctx.nEnvs
    this.achieved = new Uint8Array(n)
    this.#since = new Int32Array(n)
    this.#place = new Float64Array(2 * n)
    this.#goal = ctx.command<ShotTracker>(p.goal)
    this.#steps = Math.round(p.upright_s / ctx.controlDt_s)
    this.#height = p.height
    this.#memory = keepArrays(this.achieved, this.#since, this.#place)
  }

  snapshot(): unknown {
    return this.#memory.snapshot()
  }

  rewind(snapshot: unknown): void {
    this.#memory.rewind(snapshot)
  }

  reset(s: EnvState): void {
    this.achieved[s.index] = 0
    this.#since[s.index] = 0
  }

  step(s: EnvState): void {
    const e = s.index
    if (this.#since[e] > 0) this.#since[e]++
    else if (this.#goal.shotNow[e] === 1) {
      this.#since[e] = 1
      this.#place[2 * e] = this.#goal.landing[2 * e]
      this.#place[2 * e + 1] = this.#goal.landing[2 * e + 1]
    }
    const isDue = this.#since[e] === this.#steps
    this.achieved[e] = isDue && s.linkPos_w[2] > this.#height ? 1 : 0
  }

  /** Place of the body and where it faces. */
  note(s: EnvState, out: Float64Array, at: number): void {
    out[at] = s.linkPos_w[0]
    out[at + 1] = s.linkPos_w[1]
    out[at + 2] = s.headingCos
    out[at + 3] = s.headingSin
  }

  goalSeen(e: number, notes: Float64Array, noteAt: number, out: Float32Array, at: number): void {
    const x = this.#place[2 * e] - notes[noteAt]
    const y = this.#place[2 * e + 1] - notes[noteAt + 1]
    writeGoalSeen(x, y, notes[noteAt + 2], notes[noteAt + 3], out, at)
  }
}

/** The command term; see `ThrowHindsight`. */
export const throwHindsight = (params: ThrowHindsightParams) => ({
  name: 'throwHindsight',
  params,
  bind: (ctx: BindContext): HindsightCommand => new ThrowHindsight(params, ctx),
})
