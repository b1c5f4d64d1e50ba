/** Where each environment sits in the shared world, and which collision class it has. */
export interface Placement {
  /** x, y of each environment's origin in the engine's world, m. [nEnvs, 2] */
  readonly origin: Float64Array
  /** In [0, 5). */
  readonly collisionClass: Uint8Array
}

/** Classes of environments that cannot touch each other; three group bits each, of Rapier's 16. */
const CLASSES = 5

/**
 * A square grid around the world's origin, where 32-bit floats are finest. Classes are laid out so
 * that environments of the same class are at least √5 spacings apart, and five in a row or column.
 */
export function placeEnvironments(nEnvs: number, spacing: number): Placement {
  const columns = Math.ceil(Math.sqrt(nEnvs))
  const rows = Math.ceil(nEnvs / columns)
  const origin = new Float64Array(2 * nEnvs)
  const collisionClass = new Uint8Array(nEnvs)
  for (let e = 0; e < nEnvs; e++) {
    const column = e % columns
    const row = Math.floor(e / columns)
    origin[2 * e] = (column - (columns - 1) / 2) * spacing
    origin[2 * e + 1] = (row - (rows - 1) / 2) * spacing
    collisionClass[e] = (column + 2 * row) % CLASSES
  }
  return { origin, collisionClass }
}

/** Collision groups of one class, as Rapier wants them: members << 16 | whom they may touch. */
export interface CollisionGroups {
  readonly ground: number
  readonly object: number
  /** A link; what it may touch besides the objects of its environment. */
  link(touches: { readonly ground: boolean; readonly self: boolean }): number
}

export function collisionGroups(collisionClass: number): CollisionGroups {
  const robot = 1 << (3 * collisionClass)
  const object = 2 << (3 * collisionClass)
  const ground = 4 << (3 * collisionClass)
  const group = (member: number, touches: number) => ((member << 16) | touches) >>> 0
  return {
    ground: group(ground, robot | object),
    object: group(object, robot | object | ground),
    link: (touches) =>
      group(robot, object | (touches.ground ? ground : 0) | (touches.self ? robot : 0)),
  }
}

/** The flat ground, which all classes share. */
export const SHARED_GROUND_GROUPS = 0x4924_ffff
