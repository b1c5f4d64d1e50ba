import type { BindContext, EnvState } from '../define.ts'
import { defineCommand, defineObservation } from '../define.ts'
import { bindSite } from '../sites.ts'
import { DrawnCommand } from './drawn-command.ts'

export interface HeightCommandParams {
  /** Of the standing height. */
  readonly range: readonly [number, number]
  readonly every_s: number
}

/** A height of the base over the lower sole, m, which leg kinematics and gravity give a robot too. */
export class HeightCommand extends DrawnCommand {
  readonly #p: HeightCommandParams
  readonly #ctx: BindContext
  readonly #soles: ReturnType<typeof bindSite>[]
  readonly #point = new Float64Array(3)

  constructor(p: HeightCommandParams, ctx: BindContext) {
    super(ctx, 1, p.every_s)
    this.#p = p
    this.#ctx = ctx
    this.#soles = ['leftSole', 'rightSole'].map((name) => bindSite(ctx.robot, name))
  }

  /** Least and greatest height that is asked for, m. */
  get range(): readonly [number, number] {
    const { standingHeight } = this.#ctx.robot
    return [this.#p.range[0] * standingHeight, this.#p.range[1] * standingHeight]
  }

  /** Wanted minus present height, m. */
  error(s: EnvState): number {
    let lower = Number.POSITIVE_INFINITY
    for (const sole of this.#soles) {
      sole(s, this.#point, 0)
      lower = Math.min(lower, this.#point[2])
    }
    return this.values[this.at(s)] - (s.linkPos_w[2] - lower)
  }

  protected draw(_s: EnvState, o: number): void {
    const { robot, rng } = this.#ctx
    this.values[o] = robot.standingHeight * rng.range(this.#p.range[0], this.#p.range[1])
  }
}

export const heightCommand = defineCommand(
  'heightCommand',
  (p: HeightCommandParams, ctx) => new HeightCommand(p, ctx),
)

/** Wanted minus present height of the base. [1] m */
export const heightError = defineObservation('heightError', (p: { command: string }, ctx) => {
  const command = ctx.command<HeightCommand>(p.command)
  return {
    size: 1,
    write: (s, out, at) => {
      out[at] = command.error(s)
    },
    mirror: { index: [0], sign: [1] },
  }
})
