import { quatFromRpy, quatIdentity, type Vec3, vecNormalize } from '@skillweave/math'
import type { Inertia } from './mass.ts'
import { massProblem } from './mass.ts'
import { mirrorGeom, mirrorOf, mirrorVec, twinName } from './mirror.ts'
import type { Robot } from './robot.ts'
import type { Geom, Joint, Link, RobotModel } from './robot-model.ts'

/** A link of a robot table. Units and frames are those of `Link`. */
export interface LinkRow {
  readonly link: string
  readonly mass: number
  readonly com: Vec3
  /** Ixx, Iyy, Izz, Ixy, Ixz, Iyz about the centre of mass, link axes. */
  readonly inertia: Inertia
  readonly geoms: readonly Geom[]
}

/** A link and the joint that moves it. Units and frames are those of `Joint`. */
export interface JointRow extends LinkRow {
  readonly joint: string
  readonly parent: string
  /** Default revolute. */
  readonly type?: 'revolute' | 'prismatic'
  readonly pos: Vec3
  /** Roll, pitch, yaw as in URDF, rad. Default 0. */
  readonly rpy?: Vec3
  readonly axis: Vec3
  readonly range: readonly [lower: number, upper: number]
  readonly effort: number
  readonly velocity: number
  readonly kp: number
  readonly kd: number
  /** Value in the default pose. Default 0. */
  readonly home?: number
}

/** A robot written as a table of links, depth-first. */
export interface RobotTable
  extends Pick<
    Robot,
    'name' | 'roles' | 'sites' | 'feet' | 'standingHeight' | 'addedInertia' | 'gainLimit'
  > {
  readonly base: RobotModel['base']
  readonly root: LinkRow
  readonly rows: readonly JointRow[]
  /** Torque limits as a fraction of the model's. Default 1. */
  readonly effortScale?: number
  /** Left and right are mirror images in the base's x–z plane. */
  readonly symmetric: boolean
}

/** Build a robot from its table. Throws, naming the row, on anything that cannot be. */
export function defineRobot(table: RobotTable): Robot {
  const { rows, root } = table
  const links: Link[] = [linkOf(table.name, root, -1)]
  const joints: Joint[] = rows.map((row, dof) => {
    const parent = links.findIndex((l) => l.name === row.parent)
    if (parent < 0) {
      throw new Error(`${table.name}: "${row.link}" comes before its parent "${row.parent}"`)
    }
    links.push(linkOf(table.name, row, parent))
    return jointOf(row, dof)
  })
  const dofNames = rows.map((row) => row.joint)
  const model: RobotModel = { name: table.name, base: table.base, links, joints, dofNames }
  return {
    name: table.name,
    model,
    roles: table.roles,
    forward: [1, 0, 0],
    qDefault: rows.map((row) => row.home ?? 0),
    standingHeight: table.standingHeight,
    standingQuat: quatIdentity,
    kp: rows.map((row) => row.kp),
    kd: rows.map((row) => row.kd),
    effort: rows.map((row) => row.effort * (table.effortScale ?? 1)),
    addedInertia: table.addedInertia,
    ...(table.gainLimit ? { gainLimit: table.gainLimit } : {}),
    ...(table.symmetric ? { mirror: mirrorOf(model) } : {}),
    sites: table.sites,
    feet: table.feet,
  }
}

/**
 * The left rows followed by their mirror images. Joint axes keep their direction, as robot files
 * usually have it, so a mirrored roll or yaw has its range reversed.
 */
export const bothSides = (left: readonly JointRow[]): JointRow[] => [
  ...left,
  ...left.map(mirrorRow),
]

function mirrorRow(row: JointRow): JointRow {
  // An axis across the plane is unchanged as a rotation; one inside it turns the other way.
  const reversed = Math.abs(row.axis[1]) < 0.5 !== (row.type === 'prismatic')
  const mirrored = mirrorVec(row.axis)
  const flip = row.type === 'prismatic' ? reversed : !reversed
  const [xx, yy, zz, xy, xz, yz] = row.inertia
  return {
    ...row,
    link: twinName(row.link),
    joint: twinName(row.joint),
    parent: twinName(row.parent),
    pos: mirrorVec(row.pos),
    ...(row.rpy ? { rpy: [-row.rpy[0], row.rpy[1], -row.rpy[2]] as Vec3 } : {}),
    axis: flip ? [-mirrored[0], -mirrored[1], -mirrored[2]] : mirrored,
    range: reversed ? [-row.range[1], -row.range[0]] : row.range,
    com: mirrorVec(row.com),
    inertia: [xx, yy, zz, -xy, xz, -yz],
    geoms: row.geoms.map(mirrorGeom),
    ...(row.home === undefined ? {} : { home: reversed ? -row.home : row.home }),
  }
}

function linkOf(robot: string, row: LinkRow, parent: number): Link {
  const problem = massProblem(row)
  if (problem) throw new Error(`${robot}: link "${row.link}": ${problem}`)
  const { link: name, mass, com, inertia, geoms } = row
  return { name, parent, mass, com, inertia, geoms }
}

function jointOf(row: JointRow, dof: number): Joint {
  return {
    name: row.joint,
    type: row.type ?? 'revolute',
    dof,
    pos: row.pos,
    quat: row.rpy ? quatFromRpy(...row.rpy) : quatIdentity,
    axis: vecNormalize(row.axis),
    lower: [row.range[0]],
    upper: [row.range[1]],
    effort: [row.effort],
    velocity: [row.velocity],
    armature: 0,
    damping: 0,
    frictionLoss: 0,
  }
}
