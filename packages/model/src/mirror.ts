import { type Quat, quatAngleAt, type Vec3, vecDot, vecNorm, vecSub } from '@skillweave/math'
import type { Mirror } from './robot.ts'
import type { Geom, Joint, RobotModel } from './robot-model.ts'

/** A point or direction reflected in the x–z plane. */
export const mirrorVec = (v: Vec3): Vec3 => [v[0], -v[1], v[2]]

/** An orientation reflected in the x–z plane: M R M, with M = diag(1, −1, 1). */
export const mirrorQuat = (q: Quat): Quat => [-q[0], q[1], -q[2], q[3]]

/**
 * The name on the other side: left ↔ right in any capitals at the start of a word, and a single l or
 * r between underscores. A name without a side is its own twin.
 */
export const twinName = (name: string): string => name.replace(sides, (side) => otherSide[side])

const sides = /(?<![A-Za-z])(?:left|right|LEFT|RIGHT)|Left|Right|(?<=^|_)[lrLR](?=_|$)/g
const otherSide: Record<string, string> = {
  left: 'right',
  right: 'left',
  Left: 'Right',
  Right: 'Left',
  LEFT: 'RIGHT',
  RIGHT: 'LEFT',
  l: 'r',
  r: 'l',
  L: 'R',
  R: 'L',
}

/** The geom on the other side, its name included. */
export function mirrorGeom(geom: Geom): Geom {
  const name = geom.name === undefined ? {} : { name: twinName(geom.name) }
  if (geom.type === 'sphere') return { ...geom, ...name, pos: mirrorVec(geom.pos) }
  if (geom.type === 'box') {
    return { ...geom, ...name, pos: mirrorVec(geom.pos), quat: mirrorQuat(geom.quat) }
  }
  return { ...geom, ...name, from: mirrorVec(geom.from), to: mirrorVec(geom.to) }
}

/**
 * The left/right symmetry of a model whose base frame has x forward, y left, z up, found from names
 * (left ↔ right) and joint geometry. Throws, naming the joint, where the two sides are not mirror
 * images within `tolerance` (m, rad; default 1 mm or mrad).
 */
export function mirrorOf(model: RobotModel, tolerance = 1e-3): Mirror {
  const link = model.links.map((l) => {
    const twin = model.links.findIndex((m) => m.name === twinName(l.name))
    if (twin >= 0) return twin
    throw new Error(`${model.name}: link "${l.name}" has no twin "${twinName(l.name)}"`)
  })
  const dof: number[] = []
  const sign: number[] = []
  model.joints.forEach((joint, k) => {
    const twin = model.joints[link[k + 1] - 1]
    if (!twin || link[model.links[k + 1].parent] !== model.links[link[k + 1]].parent) {
      throw new Error(`${model.name}: the links of "${joint.name}" have no mirror image`)
    }
    const signs = jointSigns(model.name, joint, twin, tolerance)
    for (let c = 0; c < signs.length; c++) {
      dof[joint.dof + c] = twin.dof + c
      sign[joint.dof + c] = signs[c]
    }
  })
  return { dof, sign, link }
}

/** How the twin's coordinates must be signed to give the mirror image of this joint's. */
function jointSigns(model: string, joint: Joint, twin: Joint, tolerance: number): number[] {
  const problem = (what: string) =>
    new Error(`${model}: "${joint.name}" and "${twin.name}" are not mirror images: ${what}`)
  if (joint.type !== twin.type) throw problem(`one is ${joint.type}, the other ${twin.type}`)
  const apart = vecNorm(vecSub(mirrorVec(joint.pos), twin.pos))
  if (apart > tolerance) throw problem(`origins differ by ${apart} m after reflection`)
  const turned = quatAngleAt(mirrorQuat(joint.quat), 0, twin.quat, 0)
  if (turned > Math.max(tolerance, 1e-6)) {
    throw problem(`orientations differ by ${turned} rad after reflection`)
  }
  // A rotation vector is a pseudovector: reflection keeps its y and flips x and z.
  if (joint.type === 'spherical') return [-1, 1, -1]
  const m = mirrorVec(joint.axis)
  const cosine = vecDot(m, twin.axis)
  if (Math.abs(cosine) < Math.cos(Math.max(tolerance, 1e-6))) throw problem('axes differ')
  const sense = joint.type === 'prismatic' ? 1 : -1
  return [cosine > 0 ? sense : -sense]
}
