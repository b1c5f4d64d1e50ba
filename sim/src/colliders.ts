import { quatBetween, vecAdd, vecNorm, vecScale, vecSub } from '@skillweave/math'
import type { Geom, Ground } from '@skillweave/model'
import { collisionGroups, type Placement, SHARED_GROUND_GROUPS } from './placement.ts'
import type { Rapier, World } from './rapier.ts'

type ColliderDesc = InstanceType<Rapier['ColliderDesc']>

/** A geom's shape in its link's frame, without mass or material. */
export function geomCollider(R: Rapier, geom: Geom): ColliderDesc {
  const desc = shape(R, geom).setDensity(0)
  if (geom.type === 'capsule' || geom.type === 'cylinder') {
    const [x, y, z] = vecScale(vecAdd(geom.from, geom.to), 0.5)
    // Rapier's capsules and cylinders lie along y.
    const [qx, qy, qz, qw] = quatBetween([0, 1, 0], vecSub(geom.to, geom.from))
    return desc.setTranslation(x, y, z).setRotation({ x: qx, y: qy, z: qz, w: qw })
  }
  desc.setTranslation(geom.pos[0], geom.pos[1], geom.pos[2])
  if (geom.type === 'box') {
    const [x, y, z, w] = geom.quat
    desc.setRotation({ x, y, z, w })
  }
  return desc
}

function shape(R: Rapier, geom: Geom): ColliderDesc {
  switch (geom.type) {
    case 'sphere':
      return R.ColliderDesc.ball(geom.radius)
    case 'box':
      return R.ColliderDesc.cuboid(geom.halfSize[0], geom.halfSize[1], geom.halfSize[2])
    case 'capsule':
      return R.ColliderDesc.capsule(vecNorm(vecSub(geom.to, geom.from)) / 2, geom.radius)
    case 'cylinder':
      return R.ColliderDesc.cylinder(vecNorm(vecSub(geom.to, geom.from)) / 2, geom.radius)
  }
}

/** One plane for everybody, or a copy of the heightfield for every environment. */
export function createGround(R: Rapier, world: World, ground: Ground, placement: Placement): void {
  const { heightfield } = ground
  if (!heightfield) {
    const desc = R.ColliderDesc.cuboid(200, 200, 0.5)
      .setTranslation(0, 0, -0.5)
      .setFriction(ground.friction)
      .setRestitution(ground.restitution)
      .setCollisionGroups(SHARED_GROUND_GROUPS)
    world.createCollider(desc)
    return
  }
  const { rows, columns, cell } = heightfield
  const heights = rapierHeights(heightfield)
  const scale = { x: (columns - 1) * cell, y: 1, z: (rows - 1) * cell }
  for (let e = 0; e < placement.collisionClass.length; e++) {
    const desc = R.ColliderDesc.heightfield(rows - 1, columns - 1, heights, scale)
      .setTranslation(placement.origin[2 * e], placement.origin[2 * e + 1], 0)
      // Rapier's fields are heights along y over x and z: turn y up.
      .setRotation({ x: Math.SQRT1_2, y: 0, z: 0, w: Math.SQRT1_2 })
      .setFriction(ground.friction)
      .setRestitution(ground.restitution)
      .setCollisionGroups(collisionGroups(placement.collisionClass[e]).ground)
    world.createCollider(desc)
  }
}

/** Column-major, rows along Rapier's z, which points to −y here: the rows come in reverse. */
function rapierHeights(field: NonNullable<Ground['heightfield']>): Float32Array {
  const { heights, rows, columns } = field
  const out = new Float32Array(rows * columns)
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) out[c * rows + (rows - 1 - r)] = heights[r * columns + c]
  }
  return out
}

/** Height of the ground under a point of an environment, m. Bilinear on a heightfield. */
export function groundHeight(ground: Ground, x: number, y: number): number {
  const field = ground.heightfield
  if (!field) return 0
  const { heights, rows, columns, cell } = field
  const c = Math.min(columns - 1.001, Math.max(0, x / cell + (columns - 1) / 2))
  const r = Math.min(rows - 1.001, Math.max(0, y / cell + (rows - 1) / 2))
  const c0 = Math.floor(c)
  const r0 = Math.floor(r)
  const u = c - c0
  const v = r - r0
  const at = r0 * columns + c0
  const near = heights[at] * (1 - u) + heights[at + 1] * u
  const far = heights[at + columns] * (1 - u) + heights[at + columns + 1] * u
  return near * (1 - v) + far * v
}
