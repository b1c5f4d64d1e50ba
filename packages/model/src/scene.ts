import type { Vec3 } from '@skillweave/math'
import type { Geom } from './robot-model.ts'

/** What surrounds the robot. Every environment gets its own copy of the objects. */
export interface Scene {
  readonly ground: Ground
  readonly objects: readonly SceneObject[]
}

export interface Ground {
  readonly friction: number
  readonly restitution: number
  /** Heights on a square grid centred on the origin; absent: a flat plane at z = 0. */
  readonly heightfield?: {
    /** Row-major [rows, columns], m; rows along y, columns along x. */
    readonly heights: Float32Array
    readonly rows: number
    readonly columns: number
    /** Grid spacing, m. */
    readonly cell: number
  }
}

/** A ball, a box, a hoop. Pose is set at reset; `kinematic` objects move only when placed. */
export interface SceneObject {
  readonly name: string
  readonly motion: 'dynamic' | 'kinematic'
  /** kg; dynamic objects only. */
  readonly mass: number
  readonly geoms: readonly Geom[]
  readonly friction: number
  readonly restitution: number
  /** 1/s */
  readonly linearDamping: number
  readonly angularDamping: number
  /** Continuous collision detection, for small fast things. */
  readonly ccd: boolean
  /** Hangs on another object, as a door does. Dynamic objects only. */
  readonly hinge?: Hinge
  /** How it should look; the physics ignores it. */
  readonly look?: 'ball' | 'hoop' | 'target' | 'box'
}

/** A hinge between an object and one that stands before it in the scene; at angle 0 their frames are parallel. */
export interface Hinge {
  /** The other object. */
  readonly on: string
  /** The hinge in the other's frame and in the object's own, m. */
  readonly anchorOn: Vec3
  readonly anchor: Vec3
  /** Unit axis; the object turns about it by the angle. */
  readonly axis: Vec3
  /** Limits of the angle, rad. */
  readonly lower: number
  readonly upper: number
  /** N·m·s/rad */
  readonly damping: number
}

/** Index of an object. Throws, naming those that exist. */
export function objectIndex(scene: Scene, name: string): number {
  const i = scene.objects.findIndex((o) => o.name === name)
  if (i >= 0) return i
  const known = scene.objects.map((o) => o.name).join(', ') || 'none'
  throw new Error(`the scene has no object "${name}"; it has ${known}`)
}
