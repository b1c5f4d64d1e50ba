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
  /** How it should look; the physics ignores it. */
  readonly look?: 'ball' | 'hoop' | 'target' | 'box'
}

/** Index of an object. Throws, naming those that exist. */
export function objectIndex(scene: Scene, name: string): number {
  const i = scene.objects.findIndex((o) => o.name === name)
  if (i >= 0) return i
  const known = scene.objects.map((o) => o.name).join(', ') || 'none'
  throw new Error(`the scene has no object "${name}"; it has ${known}`)
}
