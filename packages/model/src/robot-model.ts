import type { Quat, Vec3 } from '@skillweave/math'

/**
 * What a robot is. Links form a tree in depth-first order: `links[0]` is the base, and joint k moves
 * link k + 1, so `joints.length === links.length - 1` and every parent comes before its children.
 * Fixed joints are lumped away by the readers.
 */
export interface RobotModel {
  readonly name: string
  /** `floating`: the base is a free body. `fixed`: the base is bolted to the world. */
  readonly base: 'floating' | 'fixed'
  readonly links: readonly Link[]
  readonly joints: readonly Joint[]
  /** One name per actuated coordinate, model order: the joint's name, or name_x, name_y, name_z. */
  readonly dofNames: readonly string[]
}

export interface Link {
  readonly name: string
  /** Index of the parent link, −1 for the base. */
  readonly parent: number
  /** kg */
  readonly mass: number
  /** Centre of mass, link frame, m. */
  readonly com: Vec3
  /** Ixx, Iyy, Izz, Ixy, Ixz, Iyz about the centre of mass, link axes, kg·m². */
  readonly inertia: readonly [number, number, number, number, number, number]
  readonly geoms: readonly Geom[]
}

/**
 * A joint between `links[k].parent` and `links[k]`. At q = 0 the child frame sits at `pos`, `quat` in
 * the parent frame.
 *
 * Coordinates: revolute, one angle (rad) about `axis`; prismatic, one distance (m) along `axis`;
 * spherical, a rotation vector (rad): the child's orientation is `quat · exp(q)`. Rates: revolute
 * rad/s, prismatic m/s, spherical the relative angular velocity in the child frame (rad/s).
 */
export interface Joint {
  readonly name: string
  readonly type: 'revolute' | 'prismatic' | 'spherical'
  /** Index of the first coordinate in q. */
  readonly dof: number
  /** Child origin in the parent frame at q = 0, m. */
  readonly pos: Vec3
  /** Child orientation in the parent frame at q = 0. */
  readonly quat: Quat
  /** Unit axis in the child frame; unused by spherical joints. */
  readonly axis: Vec3
  /** Limits per coordinate, rad or m; ±Infinity when there are none. */
  readonly lower: readonly number[]
  readonly upper: readonly number[]
  /** Greatest |torque| or |force| per coordinate, N·m or N. */
  readonly effort: readonly number[]
  /** Greatest rate per coordinate, rad/s or m/s. */
  readonly velocity: readonly number[]
  /** Rotor inertia seen at the joint, kg·m² (or kg). */
  readonly armature: number
  /** Viscous damping, N·m·s/rad. */
  readonly damping: number
  /** Dry friction, N·m. */
  readonly frictionLoss: number
}

interface GeomBase {
  /** A name where something else refers to this geom, such as a palm. */
  readonly name?: string
  /** Coulomb friction coefficient; the world's default when absent. */
  readonly friction?: number
  readonly restitution?: number
  /** False: drawn, never collides. Default true. */
  readonly collides?: boolean
}

/** Collision and display shapes, link frame, m. */
export type Geom =
  | (GeomBase & { readonly type: 'sphere'; readonly pos: Vec3; readonly radius: number })
  | (GeomBase & {
      readonly type: 'capsule'
      readonly from: Vec3
      readonly to: Vec3
      readonly radius: number
    })
  | (GeomBase & {
      readonly type: 'cylinder'
      readonly from: Vec3
      readonly to: Vec3
      readonly radius: number
    })
  | (GeomBase & {
      readonly type: 'box'
      readonly pos: Vec3
      readonly quat: Quat
      readonly halfSize: Vec3
    })

export const dofCount = (model: RobotModel): number => model.dofNames.length

/** Coordinates of a joint: 3 for spherical, else 1. */
export const jointDofs = (joint: Joint): number => (joint.type === 'spherical' ? 3 : 1)

/** Index of a link. Throws, naming the links that exist. */
export function linkIndex(model: RobotModel, name: string): number {
  const i = model.links.findIndex((l) => l.name === name)
  if (i >= 0) return i
  throw new Error(
    `${model.name} has no link "${name}"; it has ${model.links.map((l) => l.name).join(', ')}`,
  )
}

/** Indices of coordinates by name; all of them when `names` is absent. Throws, naming those that exist. */
export function dofIndices(model: RobotModel, names?: readonly string[]): Int32Array {
  if (!names) return Int32Array.from(model.dofNames, (_, i) => i)
  return Int32Array.from(names, (name) => {
    const i = model.dofNames.indexOf(name)
    if (i >= 0) return i
    throw new Error(`${model.name} has no joint "${name}"; it has ${model.dofNames.join(', ')}`)
  })
}
