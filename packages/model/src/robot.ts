import type { Quat, Vec3 } from '@skillweave/math'
import { linkIndex, type RobotModel } from './robot-model.ts'

/** What tasks and skills may call a body part, so that none of them names a robot's link. */
export type Role =
  | 'base'
  | 'torso'
  | 'head'
  | 'leftHand'
  | 'rightHand'
  | 'leftFoot'
  | 'rightFoot'
  | 'leftKnee'
  | 'rightKnee'
  | 'leftElbow'
  | 'rightElbow'
  | 'leftShoulder'
  | 'rightShoulder'

/** A robot: its model and what control and learning need to know about it. Data only. */
export interface Robot {
  readonly name: string
  readonly model: RobotModel
  /** Role → link name. A role a robot lacks is absent. */
  readonly roles: Readonly<Partial<Record<Role, string>>>
  /** The direction the robot faces in its base frame: +x for most. */
  readonly forward: Vec3
  /** The pose that actions are offsets from. [nDof] rad or m */
  readonly qDefault: readonly number[]
  /** Other poses by name, such as `standing`, with the base height that puts the soles on the ground. */
  readonly poses?: Readonly<
    Record<string, { readonly baseHeight: number; readonly q: readonly number[] }>
  >
  /** Height of the base origin above the ground in the default pose, m. */
  readonly standingHeight: number
  /** Orientation of the base in the default pose (identity unless the base frame is not upright). */
  readonly standingQuat: Quat
  /** PD gains per coordinate: N·m/rad, N·m·s/rad. */
  readonly kp: readonly number[]
  readonly kd: readonly number[]
  /** Torque limits per coordinate, N·m; usually the model's. */
  readonly effort: readonly number[]
  /**
   * Isotropic inertia added to every link but the base, kg·m². Part of the model: it makes explicit
   * PD on light links stable and stands for rotor inertia.
   */
  readonly addedInertia: number
  /**
   * Lower the gains to what explicit integration can hold, from the inertia each coordinate sees:
   * kp ≤ stiffness·I/dt², kd ≤ damping·I/dt. Absent: gains are used as they are. With `damping: 'solver'`
   * kd stays whole and the physics' solver damps the joints implicitly: for light limbs whose inertia
   * allows almost no explicit damping, which then is missing when they carry the body.
   */
  readonly gainLimit?: { readonly stiffness: number; readonly damping: number | 'solver' }
  /** Left/right symmetry across the base's x–z plane (y → −y in the facing frame); absent: none. */
  readonly mirror?: Mirror
  /** Points on links that matter: palm centres, sole centres. Link frame, m. */
  readonly sites: Readonly<Record<string, { readonly link: string; readonly pos: Vec3 }>>
  /** Which links touch the ground in normal operation; the rest may be switched off when training. */
  readonly feet: readonly string[]
}

/** Mirrored coordinate i is `sign[i] · q[dof[i]]`; mirrored link i is `link[i]`. */
export interface Mirror {
  readonly dof: readonly number[]
  readonly sign: readonly number[]
  readonly link: readonly number[]
}

/** Link index of a role. Throws, naming the roles the robot has. */
export function roleIndex(robot: Robot, role: Role): number {
  const name = robot.roles[role]
  if (name === undefined) {
    throw new Error(
      `${robot.name} has no ${role}; its roles are ${Object.keys(robot.roles).join(', ')}`,
    )
  }
  return linkIndex(robot.model, name)
}
