import { type BindContext, type EnvState, VelocityCommand } from '@skillweave/mdp'

export interface VelocityTowardsParams {
  /** Writes where to go, env world, m. [2] */
  readonly place: (s: EnvState, out: Float64Array) => void
  /** From here on it is near enough, m. */
  readonly arrived: number
  /** m/s */
  readonly fastest: number
}

/** The velocity that leads to a place: towards it, slower when it is near or not ahead, and turning to face it. */
export class VelocityTowards extends VelocityCommand {
  readonly #to: VelocityTowardsParams
  readonly #place = new Float64Array(2)

  constructor(p: VelocityTowardsParams, ctx: BindContext) {
    const none = [0, 0] as const
    super({ forward: none, left: none, yawRate: none, standing: 1, every_s: 1e9 }, ctx)
    this.#to = p
  }

  override at(s: EnvState): number {
    const o = super.at(s)
    this.#to.place(s, this.#place)
    const x = this.#place[0] - s.linkPos_w[0]
    const y = this.#place[1] - s.linkPos_w[1]
    const distance = Math.hypot(x, y)
    const ahead = s.headingCos * x + s.headingSin * y
    const aside = -s.headingSin * x + s.headingCos * y
    const angle = Math.atan2(aside, ahead)
    const { arrived, fastest } = this.#to
    const speed = Math.min(fastest, Math.max(0, 1.5 * (distance - arrived + 0.08)))
    const factor = speed * Math.max(0.15, Math.cos(angle))
    this.values[o] = (factor * ahead) / (distance + 1e-6)
    this.values[o + 1] = (factor * aside) / (distance + 1e-6)
    this.values[o + 2] = Math.max(-1.5, Math.min(1.5, 2 * angle))
    return o
  }
}
