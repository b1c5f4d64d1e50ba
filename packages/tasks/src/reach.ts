import {
  actionRateL2,
  type BindContext,
  bindSite,
  type Command,
  defineEvent,
  defineObservation,
  defineReward,
  type EnvState,
  jointPosRel,
  jointTarget,
  jointVel,
  jointVelL2,
  lastAction,
  type Task,
  timeOut,
} from '@skillweave/mdp'
import { objectIndex, type Robot } from '@skillweave/model'

/** Follow a target with the hand: for any robot with a fixed base and a right palm. */
export function reach(robot: Robot): Task {
  return {
    name: 'reach',
    description: 'hold the hand at a target that moves',
    scene: {
      ground: { friction: 1, restitution: 0 },
      objects: [
        {
          name: 'target',
          motion: 'kinematic',
          mass: 0,
          geoms: [{ type: 'sphere', pos: [0, 0, 0], radius: 0.03, collides: false }],
          friction: 0,
          restitution: 0,
          linearDamping: 0,
          angularDamping: 0,
          ccd: false,
          look: 'target',
        },
      ],
    },
    controlDt_s: 0.02,
    decimation: 4,
    physics: {
      solverIterations: 2,
      pgsIterations: 8,
      groundContact: 'all',
      selfCollision: false,
      footContact: false,
    },
    commands: { target: reachTarget({ object: 'target', site: 'rightPalm', every_s: 2 }) },
    action: jointTarget({ scale: 0.5, joints: movingJoints(robot) }),
    observations: {
      actor: {
        jointPos: jointPosRel({}),
        jointVel: jointVel({ scale: 0.2 }),
        target: targetFromHand({ command: 'target', site: 'rightPalm' }),
        lastAction: lastAction({}),
      },
    },
    rewards: {
      reach: {
        combine: 'sum',
        terms: {
          near: { weight: 1, term: reached({ command: 'target', site: 'rightPalm', std: 0.25 }) },
          exact: { weight: 1, term: reached({ command: 'target', site: 'rightPalm', std: 0.04 }) },
          smooth: { weight: -0.004, term: actionRateL2({}) },
          calm: { weight: -2e-4, term: jointVelL2({}) },
        },
      },
    },
    terminations: { timeOut: timeOut({ after_s: 8 }) },
    events: { reset: { start: defaultStart({ spread: 0.4 }) } },
    learning: {
      samples: 1_500_000,
      nEnvs: 128,
      gamma: 0.97,
      rewardScale: 0.1,
      std: { kind: 'fixed', start: 0.4, end: 0.12 },
      klTarget: 0.02,
    },
  }
}

/** All joints but the fingers'. */
const movingJoints = (robot: Robot) =>
  robot.model.dofNames.filter((name) => !name.includes('finger'))

export interface ReachTargetParams {
  readonly object: string
  readonly site: string
  /** A new target after about this time. */
  readonly every_s: number
}

/** A point to reach: drawn as where the hand would be in a random posture, so it is always reachable. */
export class ReachTarget implements Command {
  /** [nEnvs, 3] env world, m */
  readonly position: Float64Array
  /** When true, targets come from outside (a viewer) and are not redrawn. */
  held = false
  readonly #ctx: BindContext
  readonly #object: number
  readonly #chance: number
  readonly #points: Float64Array

  constructor(params: ReachTargetParams, ctx: BindContext) {
    this.#ctx = ctx
    this.#object = objectIndex(ctx.scene, params.object)
    this.#chance = ctx.controlDt_s / params.every_s
    this.position = new Float64Array(3 * ctx.nEnvs)
    this.#points = reachablePoints(ctx, params.site, 512)
  }

  snapshot(): unknown {
    return { held: this.held, position: this.position.slice() }
  }

  rewind(snapshot: unknown): void {
    const { held, position } = snapshot as { held: boolean; position: Float64Array }
    this.held = held
    this.position.set(position)
  }

