import { quatIdentity } from '@skillweave/math'
import { bindKinematics, type Robot, type StateView } from '@skillweave/model'
import { limbDofs } from '../chains.ts'
import type { BindContext, EnvState } from '../define.ts'
import { defineCommand, defineObservation } from '../define.ts'
import { writeInHeading } from '../observations/base.ts'
import { mirrorTriples } from '../observations/bodies.ts'
import { bindSite } from '../sites.ts'
import { DrawnCommand } from './drawn-command.ts'

/** Where targets come from. Points are relative to the base's place and heading, heights to the ground. */
export type TargetDraw =
  | {
      /** Where the sites are in random postures of arms and waist, standing: what can be reached. */
      readonly from: 'workspace'
      /** Share of draws from a sphere around the sites' home instead, as SkillBlender does. */
      readonly homeShare: number
      /** Radius of that sphere, of the standing height. */
      readonly homeRadius: number
    }
  | {
      /** One site is moved in a random horizontal direction, the others are at home. */
      readonly from: 'step'
      /** Greatest distance, of the standing height. */
      readonly radius: number
    }

export interface SiteTargetsParams {
  readonly sites: readonly string[]
  readonly draw: TargetDraw
  readonly every_s: number
}

/** Points that sites of the body should be at, env world: [nEnvs, sites, 3] m. */
export class SiteTargets extends DrawnCommand {
  readonly sites: readonly string[]
  readonly #draw: TargetDraw
  readonly #ctx: BindContext
  readonly #bound: ReturnType<typeof bindSite>[]
  readonly #home: Float64Array
  readonly #pool: Float64Array
  readonly #error: Float64Array

  constructor(p: SiteTargetsParams, ctx: BindContext) {
    super(ctx, 3 * p.sites.length, p.every_s)
    this.sites = p.sites
    this.#draw = p.draw
    this.#ctx = ctx
    this.#bound = p.sites.map((name) => bindSite(ctx.robot, name))
    this.#error = new Float64Array(this.size)
    this.#home = siteHome(ctx.robot, p.sites)
    this.#pool = p.draw.from === 'workspace' ? workspace(ctx, p.sites, 1024) : new Float64Array(0)
  }

  /** Target minus site, heading frame, m: [sites, 3], overwritten by the next call. */
  error(s: EnvState): Float64Array {
    const o = this.at(s)
    const out = this.#error
    for (let i = 0; i < this.#bound.length; i++) {
      const k = 3 * i
      this.#bound[i](s, out, k)
      const { values } = this
      writeInHeading(
        s,
        values[o + k] - out[k],
        values[o + k + 1] - out[k + 1],
        values[o + k + 2] - out[k + 2],
        out,
        k,
      )
    }
    return out
  }

  protected draw(s: EnvState, o: number): void {
    const { values } = this
    this.#drawLocal(o)
    // From the base's place and heading to the environment's world.
    for (let k = o; k < o + this.size; k += 3) {
      const x = values[k]
      const y = values[k + 1]
      values[k] = s.linkPos_w[0] + s.headingCos * x - s.headingSin * y
      values[k + 1] = s.linkPos_w[1] + s.headingSin * x + s.headingCos * y
    }
  }

