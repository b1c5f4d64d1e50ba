import {
  type BindContext,
  bindSite,
  type Command,
  type EnvState,
  keepArrays,
} from '@skillweave/mdp'
import { objectIndex } from '@skillweave/model'
import { ballRadius } from './ball.ts'
import { timeToPlane } from './ballistics.ts'
import type { PointGoal } from './goal.ts'
import { rimRadius } from './hoop.ts'

export interface ShotTrackerParams {
  /** Height of the rim, m. */
  readonly hoopHeight: number
  /** Range of the distance from the body to a new target, m. */
  readonly distance: readonly [number, number]
}

/** SkillMimic's criterion: the ballistic landing on the plane z = 2.0 m lies within 0.3 m of the goal. */
export const landingPlane = 2.0
export const landingRadius = 0.3

/**
 * Where the hoop is and what has been thrown at it; a scene without a hoop has only the place. An attempt is the ball in free flight (no hand
 * near it) above the landing plane; it counts once, and the next only after a hand has had the ball
 * again: a bounce off floor or rim is not a throw.
 */
export class ShotTracker implements Command, PointGoal {
  /** Hoop position on the floor, env world. [nEnvs, 2] m */
  readonly target: Float64Array
  /** Facing of the hoop: where its x axis points, rad. */
  readonly facing: Float64Array
  /** 1 once a flight has met the landing criterion; latched until the target moves. */
  readonly landed: Uint8Array
  readonly attempts: Int32Array
  readonly landings: Int32Array
  readonly baskets: Int32Array
  /** In free flight above the plane now; distance of the predicted landing from the target, m. */
  readonly flying: Uint8Array
  readonly landingError: Float64Array
  /** Set on the step on which a flight began, landed well or scored. */
  readonly shotNow: Uint8Array
  readonly landedNow: Uint8Array
  readonly basketNow: Uint8Array
  /** When set, `reset` puts the hoop here instead of drawing a place. */
  forced: { x: number; y: number } | undefined
  readonly #ctx: BindContext
  readonly #params: ShotTrackerParams
  readonly #memory: ReturnType<typeof keepArrays>
  readonly #ball: number
  readonly #hoop: number
  readonly #palms: ((s: EnvState, out: Float64Array, at: number) => void)[]
  readonly #point = new Float64Array(3)
  /** The ball was above the rim on the last step. */
  readonly wasAbove: Uint8Array
  /** A hand has had the ball since the last flight. */
  readonly wasHeld: Uint8Array
  readonly #counts = { attempts: 0, landings: 0, baskets: 0, episodes: 0 }

