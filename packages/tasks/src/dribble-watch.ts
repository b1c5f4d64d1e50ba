import { type BindContext, type Command, type EnvState, keepArrays } from '@skillweave/mdp'
import { objectIndex } from '@skillweave/model'

/** The ball may be this far from the pelvis, horizontally, m. */
const reach = 1.5
/** Within any such time, s, the ball must span this height, m. */
const patience_s = 1.5
const bounce = 0.3

/**
 * Whether a dribble goes on, after SkillMimic-V2: the ball stays within 1.5 m of the pelvis and moves up
 * and down, 0.3 m within any 1.5 s.
 */
export class DribbleWatch implements Command {
  /** 1 once the dribble has ended. [nEnvs] */
  readonly lost: Uint8Array
  readonly #low: Float64Array
  readonly #high: Float64Array
  /** Control steps since the ball last spanned the height. */
  readonly #waiting: Int32Array
  readonly #memory: ReturnType<typeof keepArrays>
  readonly #ball: number
  readonly #patience: number

  constructor(ctx: Pick<BindContext, 'nEnvs' | 'scene' | 'controlDt_s'>) {
    const n = ctx.nEnvs
    this.lost = new Uint8Array(n)
    this.#low = new Float64Array(n)
    this.#high = new Float64Array(n)
    this.#waiting = new Int32Array(n)
    this.#memory = keepArrays(this.lost, this.#low, this.#high, this.#waiting)
    this.#ball = 3 * objectIndex(ctx.scene, 'ball')
    this.#patience = Math.round(patience_s / ctx.controlDt_s)
  }

  snapshot(): unknown {
    return this.#memory.snapshot()
  }

  rewind(snapshot: unknown): void {
    this.#memory.rewind(snapshot)
  }

  reset(s: EnvState): void {
    const e = s.index
    this.lost[e] = 0
    this.#waiting[e] = 0
    this.#low[e] = Number.POSITIVE_INFINITY
    this.#high[e] = Number.NEGATIVE_INFINITY
  }

  step(s: EnvState): void {
    const e = s.index
    const z = s.objectPos_w[this.#ball + 2]
    const dx = s.objectPos_w[this.#ball] - s.linkPos_w[0]
    const dy = s.objectPos_w[this.#ball + 1] - s.linkPos_w[1]
    this.#low[e] = Math.min(this.#low[e], z)
    this.#high[e] = Math.max(this.#high[e], z)
    this.#waiting[e]++
    if (this.#high[e] - this.#low[e] > bounce) {
      this.#low[e] = z
      this.#high[e] = z
      this.#waiting[e] = 0
    }
    if (this.#waiting[e] > this.#patience || dx * dx + dy * dy > reach * reach) this.lost[e] = 1
  }
}

/** The command term; see `DribbleWatch`. */
export const dribbleWatch = () => ({
  name: 'dribbleWatch',
  params: {},
  bind: (ctx: BindContext): Command => new DribbleWatch(ctx),
})
