import type { Robot } from './robot.ts'
import type { Scene } from './scene.ts'
import type { ResetState, StateView } from './state-view.ts'

/** Numbers that decide what physics does; they travel with every checkpoint. */
export interface PhysicsSettings {
  /** Physics step, s. PD torques are computed at this rate. */
  readonly dt_s: number
  /** Solver substeps and sweeps within each. */
  readonly solverIterations: number
  readonly pgsIterations: number
  /** `feet`: only `robot.feet` touch the ground (training). `all`: every link does. */
  readonly groundContact: 'feet' | 'all'
  /** Links of one robot collide with each other. */
  readonly selfCollision: boolean
  /** Compute `footContact` (costs time). */
  readonly footContact: boolean
}

export interface SimulatorOptions {
  readonly robot: Robot
  readonly scene: Scene
  readonly nEnvs: number
  readonly physics: PhysicsSettings
}

/**
 * The port between learning or control and a physics engine. All environments advance together.
 * Targets and disturbances are written into the arrays; nothing is allocated by `step`.
 */
export interface Simulator {
  readonly nEnvs: number
  readonly robot: Robot
  readonly scene: Scene
  /** What PD really uses, after `robot.gainLimit`. [nDof] */
  readonly gains: {
    readonly kp: Float64Array
    readonly kd: Float64Array
    readonly effort: Float64Array
  }
  /** One view per environment. */
  readonly states: readonly StateView[]
  /** PD targets, per environment. τ = kp (qTarget − q) + kd (dqTarget − dq) + tauFf, then clipped. */
  readonly controls: readonly Controls[]
  /** Forces from outside, applied every physics step until changed. */
  readonly disturbances: readonly Disturbance[]
  /** Advance by `nSteps` physics steps and refresh `states`. */
  step(nSteps: number): void
  /** Put environment e into a state. Takes effect at once; `states[e]` is refreshed. */
  reset(e: number, to: ResetState): void
  /** Place an object. Quaternion, velocities default to upright and still. */
  placeObject(
    e: number,
    object: number,
    pos_w: ArrayLike<number>,
    options?: {
      readonly quat_w?: ArrayLike<number>
      readonly linVel_w?: ArrayLike<number>
      readonly angVel_w?: ArrayLike<number>
    },
  ): void
  /** Change the velocity of every link of a robot (and nothing else) at once: a push on the whole body. */
  addVelocity(e: number, linVel_w: ArrayLike<number>): void
  /** Randomise one environment's physics; absent fields stay. Not undone by `reset`. */
  randomize(e: number, to: Randomization): void
  /**
   * What touches what in environment e after the last physics step, for those who watch; changes nothing.
   * As many as `out` has room for. Absent: this engine does not tell.
   */
  readContacts?(e: number, out: ContactList): void
  /** State of the whole world, bit for bit, for the same build and options. */
  snapshot(): Uint8Array
  restore(snapshot: Uint8Array): void
  /** Hash of the physics state, for determinism tests. */
  hash(): number
  dispose(): void
}

/** Points where two bodies touch. Bodies: 0 is the ground, then objects in scene order, then links. */
export interface ContactList {
  count: number
  /** [room] */
  readonly bodyA: Int32Array
  readonly bodyB: Int32Array
  /** [room, 3] m */
  readonly pos_w: Float64Array
  /** Force on A along the normal, over the last physics step. [room, 3] N */
  readonly force_w: Float64Array
}

/** Room for so many contacts. */
export const createContactList = (room: number): ContactList => ({
  count: 0,
  bodyA: new Int32Array(room),
  bodyB: new Int32Array(room),
  pos_w: new Float64Array(3 * room),
  force_w: new Float64Array(3 * room),
})

export interface Controls {
  /** [nDof] */
  readonly qTarget: Float64Array
  readonly dqTarget: Float64Array
  readonly tauFf: Float64Array
}

export interface Disturbance {
  /** Force at each link's centre of mass and torque on it, world frame. [nLinks, 3] N, N·m */
  readonly force_w: Float64Array
  readonly torque_w: Float64Array
  /** Set true after writing non-zero values, false to switch the disturbance off. */
  enabled: boolean
}

export interface Randomization {
  /** Multiplies the mass and inertia of every link. */
  readonly massScale?: number
  /** Multiplies kp and kd. */
  readonly gainScale?: number
  /** Ground friction seen by this robot's feet. */
  readonly friction?: number
  /** Mass per object, kg, scene order. */
  readonly objectMass?: readonly number[]
  readonly objectRestitution?: readonly number[]
}
