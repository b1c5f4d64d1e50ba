import { type BindContext, type EnvState, type RewardTerm, VelocityCommand } from '@skillweave/mdp'

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

  /** Whether it asks to go or turn, and not to stand. */
  isWalking(s: EnvState): boolean {
    const o = this.at(s)
    return (
      Math.hypot(this.values[o], this.values[o + 1]) > 0.1 || Math.abs(this.values[o + 2]) > 0.5
    )
  }
}

/**
 * A reward that is paid only while the command `velocity` asks to walk, or only while it asks to stand; 1 or 0 else: standing is no worse
 * than a perfect gait.
 */
const paidWhile =
  (walking: boolean) =>
  (term: RewardTerm): RewardTerm => ({
    ...term,
    bind: (ctx) => {
      const velocity = ctx.command<VelocityTowards>('velocity')
      const bound = term.bind(ctx)
      return (s) => (velocity.isWalking(s) === walking ? bound(s) : walking ? 1 : 0)
    },
  })
export const whileWalking = paidWhile(true)
export const whileStanding = paidWhile(false)
