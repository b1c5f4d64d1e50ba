import type { Robot, RobotModel } from '@skillweave/model'

/** A robot's own shape, for telling where its parts would touch. */
export interface RobotBody {
  /** Joints of one coordinate each, in the profile's order. */
  readonly model: RobotModel
  /** Least distance between parts that do not belong together, m. */
  readonly margin: number
}

/**
 * What a robot permits. It lives with the robot: no message can widen it. Lists are [nJoints], in the
 * order of `joints`; rad, rad/s, N·m, N·m/rad, N·m·s/rad.
 */
export interface RobotProfile {
  readonly robot: string
  /** A machine that can hurt somebody: motion needs a person who holds the enable. */
  readonly real: boolean
  readonly joints: readonly string[]
  readonly lower: readonly number[]
  readonly upper: readonly number[]
  readonly velocity: readonly number[]
  readonly effort: readonly number[]
  readonly kpMax: readonly number[]
  readonly kdMax: readonly number[]
  /** Where `robot.pose` goes, with these gains. */
  readonly startPose: readonly number[]
  readonly poseKp: readonly number[]
  readonly poseKd: readonly number[]
  /** Gain on the rates while damping. */
  readonly dampKd: readonly number[]
  /** Time between two ticks. */
  readonly tickDt_s: number
  /** Holding turns into damping this long after the last fresh stamp. */
  readonly dampAfter_ms: number
  /** How far a first target may be from where the joint is, rad. */
  readonly startErrorMax: number
  /** Greatest angle between the base's up axis and the vertical, rad; null: cannot fall. */
  readonly tiltMax: number | null
  /** A stamp that stands still this long is a broken sensor. Default 10, for sensors that are read at every tick. */
  readonly frozenAfter_ms?: number
  /** Shapes that must not touch each other; absent: not looked at. */
  readonly body?: RobotBody
  /** Pre-flight asks for stops, silence, link and dry run to have been tried: `Drills`. Default: it does not. */
  readonly drills?: boolean
  /** Most commands a second, on average. */
  readonly commandRateMax_hz: number
}

/** The usual figures for one of our robots. `gains`: what its motors can hold, as a simulator reports it. */
export function profileOf(
  robot: Robot,
  options: {
    readonly gains: { readonly kp: ArrayLike<number>; readonly kd: ArrayLike<number> }
    readonly startPose: readonly number[]
    readonly tickDt_s: number
    readonly real?: boolean
    /** Keep parts this far from each other, m; absent or 0: self-collision is not looked at. */
    readonly selfCollisionMargin?: number
  },
): RobotProfile {
  const { model } = robot
  const spherical = model.joints.find((j) => j.type === 'spherical')
  if (spherical) {
    throw new Error(
      `${robot.name}: joint ${spherical.name} is spherical; a robot end drives others`,
    )
  }
  const [kp, kd] = [Array.from(options.gains.kp), Array.from(options.gains.kd)]
  return {
    robot: robot.name,
    real: options.real ?? false,
    joints: model.dofNames,
    lower: model.joints.map((j) => j.lower[0]),
    upper: model.joints.map((j) => j.upper[0]),
    velocity: model.joints.map((j) => j.velocity[0]),
    effort: robot.effort,
    kpMax: kp,
    kdMax: kd,
    startPose: options.startPose,
    poseKp: kp,
    poseKd: kd,
    dampKd: kd,
    tickDt_s: options.tickDt_s,
    dampAfter_ms: 240,
    // The ankles of one that stands lean against its weight: their targets are well ahead of them.
    startErrorMax: model.base === 'floating' ? 0.6 : 0.3,
    tiltMax: model.base === 'floating' ? 1 : null,
    commandRateMax_hz: 250,
    ...(options.selfCollisionMargin
      ? { body: { model, margin: options.selfCollisionMargin } }
      : {}),
  }
}
