import {
  quatBetween,
  quatRotate,
  type Vec3,
  vecAdd,
  vecNorm,
  vecScale,
  vecSub,
} from '@skillweave/math'
import { geomMass, geomVolume } from './geom.ts'
import { combineMass, type Inertia, type MassProperties, massless, moveMass } from './mass.ts'
import { type MjcfCompiler, orientationOf } from './mjcf-settings.ts'
import type { Geom } from './robot-model.ts'
import {
  numberOf,
  numbers,
  onlyChild,
  type Placement,
  vec3Of,
  whereIs,
  type XmlElement,
  xmlError,
} from './xml.ts'

/** A geom and its mass; no shape when it is one a model cannot hold. */
export interface ReadGeom {
  readonly element: XmlElement
  readonly geom?: Geom
  /** kg as the file says, or undefined to use the density. */
  readonly mass: number | undefined
  readonly density: number
}

/** A geom whose defaults are filled in. */
export function readGeom(element: XmlElement, compiler: MjcfCompiler, notices: string[]): ReadGeom {
  const mass = element.attributes.mass === undefined ? undefined : numberOf(element, 'mass')
  const density = numberOf(element, 'density', 1000)
  const type = element.attributes.mesh ? 'mesh' : (element.attributes.type ?? 'sphere')
  const shape = shapeOf(element, type, compiler)
  if (!shape) {
    const what = element.attributes.mesh ? `mesh ${element.attributes.mesh}` : type
    notices.push(`${whereIs(element)}: ${what} left out`)
    return { element, mass, density }
  }
  const friction = numbers(element, 'friction')?.[0]
  const { contype = '1', conaffinity = '1', name } = element.attributes
  const geom: Geom = {
    ...shape,
    ...(name === undefined ? {} : { name }),
    ...(friction === undefined ? {} : { friction }),
    ...(contype === '0' && conaffinity === '0' ? { collides: false } : {}),
  }
  return { element, geom, mass, density }
}

function shapeOf(element: XmlElement, type: string, compiler: MjcfCompiler): Geom | undefined {
  if (!['sphere', 'capsule', 'cylinder', 'box'].includes(type)) {
    if (['mesh', 'ellipsoid', 'plane', 'hfield', 'sdf'].includes(type)) return undefined
    throw xmlError(element, `type="${type}" is not understood`)
  }
  const size = numbers(element, 'size') ?? []
  const ends = numbers(element, 'fromto', 6)
  const needed = type === 'sphere' ? 1 : type === 'box' ? (ends ? 2 : 3) : ends ? 1 : 2
  if (size.length < needed || size.slice(0, needed).some((s) => !(s > 0))) {
    throw xmlError(element, `a ${type} needs ${needed} positive numbers in size`)
  }
  const { pos, quat } = ends ? between(ends) : placementOf(element, compiler)
  if (type === 'sphere') return { type, pos, radius: size[0] }
  const half = ends
    ? vecNorm([ends[3] - ends[0], ends[4] - ends[1], ends[5] - ends[2]]) / 2
    : size[1]
  if (type === 'box') {
    return {
      type,
      pos,
      quat,
      halfSize: ends ? [size[0], size[1], half] : [size[0], size[1], size[2]],
    }
  }
  const along = quatRotate(quat, [0, 0, half])
  const shape = { from: vecSub(pos, along), to: vecAdd(pos, along), radius: size[0] }
  return { type: type === 'capsule' ? 'capsule' : 'cylinder', ...shape }
}

/** The frame of a geom given by its ends: in the middle, z from the first to the second. */
function between(ends: readonly number[]): Placement {
  const from: Vec3 = [ends[0], ends[1], ends[2]]
  const to: Vec3 = [ends[3], ends[4], ends[5]]
  return { pos: vecScale(vecAdd(from, to), 0.5), quat: quatBetween([0, 0, 1], vecSub(to, from)) }
}

/** Mass properties in the body's frame, from <inertial> or from geoms as the compiler says. */
export function bodyMass(
  body: XmlElement,
  geoms: readonly ReadGeom[],
  compiler: MjcfCompiler,
): MassProperties {
  const inertial = onlyChild(body, 'inertial')
  const fromGeoms =
    compiler.inertiafromgeom === 'true' || (compiler.inertiafromgeom === 'auto' && !inertial)
  if (!fromGeoms) return inertial ? readInertial(inertial, compiler) : massless
  return combineMass(
    geoms.map(({ element, geom, mass, density }) => {
      if (mass === 0 || (mass === undefined && density === 0)) return massless
      if (element.attributes.shellinertia === 'true') {
        throw xmlError(element, 'shellinertia is not understood')
      }
      if (!geom) {
        throw xmlError(element, `${whereIs(body)} has no <inertial>, and this shape's is not known`)
      }
      return geomMass(geom, mass ?? density * geomVolume(geom))
    }),
  )
}

function readInertial(inertial: XmlElement, compiler: MjcfCompiler): MassProperties {
  const mass = numberOf(inertial, 'mass')
  const pos = vec3Of(inertial, 'pos', [0, 0, 0])
  const full = numbers(inertial, 'fullinertia', 6)
  const diagonal = numbers(inertial, 'diaginertia', 3)
  if ((full === undefined) === (diagonal === undefined)) {
    throw xmlError(inertial, 'it needs either diaginertia or fullinertia')
  }
  const inertia: Inertia = full
    ? [full[0], full[1], full[2], full[3], full[4], full[5]]
    : [diagonal![0], diagonal![1], diagonal![2], 0, 0, 0]
  return moveMass({ mass, com: [0, 0, 0], inertia }, pos, orientationOf(inertial, compiler))
}

/** An element's pos and orientation. */
export const placementOf = (element: XmlElement, compiler: MjcfCompiler): Placement => ({
  pos: vec3Of(element, 'pos', [0, 0, 0]),
  quat: orientationOf(element, compiler),
})
