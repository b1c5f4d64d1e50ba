import { type BindContext, type EnvState, type EventTerm, harness } from '@skillweave/mdp'
import type { PointGoal } from '../goal.ts'
import type { HoldWatch } from '../hold-watch.ts'
import { VelocityTowards } from '../velocity-towards.ts'

/** A ball is carried to this distance from the goal, m: a shot is thrown from there. */
export const throwingDistance = 2.8
/** m/s */
export const carryingSpeed = 0.8

/** Held for so many control steps, a ball is carried. */
const settled = 20

/** The velocity that takes a ball that is held to where it can be thrown from. */
class CarryVelocity extends VelocityTowards {
  readonly #hold: HoldWatch
  readonly #goal: PointGoal

  constructor(p: { readonly hold: string; readonly goal: string }, ctx: BindContext) {
    const goal = ctx.command<PointGoal>(p.goal)
    const place = (s: EnvState, out: Float64Array) => {
      out[0] = goal.target[2 * s.index]
      out[1] = goal.target[2 * s.index + 1]
    }
    super({ place, arrived: throwingDistance, fastest: carryingSpeed }, ctx)
    this.#hold = ctx.command<HoldWatch>(p.hold)
    this.#goal = goal
  }

  isCarrying(s: EnvState): boolean {
    const e = s.index
    const x = this.#goal.target[2 * e] - s.linkPos_w[0]
    const y = this.#goal.target[2 * e + 1] - s.linkPos_w[1]
    return this.#hold.liftedSteps[e] > settled && Math.hypot(x, y) > throwingDistance
  }
}

export const carryVelocity = (p: { readonly hold: string; readonly goal: string }) => ({
  name: 'carryVelocity',
  params: p,
  bind: (ctx: BindContext) => new CarryVelocity(p, ctx),
})

/**
 * A harness that takes along who holds the ball and has the goal far away. Without it nobody finds out that walking with the ball
 * pays: who holds one stands.
 */
export const carryHarness = (p: { readonly velocity: string }): EventTerm => ({
  name: 'carryHarness',
  params: p,
  bind: (ctx) => {
    const velocity = ctx.command<CarryVelocity>(p.velocity)
    const bound = harness({
      command: p.velocity,
      shrinkBelow: 1 / 400,
      growAbove: 1 / 150,
    }).bind(ctx)
    return {
      ...bound,
      apply: (s) => {
        if (velocity.isCarrying(s)) return bound.apply(s)
        const d = ctx.simulator.disturbances[s.index]
        if (!d.enabled) return
        d.force_w.fill(0)
        d.torque_w.fill(0)
        d.enabled = false
      },
    }
  },
})
