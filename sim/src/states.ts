import type { Controls, Disturbance, StateView } from '@skillweave/model'

/** How many of everything one environment has. */
export interface Counts {
  readonly nEnvs: number
  readonly nDof: number
  readonly nLinks: number
  readonly nObjects: number
  readonly nFeet: number
}

/** Everything the outside reads and writes, one array per quantity, [nEnvs, …], and views by environment. */
export interface SimulatorArrays {
  readonly joints: {
    readonly q: Float64Array
    readonly dq: Float64Array
    readonly tau: Float64Array
  }
  readonly links: Motion
  readonly objects: Motion
  readonly states: readonly StateView[]
  readonly controls: readonly Controls[]
  /** What the controls are views of. [nEnvs, nDof] */
  readonly targets: Controls
  readonly disturbances: readonly Disturbance[]
  /** Multiplies kp and kd. [nEnvs] */
  readonly gainScale: Float64Array
  /** What a snapshot must hold besides the engine's own state, except the disturbances' switches. */
  readonly saved: readonly Float64Array[]
}

/** Poses and velocities of the frames' origins of many bodies. [n, 3], quaternions [n, 4] */
export interface Motion {
  readonly pos: Float64Array
  readonly quat: Float64Array
  readonly linVel: Float64Array
  readonly angVel: Float64Array
}

export function createArrays({ nEnvs, nDof, nLinks, nObjects, nFeet }: Counts): SimulatorArrays {
  const motion = (n: number): Motion => ({
    pos: new Float64Array(3 * n),
    quat: new Float64Array(4 * n),
    linVel: new Float64Array(3 * n),
    angVel: new Float64Array(3 * n),
  })
  const perDof = () => new Float64Array(nEnvs * nDof)
  const joints = { q: perDof(), dq: perDof(), tau: perDof() }
  const links = motion(nEnvs * nLinks)
  const objects = motion(nEnvs * nObjects)
  const footContact = new Float64Array(nEnvs * nFeet)
  const targets = { qTarget: perDof(), dqTarget: perDof(), tauFf: perDof() }
  const force = new Float64Array(3 * nEnvs * nLinks)
  const torque = new Float64Array(3 * nEnvs * nLinks)
  const gainScale = new Float64Array(nEnvs).fill(1)

  const part = (all: Float64Array, e: number) => {
    const n = all.length / nEnvs
    return all.subarray(e * n, (e + 1) * n)
  }
  const each = <T>(make: (e: number) => T): T[] => Array.from({ length: nEnvs }, (_, e) => make(e))
  return {
    joints,
    links,
    objects,
    states: each((e) => ({
      index: e,
      q: part(joints.q, e),
      dq: part(joints.dq, e),
      tau: part(joints.tau, e),
      linkPos_w: part(links.pos, e),
      linkQuat_w: part(links.quat, e),
      linkLinVel_w: part(links.linVel, e),
      linkAngVel_w: part(links.angVel, e),
      objectPos_w: part(objects.pos, e),
      objectQuat_w: part(objects.quat, e),
      objectLinVel_w: part(objects.linVel, e),
      objectAngVel_w: part(objects.angVel, e),
      footContact: part(footContact, e),
    })),
    controls: each((e) => ({
      qTarget: part(targets.qTarget, e),
      dqTarget: part(targets.dqTarget, e),
      tauFf: part(targets.tauFf, e),
    })),
    targets,
    disturbances: each((e) => ({
      force_w: part(force, e),
      torque_w: part(torque, e),
      enabled: false,
    })),
    gainScale,
    saved: [joints.tau, ...Object.values(targets), force, torque, gainScale],
  }
}