  constructor(params: ShotTrackerParams, ctx: BindContext) {
    const n = ctx.nEnvs
    this.#params = params
    this.#ctx = ctx
    this.#ball = objectIndex(ctx.scene, 'ball')
    this.#hoop = ctx.scene.objects.findIndex((o) => o.name === 'hoop')
    this.#palms = ['leftPalm', 'rightPalm'].map((name) => bindSite(ctx.robot, name))
    this.target = new Float64Array(2 * n)
    this.facing = new Float64Array(n)
    this.landed = new Uint8Array(n)
    this.attempts = new Int32Array(n)
    this.landings = new Int32Array(n)
    this.baskets = new Int32Array(n)
    this.flying = new Uint8Array(n)
    this.landingError = new Float64Array(n)
    this.shotNow = new Uint8Array(n)
    this.landedNow = new Uint8Array(n)
    this.basketNow = new Uint8Array(n)
    this.wasAbove = new Uint8Array(n)
    this.wasHeld = new Uint8Array(n)
    this.#memory = keepArrays(
      this.target,
      this.facing,
      this.landed,
      this.attempts,
      this.landings,
      this.baskets,
      this.flying,
      this.landingError,
      this.shotNow,
      this.landedNow,
      this.basketNow,
      this.wasAbove,
      this.wasHeld,
    )
  }

  snapshot(): unknown {
    return { forced: this.forced && { ...this.forced }, arrays: this.#memory.snapshot() }
  }

  rewind(snapshot: unknown): void {
    const { forced, arrays } = snapshot as { forced: ShotTracker['forced']; arrays: unknown }
    this.forced = forced
    this.#memory.rewind(arrays)
  }

  reset(s: EnvState): void {
    const { rng } = this.#ctx
    const [near, far] = this.#params.distance
    const angle = rng.range(-Math.PI, Math.PI)
    const distance = rng.range(near, far)
    const at = this.forced ?? { x: distance * Math.cos(angle), y: distance * Math.sin(angle) }
    this.place(s, at.x, at.y)
    this.attempts[s.index] = 0
    this.landings[s.index] = 0
    this.baskets[s.index] = 0
    this.flying[s.index] = 0
    this.wasAbove[s.index] = 0
    this.wasHeld[s.index] = 0
  }

  /** Move the hoop; it turns to face the episode's origin. Env world, m. */
  place(s: EnvState, x: number, y: number): void {
    const e = s.index
    this.target[2 * e] = x
    this.target[2 * e + 1] = y
    this.facing[e] = Math.atan2(-y, -x)
    this.landed[e] = 0
    if (this.#hoop < 0) return
    const half = this.facing[e] / 2
    this.#ctx.simulator.placeObject(e, this.#hoop, [x, y, 0], {
      quat_w: [0, 0, Math.sin(half), Math.cos(half)],
    })
  }

  step(s: EnvState): void {
    const e = s.index
    const o = 3 * this.#ball
    const x = s.objectPos_w[o]
    const y = s.objectPos_w[o + 1]
    const z = s.objectPos_w[o + 2]
    const vz = s.objectLinVel_w[o + 2]
    this.shotNow[e] = 0
    this.landedNow[e] = 0
    this.basketNow[e] = 0
    let handDistance = Number.POSITIVE_INFINITY
    for (const palm of this.#palms) {
      palm(s, this.#point, 0)
      const d = Math.hypot(this.#point[0] - x, this.#point[1] - y, this.#point[2] - z)
      handDistance = Math.min(handDistance, d)
    }
    const dx = x - this.target[2 * e]
    const dy = y - this.target[2 * e + 1]
    const isHeld = handDistance <= ballRadius + 0.08
    if (isHeld) this.wasHeld[e] = 1
    if (z > landingPlane && !isHeld && (this.flying[e] === 1 || this.wasHeld[e] === 1)) {
      const t = timeToPlane(z, vz, landingPlane)
      const ex = dx + s.objectLinVel_w[o] * t
      const ey = dy + s.objectLinVel_w[o + 1] * t
      this.landingError[e] = Math.sqrt(ex * ex + ey * ey)
      if (this.flying[e] === 0) {
        this.flying[e] = 1
        this.wasHeld[e] = 0
        this.attempts[e]++
        this.#counts.attempts++
        this.shotNow[e] = 1
        if (this.landingError[e] <= landingRadius) {
          this.landed[e] = 1
          this.landings[e]++
          this.#counts.landings++
          this.landedNow[e] = 1
        }
      }
    } else if (z < landingPlane - 0.3) {
      this.flying[e] = 0
    }
    this.#trackBasket(e, Math.sqrt(dx * dx + dy * dy), z, vz)
  }

  /** A basket: the ball's centre passes down through the rim's plane inside the ring. */
  #trackBasket(e: number, fromAxis: number, z: number, vz: number): void {
    const above = z > this.#params.hoopHeight
    if (this.wasAbove[e] === 1 && !above && vz < 0 && fromAxis < rimRadius) {
      this.baskets[e]++
      this.#counts.baskets++
      this.basketNow[e] = 1
    }
    this.wasAbove[e] = above ? 1 : 0
  }

  finish(): void {
    this.#counts.episodes++
  }

  metrics(): Record<string, number> {
    const c = this.#counts
    const n = Math.max(1, c.episodes)
    const out = {
      'shots/attempts': c.attempts / n,
      'shots/landings': c.landings / n,
      'shots/baskets': c.baskets / n,
    }
    c.attempts = 0
    c.landings = 0
    c.baskets = 0
    c.episodes = 0
    return out
  }
}

export const shotTracker = (params: ShotTrackerParams) => ({
  name: 'shotTracker',
  params,
  bind: (ctx: BindContext): Command => new ShotTracker(params, ctx),
})