  #drawLocal(o: number): void {
    const { rng, robot } = this.#ctx
    const { values, size } = this
    const draw = this.#draw
    if (draw.from === 'workspace' && rng.uniform() >= draw.homeShare) {
      const row = size * rng.integer(this.#pool.length / size)
      for (let i = 0; i < size; i++) values[o + i] = this.#pool[row + i]
      return
    }
    for (let i = 0; i < size; i++) values[o + i] = this.#home[i]
    if (draw.from === 'workspace') {
      const radius = draw.homeRadius * robot.standingHeight
      for (let k = o; k < o + size; k += 3) addRandomDirection(this.#ctx, values, k, radius)
    } else {
      const k = o + 3 * rng.integer(size / 3)
      const radius = draw.radius * robot.standingHeight * Math.sqrt(rng.uniform())
      const angle = rng.range(-Math.PI, Math.PI)
      values[k] += radius * Math.cos(angle)
      values[k + 1] += radius * Math.sin(angle)
    }
  }
}

export const siteTargets = defineCommand(
  'siteTargets',
  (p: SiteTargetsParams, ctx) => new SiteTargets(p, ctx),
)

/** Target minus site, heading frame; `horizontal` leaves z out. [3 or 2 × sites] m */
export const siteTargetError = defineObservation(
  'siteTargetError',
  (p: { command: string; horizontal?: boolean }, ctx) => {
    const command = ctx.command<SiteTargets>(p.command)
    const triples = mirrorTriples(command.sites)
    const kept = Array.from({ length: command.size }, (_, i) => i).filter(
      (i) => !(p.horizontal && i % 3 === 2),
    )
    return {
      size: kept.length,
      write: (s, out, at) => {
        const error = command.error(s)
        for (let i = 0; i < kept.length; i++) out[at + i] = error[kept[i]]
      },
      ...(triples
        ? {
            mirror: {
              index: kept.map((i) => kept.indexOf(triples.index[i])),
              sign: kept.map((i) => triples.sign[i]),
            },
          }
        : {}),
    }
  },
)

/** Where sites are in the default pose with the base over the origin: [sites, 3] m. */
export function siteHome(robot: Robot, sites: readonly string[]): Float64Array {
  const out = new Float64Array(3 * sites.length)
  poser(robot, sites)(robot.qDefault, out, 0)
  return out
}

/** Site positions of `n` random postures of arms and waist that no robot would refuse. [n, sites, 3] m */
function workspace({ robot, rng }: BindContext, sites: readonly string[], n: number): Float64Array {
  const { arms, waist } = limbDofs(robot)
  const place = poser(robot, sites)
  const q = Float64Array.from(robot.qDefault)
  const points = new Float64Array(3 * sites.length * n)
  const height = robot.standingHeight
  const draw = (dof: number, within: number) => {
    const joint = robot.model.joints.find((j) => dof === j.dof)
    const lower = Math.max(joint?.lower[0] ?? 0, robot.qDefault[dof] - within)
    const upper = Math.min(joint?.upper[0] ?? 0, robot.qDefault[dof] + within)
    q[dof] = rng.range(lower, upper)
  }
  for (let row = 0; row < n; ) {
    for (const dof of arms) draw(dof, 1.8)
    for (const dof of waist) draw(dof, 0.6)
    const at = 3 * sites.length * row
    place(q, points, at)
    let isUsable = true
    for (let k = at; k < at + 3 * sites.length; k += 3) {
      const isInTrunk = Math.hypot(points[k], points[k + 1]) < 0.18 * height
      const isBehind = points[k] < -0.1 * height
      const isLow = points[k + 2] < 0.65 * height
      if (isInTrunk || isBehind || isLow) isUsable = false
    }
    if (isUsable) row++
  }
  return points
}

/** A function from joint coordinates to site positions of a robot that stands upright at the origin. */
function poser(robot: Robot, sites: readonly string[]) {
  const kinematics = bindKinematics(robot.model)
  const links = {
    pos: new Float64Array(3 * kinematics.nLinks),
    quat: new Float64Array(4 * kinematics.nLinks),
  }
  links.pos[2] = robot.standingHeight
  links.quat.set(robot.standingQuat ?? quatIdentity)
  const view = { linkPos_w: links.pos, linkQuat_w: links.quat } as unknown as StateView
  const bound = sites.map((name) => bindSite(robot, name))
  return (q: ArrayLike<number>, out: Float64Array, at: number): void => {
    kinematics.poses(links, Float64Array.from(q), 0)
    bound.forEach((write, i) => {
      write(view, out, at + 3 * i)
    })
  }
}

/** Add a vector of random direction, drawn evenly from a ball of radius `radius`. */
function addRandomDirection(
  { rng }: BindContext,
  out: Float64Array,
  k: number,
  radius: number,
): void {
  const x = rng.normal()
  const y = rng.normal()
  const z = rng.normal()
  const scale = (radius * Math.cbrt(rng.uniform())) / Math.sqrt(x * x + y * y + z * z)
  out[k] += scale * x
  out[k + 1] += scale * y
  out[k + 2] += scale * z
}
