import { quatIdentity } from '@skillweave/math'
import type { Geom, SceneObject } from '@skillweave/model'

/** Mini-basketball: rim 2.60 m above the floor. */
export const miniHoopHeight = 2.6
/** Rim centre line radius and rod thickness, m (FIBA: inner diameter 0.450–0.459 m, rod 16–20 mm). */
export const rimRadius = 0.235
const rodRadius = 0.009

/**
 * A hoop without a net: rim of 16 rods and backboard, standing on a pole behind the court. Its origin
 * is on the floor under the rim's centre; the board is on its −x side, so x points to the player.
 */
export function hoopObject(height: number): SceneObject {
  const segments = 16
  const geoms: Geom[] = []
  const corner = (i: number): [number, number, number] => {
    const a = (2 * Math.PI * i) / segments
    return [rimRadius * Math.cos(a), rimRadius * Math.sin(a), height]
  }
  for (let i = 0; i < segments; i++) {
    geoms.push({
      type: 'capsule',
      name: 'rim',
      from: corner(i),
      to: corner(i + 1),
      radius: rodRadius,
      restitution: 0.6,
    })
  }
  // Rim 15 cm in front of the board; board 1.80 × 1.05 m, its lower edge 15 cm under the rim.
  geoms.push({
    type: 'box',
    name: 'board',
    pos: [-rimRadius - 0.15 - 0.015, 0, height + 0.375],
    quat: quatIdentity,
    halfSize: [0.015, 0.9, 0.525],
    restitution: 0.6,
  })
  geoms.push({
    type: 'cylinder',
    name: 'pole',
    from: [-1.2, 0, 0],
    to: [-1.2, 0, height],
    radius: 0.06,
    collides: false,
  })
  geoms.push({
    type: 'capsule',
    name: 'arm',
    from: [-1.2, 0, height],
    to: [-rimRadius - 0.18, 0, height + 0.2],
    radius: 0.04,
    collides: false,
  })
  return {
    name: 'hoop',
    motion: 'kinematic',
    mass: 0,
    geoms,
    friction: 0.5,
    restitution: 0.6,
    linearDamping: 0,
    angularDamping: 0,
    ccd: false,
    look: 'hoop',
  }
}
