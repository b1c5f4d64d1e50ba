import type { BindContext, EnvState } from '../define.ts'
import { defineCommand, defineObservation } from '../define.ts'
import { writeInHeading } from '../observations/base.ts'
import { keepArrays } from '../rewind.ts'
import { DrawnCommand } from './drawn-command.ts'

export interface VelocityCommandParams {
  /** Ranges forward and to the left, m/s, and of the yaw rate, rad/s. */
  readonly forward: readonly [number, number]
  readonly left: readonly [number, number]
  readonly yawRate: readonly [number, number]
  /** Share of commands that ask to stand. */
  readonly standing: number
  readonly every_s: number
  /** Time over which `meanVel` is the mean, s: a gait cycle. Absent: one control step. */
  readonly mean_s?: number
}

/** A velocity of the base in the heading frame: forward, left (m/s), yaw rate (rad/s). */
export class VelocityCommand extends DrawnCommand {
  /** Yaw rate with a time constant of 0.25 s: a stride swings it by more than commands ask. [nEnvs] rad/s */
  readonly yawRate: Float64Array
  /** Velocity forward and left, mean of the last gait cycle: a stride swings it. [nEnvs, 2] m/s */
  readonly meanVel: Float64Array
  /** The last cycle's velocities, a ring. [nEnvs, cycle, 2] */
  readonly #ring: Float64Array
  readonly #cycle: number
  readonly #count: Int32Array
  readonly #memory: ReturnType<typeof keepArrays>
  readonly #p: VelocityCommandParams
  readonly #ctx: BindContext
  readonly #share: number

  constructor(p: VelocityCommandParams, ctx: BindContext) {
    super(ctx, 3, p.every_s)
    this.#p = p
    this.#ctx = ctx
    this.yawRate = new Float64Array(ctx.nEnvs)
    this.meanVel = new Float64Array(2 * ctx.nEnvs)
    this.#cycle = Math.max(1, Math.round((p.mean_s ?? 0) / ctx.controlDt_s))
    this.#ring = new Float64Array(2 * this.#cycle * ctx.nEnvs)
    this.#count = new Int32Array(ctx.nEnvs)
    this.#memory = keepArrays(this.yawRate, this.meanVel, this.#ring, this.#count)
    this.#share = 1 - Math.exp(-ctx.controlDt_s / 0.25)
  }

  override reset(s: EnvState): void {
    super.reset(s)
    const e = s.index
    this.yawRate[e] = 0
    this.#count[e] = 0
    this.meanVel.fill(0, 2 * e, 2 * e + 2)
  }

  override step(s: EnvState): void {
    super.step(s)
    this.yawRate[s.index] += this.#share * (s.linkAngVel_w[2] - this.yawRate[s.index])
    const e = s.index
    const cycle = this.#cycle
    const begin = 2 * cycle * e
    writeInHeading(s, s.linkLinVel_w[0], s.linkLinVel_w[1], 0, this.#vel, 0)
    const at = begin + 2 * (this.#count[e]++ % cycle)
    this.#ring[at] = this.#vel[0]
    this.#ring[at + 1] = this.#vel[1]
    const n = Math.min(cycle, this.#count[e])
    let x = 0
    let y = 0
    for (let i = 0; i < n; i++) {
      x += this.#ring[begin + 2 * i]
      y += this.#ring[begin + 2 * i + 1]
    }
    this.meanVel[2 * e] = x / n
    this.meanVel[2 * e + 1] = y / n
  }
  readonly #vel = new Float64Array(3)

  override snapshot(): unknown {
    return [super.snapshot(), this.#memory.snapshot()]
  }

  override rewind(snapshot: unknown): void {
    const [command, arrays] = snapshot as [unknown, unknown]
    super.rewind(command)
    this.#memory.rewind(arrays)
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
