/**
 * What a term may read of one environment. Views on the simulator's own arrays: contents are valid
 * until the next step. Frame `_w` is the environment's world: z up, origin at its own spot.
 */
export interface StateView {
  /** Which environment this is, in [0, nEnvs). */
  readonly index: number
  /** Joint coordinates and rates, model order; see `Joint`. [nDof] */
  readonly q: Float64Array
  readonly dq: Float64Array
  /** Torques as last applied, N·m. [nDof] */
  readonly tau: Float64Array
  /** Link frames. The base is link 0. [nLinks, 3] m, [nLinks, 4] */
  readonly linkPos_w: Float64Array
  readonly linkQuat_w: Float64Array
  /** Velocity of the link frame's origin, m/s, and angular velocity, rad/s. [nLinks, 3] */
  readonly linkLinVel_w: Float64Array
  readonly linkAngVel_w: Float64Array
  /** Objects of the scene, in its order. [nObjects, 3], [nObjects, 4] */
  readonly objectPos_w: Float64Array
  readonly objectQuat_w: Float64Array
  readonly objectLinVel_w: Float64Array
  readonly objectAngVel_w: Float64Array
  /** 1 where the foot (order of `robot.feet`) touches the ground, else 0. [nFeet] */
  readonly footContact: Float64Array
}

/** Where to put a robot and its objects. Absent objects stay where they are. */
export interface ResetState {
  readonly basePos_w: ArrayLike<number>
  readonly baseQuat_w: ArrayLike<number>
  /** Velocity of the base frame's origin, m/s. Default 0. */
  readonly baseLinVel_w?: ArrayLike<number>
  /** rad/s, world frame. Default 0. */
  readonly baseAngVel_w?: ArrayLike<number>
  readonly q: ArrayLike<number>
  /** Default 0. */
  readonly dq?: ArrayLike<number>
}
