import { Vector3 } from 'three'
import type { ObjectView, TargetView } from './objects.ts'
import { rayCapsule, setRay, type WorldRay } from './picking.ts'

/** Something put somewhere by hand. */
export interface PlaceRequest {
  readonly kind: 'object' | 'target'
  readonly name: string
  readonly pos_w: readonly [number, number, number]
}

/** What can be moved over the floor, and how it is held. */
export interface Placeable {
  readonly place: PlaceRequest
  /** Height of the plane it is moved in, m. */
  readonly z: number
  /** Where it stands in that plane. */
  readonly grip: Vector3
  /** Along the ray, m. */
  readonly distance: number
}

/**
 * The ball, hoop or target under the pointer: nearest column or sphere. A hoop is held anywhere from the floor up, but
 * what is seen of it is near its rim (`part`).
 */
export function pickPlaceable(
  ray: WorldRay,
  objects: readonly ObjectView[],
  targets: readonly TargetView[],
  part: 'column' | 'seen' = 'column',
): Placeable | null {
  let best: Placeable | null = null
  const consider = (distance: number, place: PlaceRequest, z: number): void => {
    if (distance < 0 || (best && best.distance <= distance)) return
    best = { place, z, grip: new Vector3(place.pos_w[0], place.pos_w[1], 0), distance }
  }
  setRay(ray.origin, ray.direction)
  for (const o of objects) {
    const { x, y, z } = o.node.position
    const isHoop = o.rimHeight > 0
    const r = isHoop ? 0.35 : Math.max(0.14, Math.min(o.radius, 0.6))
    const foot = part === 'seen' && isHoop ? z + o.rimHeight - 0.2 : z
    const t = rayCapsule([x, y, foot], [x, y, z + Math.max(o.rimHeight, 0)], r)
    const place = { kind: 'object', name: o.description.name, pos_w: [x, y, z] } as const
    consider(t, place, isHoop ? z : Math.max(z, 0))
  }
  for (const target of targets) {
    const { x, y, z } = target.node.position
    const t = rayCapsule([x, y, z], [x, y, z + 0.4], 0.3)
    consider(t, { kind: 'target', name: target.name, pos_w: [x, y, z] }, z)
  }
  return best
}

/** A target that floats in the air is dragged as it is, facing the camera. */
export function pickFloating(ray: WorldRay, objects: readonly ObjectView[]): PlaceRequest | null {
  setRay(ray.origin, ray.direction)
  for (const o of objects) {
    if (o.description.look !== 'target') continue
    const { x, y, z } = o.node.position
    const r = Math.max(0.06, o.radius * 1.5)
    if (rayCapsule([x, y, z], [x, y, z], r) < 0) continue
    return { kind: 'object', name: o.description.name, pos_w: [x, y, z] }
  }
  return null
}
