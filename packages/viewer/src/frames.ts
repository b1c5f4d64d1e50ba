import { Group, type Vector3 } from 'three'

/**
 * The one place where Z up meets three's Y up. Everything that comes from the wire hangs below
 * `root` unconverted; camera and controls live outside it, in view coordinates.
 */
export interface Frames {
  /** Parent of everything in world coordinates (Z up). */
  readonly root: Group
  /** World (Z up) to view (Y up), in place: (x, y, z) → (x, z, −y). */
  readonly toView: (v: Vector3) => Vector3
  /** View (Y up) to world (Z up), in place. */
  readonly toWorld: (v: Vector3) => Vector3
}

/** Make the root. */
export function createFrames(): Frames {
  const root = new Group()
  root.rotation.x = -Math.PI / 2
  root.updateMatrixWorld(true)
  return {
    root,
    toView: (v) => v.set(v.x, v.z, -v.y),
    toWorld: (v) => v.set(v.x, -v.z, v.y),
  }
}
