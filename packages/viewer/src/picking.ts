import type { GeomDescription } from '@skillweave/protocol'
import { Vector3 } from 'three'
import type { RobotView } from './robot.ts'

/** A ray in world coordinates; `direction` is a unit vector. */
export interface WorldRay {
  readonly origin: Vector3
  readonly direction: Vector3
}

/** What a ray met first. */
export interface Hit {
  readonly robot: RobotView
  readonly copy: number
  readonly link: number
  /** m along the ray. */
  readonly distance: number
  /** In the link frame. */
  readonly point_b: Vector3
}

const o = new Vector3()
const d = new Vector3()

/** The nearest link along a ray, by collision shapes grown by `margin` m; no GPU read-back. */
export function pickLink(robots: readonly RobotView[], ray: WorldRay, margin: number): Hit | null {
  let best: Hit | null = null
  for (const robot of robots) {
    for (let copy = 0; copy < robot.copies; copy++) {
      for (let link = 0; link < robot.description.links.length; link++) {
        const { geoms } = robot.description.links[link]
        if (geoms.length === 0) continue
        toLinkFrame(ray, robot.matrices(link), copy * 16)
        for (const g of geoms) {
          const t = rayGeom(g, margin)
          if (t < 0 || (best && t >= best.distance)) continue
          best = { robot, copy, link, distance: t, point_b: o.clone().addScaledVector(d, t) }
        }
      }
    }
  }
  return best
}

/** Where the point of a hit is now, world. */
export function pointOf({ robot, link, copy, point_b: p }: Hit, out: Vector3): Vector3 {
  const m = robot.matrices(link)
  const at = copy * 16
  return out.set(
    m[at] * p.x + m[at + 4] * p.y + m[at + 8] * p.z + m[at + 12],
    m[at + 1] * p.x + m[at + 5] * p.y + m[at + 9] * p.z + m[at + 13],
    m[at + 2] * p.x + m[at + 6] * p.y + m[at + 10] * p.z + m[at + 14],
  )
}

/** Inverse of a rigid matrix applied to the ray: Rᵀ(p − t). */
function toLinkFrame(ray: WorldRay, m: Float32Array, at: number): void {
  const x = ray.origin.x - m[at + 12]
  const y = ray.origin.y - m[at + 13]
  const z = ray.origin.z - m[at + 14]
  const { direction: r } = ray
  o.set(
    m[at] * x + m[at + 1] * y + m[at + 2] * z,
    m[at + 4] * x + m[at + 5] * y + m[at + 6] * z,
    m[at + 8] * x + m[at + 9] * y + m[at + 10] * z,
  )
  d.set(
    m[at] * r.x + m[at + 1] * r.y + m[at + 2] * r.z,
    m[at + 4] * r.x + m[at + 5] * r.y + m[at + 6] * r.z,
    m[at + 8] * r.x + m[at + 9] * r.y + m[at + 10] * r.z,
  )
}

function rayGeom(g: GeomDescription, margin: number): number {
  switch (g.type) {
    case 'sphere':
      return rayCapsule(g.pos, g.pos, g.radius + margin)
    case 'box': {
      const bound = Math.hypot(...g.halfSize)
      if (rayCapsule(g.pos, g.pos, bound + margin) < 0) return -1
      return rayBox(g, margin)
    }
    default:
      return rayCapsule(g.from, g.to, g.radius + margin)
  }
}

type Point = readonly [number, number, number]

const ab = new Vector3()
const ao = new Vector3()

/** Distance along the ray (o, d) to a capsule, −1 if it misses. Also for spheres (a = b). */
export function rayCapsule(a: Point, b: Point, r: number): number {
  ab.set(b[0] - a[0], b[1] - a[1], b[2] - a[2])
  ao.set(o.x - a[0], o.y - a[1], o.z - a[2])
  const baba = ab.dot(ab)
  const bard = ab.dot(d)
  const baoa = ab.dot(ao)
  const rdoa = d.dot(ao)
  const oaoa = ao.dot(ao)
  if (baba > 1e-12) {
    const k2 = baba - bard * bard
    const k1 = baba * rdoa - baoa * bard
    const k0 = baba * oaoa - baoa * baoa - r * r * baba
    const h = k1 * k1 - k2 * k0
    if (h < 0) return -1
    if (k2 > 1e-12) {
      const t = (-k1 - Math.sqrt(h)) / k2
      const y = baoa + t * bard
      if (y > 0 && y < baba) return t > 0 ? t : -1
      if (y > 0) {
        ao.set(o.x - b[0], o.y - b[1], o.z - b[2])
      }
    } else if (bard < 0) {
      ao.set(o.x - b[0], o.y - b[1], o.z - b[2])
    }
  }
  const half = d.dot(ao)
  const h = half * half - (ao.dot(ao) - r * r)
  if (h < 0) return -1
  const t = -half - Math.sqrt(h)
  return t > 0 ? t : -1
}

/** Set the ray that `rayCapsule` uses; for tests and for objects. */
export function setRay(origin: Vector3, direction: Vector3): void {
  o.copy(origin)
  d.copy(direction)
}

const bo = new Vector3()
const bd = new Vector3()
const axis = new Vector3()

function rayBox(g: Extract<GeomDescription, { type: 'box' }>, margin: number): number {
  const [qx, qy, qz, qw] = g.quat
  const unrotate = (v: Vector3): Vector3 => {
    // conj(q) v q
    axis.set(-qx, -qy, -qz)
    const t = axis.clone().cross(v).multiplyScalar(2)
    return v.addScaledVector(t, qw).add(axis.cross(t))
  }
  unrotate(bo.set(o.x - g.pos[0], o.y - g.pos[1], o.z - g.pos[2]))
  unrotate(bd.copy(d))
  let near = 0
  let far = Infinity
  for (let i = 0; i < 3; i++) {
    const h = g.halfSize[i] + margin
    const p = bo.getComponent(i)
    const v = bd.getComponent(i)
    if (Math.abs(v) < 1e-12) {
      if (Math.abs(p) > h) return -1
      continue
    }
    const t1 = (-h - p) / v
    const t2 = (h - p) / v
    near = Math.max(near, Math.min(t1, t2))
    far = Math.min(far, Math.max(t1, t2))
  }
  return near <= far && near > 0 ? near : -1
}
