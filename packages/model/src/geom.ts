import {
  type Quat,
  quatIdentity,
  quatMul,
  quatRotate,
  type ReadonlyFloats,
  type Vec3,
  vecAdd,
  vecNorm,
  vecSub,
} from '@skillweave/math'
import type { Inertia, MassProperties } from './mass.ts'
import { rotateInertia } from './mass.ts'
import type { Geom } from './robot-model.ts'

/** What every kind of geom may carry. */
export type GeomExtras = Pick<Geom, 'name' | 'friction' | 'restitution' | 'collides'>

/** A sphere, link frame, m. */
export const sphere = (pos: Vec3, radius: number, extras: GeomExtras = {}): Geom => ({
  type: 'sphere',
  pos,
  radius,
  ...extras,
})

/** A capsule whose end spheres are centred on `from` and `to`, link frame, m. */
export const capsule = (from: Vec3, to: Vec3, radius: number, extras: GeomExtras = {}): Geom => ({
  type: 'capsule',
  from,
  to,
  radius,
  ...extras,
})

/** A cylinder whose end discs are centred on `from` and `to`, link frame, m. */
export const cylinder = (from: Vec3, to: Vec3, radius: number, extras: GeomExtras = {}): Geom => ({
  type: 'cylinder',
  from,
  to,
  radius,
  ...extras,
})

/** A box along the link's axes, m. */
export const box = (pos: Vec3, halfSize: Vec3, extras: GeomExtras = {}): Geom => ({
  type: 'box',
  pos,
  quat: quatIdentity,
  halfSize,
  ...extras,
})

/** The geom as seen from the frame in which its own frame sits at `pos`, `quat`. */
export function moveGeom(geom: Geom, pos: Vec3, quat: Quat): Geom {
  const at = (p: Vec3): Vec3 => vecAdd(pos, quatRotate(quat, p))
  if (geom.type === 'sphere') return { ...geom, pos: at(geom.pos) }
  if (geom.type === 'box') return { ...geom, pos: at(geom.pos), quat: quatMul(quat, geom.quat) }
  return { ...geom, from: at(geom.from), to: at(geom.to) }
}

/** m³ */
export function geomVolume(geom: Geom): number {
  if (geom.type === 'box') return 8 * geom.halfSize[0] * geom.halfSize[1] * geom.halfSize[2]
  const r = geom.radius
  const ball = (4 / 3) * Math.PI * r ** 3
  if (geom.type === 'sphere') return ball
  const tube = Math.PI * r * r * vecNorm(vecSub(geom.to, geom.from))
  return geom.type === 'cylinder' ? tube : tube + ball
}

/** Mass properties of a solid geom of uniform density and the given mass (kg), in its link's frame. */
export function geomMass(geom: Geom, mass: number): MassProperties {
  if (geom.type === 'sphere') {
    const i = 0.4 * mass * geom.radius ** 2
    return { mass, com: geom.pos, inertia: [i, i, i, 0, 0, 0] }
  }
  if (geom.type === 'box') {
    const [x, y, z] = geom.halfSize
    const k = mass / 3
    const own: Inertia = [k * (y * y + z * z), k * (x * x + z * z), k * (x * x + y * y), 0, 0, 0]
    return { mass, com: geom.pos, inertia: rotateInertia(own, geom.quat) }
  }
  const along = vecSub(geom.to, geom.from)
  const length = vecNorm(along)
  const [axial, across] = barInertia(mass, geom.radius, length, geom.type === 'capsule')
  const com: Vec3 = [
    (geom.from[0] + geom.to[0]) / 2,
    (geom.from[1] + geom.to[1]) / 2,
    (geom.from[2] + geom.to[2]) / 2,
  ]
  return { mass, com, inertia: axisymmetric(axial, across, along, length) }
}

/** Moments about and across the axis of a cylinder, with hemispheres at its ends when `rounded`. */
function barInertia(mass: number, r: number, length: number, rounded: boolean): [number, number] {
  const tubeVolume = Math.PI * r * r * length
  const ballVolume = rounded ? (4 / 3) * Math.PI * r ** 3 : 0
  const tube = (mass * tubeVolume) / (tubeVolume + ballVolume)
  const ball = mass - tube
  const half = length / 2
  return [
    tube * 0.5 * r * r + ball * 0.4 * r * r,
    tube * (0.25 * r * r + (half * half) / 3) +
      ball * (0.4 * r * r + half * half + 0.75 * half * r),
  ]
}

/** across·1 + (axial − across)·u uᵀ, with u along the axis. */
function axisymmetric(
  axial: number,
  across: number,
  along: ReadonlyFloats,
  length: number,
): Inertia {
  if (length === 0) return [across, across, across, 0, 0, 0]
  const [x, y, z] = [along[0] / length, along[1] / length, along[2] / length]
  const d = axial - across
  return [
    across + d * x * x,
    across + d * y * y,
    across + d * z * z,
    d * x * y,
    d * x * z,
    d * y * z,
  ]
}
