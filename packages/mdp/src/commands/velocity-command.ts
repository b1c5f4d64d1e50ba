import type { BindContext, EnvState } from '../define.ts'
import { defineCommand, defineObservation } from '../define.ts'
import { DrawnCommand } from './drawn-command.ts'

export interface VelocityCommandParams {
  /** Ranges forward and to the left, m/s, and of the yaw rate, rad/s. */
  readonly forward: readonly [number, number]
  readonly left: readonly [number, number]
  readonly yawRate: readonly [number, number]
  /** Share of commands that ask to stand. */
  readonly standing: number
  readonly every_s: number
}

/** A velocity of the base in the heading frame: forward, left (m/s), yaw rate (rad/s). */
export class VelocityCommand extends DrawnCommand {
  /** Yaw rate with a time constant of 0.25 s: a stride swings it by more than commands ask. [nEnvs] rad/s */
  readonly yawRate: Float64Array
  readonly #p: VelocityCommandParams
  readonly #ctx: BindContext
  readonly #share: number

  constructor(p: VelocityCommandParams, ctx: BindContext) {
    super(ctx, 3, p.every_s)
    this.#p = p
    this.#ctx = ctx
    this.yawRate = new Float64Array(ctx.nEnvs)
    this.#share = 1 - Math.exp(-ctx.controlDt_s / 0.25)
  }

  override reset(s: EnvState): void {
    super.reset(s)
    this.yawRate[s.index] = 0
  }

  override step(s: EnvState): void {
    super.step(s)
    this.yawRate[s.index] += this.#share * (s.linkAngVel_w[2] - this.yawRate[s.index])
  }

  override snapshot(): unknown {
    return [super.snapshot(), this.yawRate.slice()]
  }

  override rewind(snapshot: unknown): void {
    const [command, yawRate] = snapshot as [unknown, Float64Array]
    super.rewind(command)
    this.yawRate.set(yawRate)
  }

  protected draw(_s: EnvState, o: number): void {
    const { rng } = this.#ctx
    const { forward, left, yawRate, standing } = this.#p
    const moving = rng.uniform() < standing ? 0 : 1
    this.values[o] = moving * rng.range(forward[0], forward[1])
    this.values[o + 1] = moving * rng.range(left[0], left[1])
    this.values[o + 2] = moving * rng.range(yawRate[0], yawRate[1])
  }
}

export const velocityCommand = defineCommand(
  'velocityCommand',
  (p: VelocityCommandParams, ctx) => new VelocityCommand(p, ctx),
)

/** The wanted velocity: forward, left, yaw rate. [3] m/s, rad/s */
export const commandedVelocity = defineObservation(
  'commandedVelocity',
  (p: { command: string }, ctx) => {
    const command = ctx.command<VelocityCommand>(p.command)
    return {
      size: 3,
      write: (s, out, at) => {
        const o = command.at(s)
        for (let k = 0; k < 3; k++) out[at + k] = command.all[o + k]
      },
      mirror: { index: [0, 1, 2], sign: [1, -1, -1] },
    }
  },
)
