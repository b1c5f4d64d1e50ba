import { quatRotateAt } from '@skillweave/math'
import { linkIndex, type Simulator } from '@skillweave/model'
import type { MethodParams } from '@skillweave/protocol'

/** Spring and damping of a pull per kg: critical at 10 rad/s. */
const stiffness = 100
const damping = 20
/** Strongest pull, in body weights. */
const capWeights = 0.6

/** Lets a person pull at the robot: a spring from a point of a link to a point of the world. */
export interface Pusher {
  pull(params: MethodParams<'world.push'>, now_ms: number): void
  kick(params: Pick<MethodParams<'world.kick'>, 'link' | 'impulse_w'>): void
  /** Before a control step: write forces, or clear them when the pull has expired. True if that changed any. */
  apply(now_ms: number): boolean
  /** Force now applied, world, N. */
  readonly force_w: Float64Array
  /** The link it acts on and where, world, m; −1: none. */
  readonly link: number
  readonly point_w: Float64Array
}

export function createPusher(simulator: Simulator, dt_s: number): Pusher {
  const { model } = simulator.robot
  const mass = model.links.reduce((sum, l) => sum + l.mass, 0)
  const force = new Float64Array(3)
  const arm = new Float64Array(3)
  /** From the centre of mass to the grabbed point, world, m. */
  const lever = new Float64Array(3)
  const point_w = new Float64Array(3)
  let link = -1
  /** The link that a force acts on now. */
  let acted = -1
  let until = 0
  const point_b = new Float64Array(3)
  const target = new Float64Array(3)
  const impulse = new Float64Array(3)
  let kicked = -1

  /** The part of the body that answers a short pull: the link and half its neighbours. */
  const effectiveMass = (i: number): number => {
    let m = model.links[i].mass
    model.links.forEach((l, k) => {
      if (l.parent === i || model.links[i].parent === k) m += l.mass / 2
    })
    return Math.max(m, mass / 10)
  }

  const write = (): void => {
    const s = simulator.states[0]
    quatRotateAt(arm, 0, s.linkQuat_w, 4 * link, point_b, 0)
    const m = effectiveMass(link)
    let size = 0
    for (let k = 0; k < 3; k++) {
      point_w[k] = s.linkPos_w[3 * link + k] + arm[k]
      const w = s.linkAngVel_w
      const a = (k + 1) % 3
      const b = (k + 2) % 3
      const spin = w[3 * link + a] * arm[b] - w[3 * link + b] * arm[a]
      const v = s.linkLinVel_w[3 * link + k] + spin
      force[k] = m * (stiffness * (target[k] - point_w[k]) - damping * v)
      size += force[k] ** 2
    }
    const cap = capWeights * mass * 9.81
    const scale = size > cap * cap ? cap / Math.sqrt(size) : 1
    for (let k = 0; k < 3; k++) force[k] *= scale
  }

  /** A kick acts at the centre of mass, for one control step. */
  const show = (kickedLink: number): void => {
    const s = simulator.states[0]
    quatRotateAt(arm, 0, s.linkQuat_w, 4 * kickedLink, model.links[kickedLink].com, 0)
    for (let k = 0; k < 3; k++) {
      point_w[k] = s.linkPos_w[3 * kickedLink + k] + arm[k]
      force[k] = impulse[k] / dt_s
    }
  }

  return {
    force_w: force,
    point_w,
    get link() {
      return acted
    },
    pull: (params, now_ms) => {
      link = linkIndex(model, params.link)
      point_b.set(params.point_b)
      target.set(params.target_w)
      until = now_ms + params.validFor_ms
    },
    kick: (params) => {
      kicked = linkIndex(model, params.link)
      impulse.set(params.impulse_w)
    },
    apply: (now_ms) => {
      const d = simulator.disturbances[0]
      const pulling = link >= 0 && now_ms < until
      if (!pulling && kicked < 0) {
        const wasOn = d.enabled
        if (wasOn) {
          d.force_w.fill(0)
          d.torque_w.fill(0)
          d.enabled = false
        }
        force.fill(0)
        acted = -1
        return wasOn
      }
      d.force_w.fill(0)
      d.torque_w.fill(0)
      acted = pulling ? link : kicked
      if (pulling) {
        write()
        // The force acts at the grabbed point; the simulator applies it at the centre of mass.
        quatRotateAt(lever, 0, simulator.states[0].linkQuat_w, 4 * link, model.links[link].com, 0)
        for (let k = 0; k < 3; k++) lever[k] = arm[k] - lever[k]
        for (let k = 0; k < 3; k++) {
          const a = (k + 1) % 3
          const b = (k + 2) % 3
          d.force_w[3 * link + k] = force[k]
          d.torque_w[3 * link + k] = lever[a] * force[b] - lever[b] * force[a]
        }
      }
      if (kicked >= 0) {
        for (let k = 0; k < 3; k++) d.force_w[3 * kicked + k] += impulse[k] / dt_s
        if (!pulling) show(kicked)
        kicked = -1
      }
      d.enabled = true
      return true
    },
  }
}
