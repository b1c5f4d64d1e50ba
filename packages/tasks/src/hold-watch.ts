import { type BindContext, type Command, type EnvState, keepArrays } from '@skillweave/mdp'
import { objectIndex } from '@skillweave/model'

/** A ball this near to the pelvis for this long is held: SkillMimic-V2's pick-up, m and s. */
const reach = 0.5
const hold_s = 1
/** Off the floor, m. */
const offFloor = 0.5

/** Whether the ball is held, after SkillMimic-V2: within 0.5 m of the pelvis for more than a second. */
export class HoldWatch implements Command {
  /** 1 once the ball has been held. [nEnvs] */
  readonly held: Uint8Array
  /** 1 while it has been held off the floor for more than a second, until now. [nEnvs] */
  readonly lifted: Uint8Array
  /** Time for which it has been held off the floor, control steps. [nEnvs] */
  readonly liftedSteps: Int32Array
  /** Control steps for which the ball has been near. */
  readonly #near: Int32Array
  readonly #memory: ReturnType<typeof keepArrays>
  readonly #ball: number
  readonly #steps: number

  constructor(ctx: Pick<BindContext, 'nEnvs' | 'scene' | 'controlDt_s'>) {
    const n = ctx.nEnvs
    this.held = new Uint8Array(n)
    this.lifted = new Uint8Array(n)
    this.#near = new Int32Array(n)
    this.liftedSteps = new Int32Array(n)
    this.#memory = keepArrays(this.held, this.lifted, this.liftedSteps, this.#near)
    this.#ball = 3 * objectIndex(ctx.scene, 'ball')
    this.#steps = Math.round(hold_s / ctx.controlDt_s)
  }

  snapshot(): unknown {
    return this.#memory.snapshot()
  }

  rewind(snapshot: unknown): void {
    this.#memory.rewind(snapshot)
  }

  reset(s: EnvState): void {
    const e = s.index
    this.held[e] = 0
    this.lifted[e] = 0
    this.#near[e] = 0
    this.liftedSteps[e] = 0
  }

  step(s: EnvState): void {
    const e = s.index
    const dx = s.objectPos_w[this.#ball] - s.linkPos_w[0]
    const dy = s.objectPos_w[this.#ball + 1] - s.linkPos_w[1]
    const z = s.objectPos_w[this.#ball + 2]
    const near = Math.hypot(dx, dy, z - s.linkPos_w[2]) < reach
    this.#near[e] = near ? this.#near[e] + 1 : 0
    this.liftedSteps[e] = near && z > offFloor ? this.liftedSteps[e] + 1 : 0
    if (this.#near[e] > this.#steps) this.held[e] = 1
    this.lifted[e] = this.liftedSteps[e] > this.#steps ? 1 : 0
  }
}

/** The command term; see `HoldWatch`. */
export const holdWatch = () => ({
  name: 'holdWatch',
  params: {},
  bind: (ctx: BindContext): Command => new HoldWatch(ctx),
})