  reset(s: EnvState): void {
    if (!this.held) this.#redraw(s)
    else this.#show(s)
  }

  step(s: EnvState): void {
    if (!this.held && this.#ctx.rng.uniform() < this.#chance) this.#redraw(s)
  }

  /** Put the target of one environment somewhere, m. */
  place(s: EnvState, x: number, y: number, z: number): void {
    this.position.set([x, y, z], 3 * s.index)
    this.#show(s)
  }

  #redraw(s: EnvState): void {
    const k = 3 * this.#ctx.rng.integer(this.#points.length / 3)
    const p = this.#points
    this.place(s, p[k], p[k + 1], p[k + 2])
  }

  #show(s: EnvState): void {
    const at = 3 * s.index
    const to = this.position.subarray(at, at + 3)
    this.#ctx.simulator.placeObject(s.index, this.#object, to)
  }
}

export const reachTarget = (params: ReachTargetParams) => ({
  name: 'reachTarget',
  params,
  bind: (ctx: BindContext): Command => new ReachTarget(params, ctx),
})

/** Hand positions of random postures within 60 % of the joint ranges, above the table. [n, 3] */
function reachablePoints(ctx: BindContext, site: string, n: number): Float64Array {
  const { robot, simulator, states, rng } = ctx
  const hand = bindSite(robot, site)
  const points = new Float64Array(3 * n)
  const q = new Float64Array(robot.qDefault.length)
  for (let i = 0; i < n; ) {
    for (const joint of robot.model.joints) {
      const reach = Math.min(1.2, 0.3 * (joint.upper[0] - joint.lower[0]))
      const wanted = robot.qDefault[joint.dof] + rng.range(-reach, reach)
      q[joint.dof] = Math.min(joint.upper[0], Math.max(joint.lower[0], wanted))
    }
    simulator.reset(0, {
      basePos_w: [0, 0, robot.standingHeight],
      baseQuat_w: robot.standingQuat,
      q,
    })
    hand(states[0], points, 3 * i)
    if (points[3 * i + 2] > 0.1) i++
  }
  return points
}

/** Target minus hand, world frame (the base is fixed). [3] m */
const targetFromHand = defineObservation(
  'targetFromHand',
  (p: { command: string; site: string }, ctx) => {
    const target = ctx.command<ReachTarget>(p.command)
    const hand = bindSite(ctx.robot, p.site)
    const v = new Float64Array(3)
    return {
      size: 3,
      write: (s, out, at) => {
        hand(s, v, 0)
        for (let k = 0; k < 3; k++) out[at + k] = target.position[3 * s.index + k] - v[k]
      },
    }
  },
)

/** exp(−‖hand − target‖²/std²). */
const reached = defineReward(
  'reached',
  (p: { command: string; site: string; std: number }, ctx: BindContext) => {
    const target = ctx.command<ReachTarget>(p.command)
    const hand = bindSite(ctx.robot, p.site)
    const v = new Float64Array(3)
    return (s) => {
      hand(s, v, 0)
      let sum = 0
      for (let k = 0; k < 3; k++) sum += (target.position[3 * s.index + k] - v[k]) ** 2
      return Math.exp(-sum / p.std ** 2)
    }
  },
)

/** The default pose with every joint off by up to `spread` rad, standing still. */
const defaultStart = defineEvent(
  'defaultStart',
  (p: { spread: number }, { robot, simulator, rng }) => {
    const q = new Float64Array(robot.qDefault.length)
    return {
      apply: (s) => {
        for (const joint of robot.model.joints) {
          const wanted = robot.qDefault[joint.dof] + rng.range(-p.spread, p.spread)
          q[joint.dof] = Math.min(joint.upper[0], Math.max(joint.lower[0], wanted))
        }
        simulator.reset(s.index, {
          basePos_w: [0, 0, robot.standingHeight],
          baseQuat_w: robot.standingQuat,
          q,
        })
      },
    }
  },
)
