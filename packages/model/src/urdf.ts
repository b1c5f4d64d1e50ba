import { quatFromRpy, quatIdentity, quatRotate, type Vec3, vecAdd, vecNorm } from '@skillweave/math'
import { buildModel, type FileBody, type FileJoint, type RobotFile } from './link-tree.ts'
import { type MassProperties, massless, moveMass } from './mass.ts'
import type { Geom, RobotModel } from './robot-model.ts'
import {
  attribute,
  expectOnly,
  numberOf,
  onlyChild,
  type Placement,
  readXml,
  vec3Of,
  whereIs,
  type XmlElement,
  xmlError,
} from './xml.ts'

export interface UrdfOptions {
  /**
   * How the base is held. Default: what the file says (a floating joint below the root; a root named
   * `world`, fixed), else floating.
   */
  readonly base?: RobotModel['base']
  /** Joints to weld at 0, as if they were of type fixed. */
  readonly lock?: readonly string[]
  /**
   * What to do with joints that copy another (`<mimic>`), which a model cannot express: `refuse`
   * (default), or `free`, each its own coordinate, with a notice. Locked ones are welded either way.
   */
  readonly mimic?: 'refuse' | 'free'
}

/**
 * Read a URDF robot. Fixed links are merged into their parents; `frames` remembers where they were.
 * Joints come depth-first, siblings in file order. Meshes are left out with a notice. Throws, with
 * element and line, on anything that is missing, contradictory or not understood.
 */
export function readUrdf(xml: string, options: UrdfOptions = {}): RobotFile {
  const robot = readXml(xml, 'robot')
  expectRobot(robot)
  const notices: string[] = []
  for (const child of robot.children) {
    if (ignoredWithNotice.includes(child.tag)) notices.push(`${whereIs(child)}: ignored`)
  }
  const links = named(robot, 'link')
  const joints = named(robot, 'joint')
  for (const name of options.lock ?? []) {
    if (!joints.has(name)) {
      throw new Error(`cannot lock "${name}": the joints are ${[...joints.keys()].join(', ')}`)
    }
  }
  const { root, below } = connect(robot, links, joints)
  const floating = floatingJoint(links.get(root)!, below.get(root) ?? [])
  const isWorld = root === 'world' && below.has(root)
  const base = options.base ?? (isWorld && !floating ? 'fixed' : 'floating')

  const bodies: FileBody[] = []
  const visit = (name: string, parent: number, joint?: XmlElement) => {
    const link = links.get(name)!
    const moving = joint && readJoint(joint, options, notices)
    expectOnly(link, { children: linkChildren })
    const index = bodies.push({
      name,
      parent,
      ...(joint ? originOf(joint) : unmoved),
      ...(moving ? { joint: moving } : {}),
      mass: readInertial(link),
      geoms: readCollisions(link, notices),
      where: whereIs(link),
    })
    for (const next of below.get(name) ?? []) visit(linkName(next, 'child'), index - 1, next)
  }
  visit(floating ? linkName(floating, 'child') : root, -1)
  const { model, frames } = buildModel(robot.attributes.name ?? 'robot', base, bodies)
  return { model, frames, notices }
}

const ignoredWithNotice = ['transmission', 'gazebo', 'mujoco', 'ros2_control', 'sensor', 'drake']

function expectRobot(robot: XmlElement): void {
  for (const child of robot.children) {
    if (child.tag.startsWith('xacro:')) {
      throw xmlError(child, 'this is a xacro file; expand it to URDF first')
    }
  }
  expectOnly(robot, { children: ['link', 'joint', 'material', ...ignoredWithNotice] })
}

/** Elements by name, file order; two of one name are an error. */
function named(robot: XmlElement, tag: string): Map<string, XmlElement> {
  const found = new Map<string, XmlElement>()
  for (const element of robot.children) {
    if (element.tag !== tag) continue
    const name = attribute(element, 'name')
    const first = found.get(name)
    if (first)
      throw xmlError(element, `a second ${tag} of this name; the first is on line ${first.line}`)
    found.set(name, element)
  }
  return found
}

function linkName(joint: XmlElement, end: 'parent' | 'child'): string {
  const element = onlyChild(joint, end)
  if (!element) throw xmlError(joint, `it has no <${end}>`)
  return attribute(element, 'link')
}

/** The root link and the joints below each link. Throws unless the joints make one tree. */
function connect(
  robot: XmlElement,
  links: Map<string, XmlElement>,
  joints: Map<string, XmlElement>,
): { root: string; below: Map<string, XmlElement[]> } {
  const below = new Map<string, XmlElement[]>()
  const above = new Map<string, XmlElement>()
  for (const joint of joints.values()) {
    const [parent, child] = [linkName(joint, 'parent'), linkName(joint, 'child')]
    for (const name of [parent, child]) {
      if (!links.has(name)) throw xmlError(joint, `there is no link "${name}"`)
    }
    const other = above.get(child)
    if (other) {
      throw xmlError(
        joint,
        `link "${child}" already hangs on ${whereIs(other)}; loops are not possible`,
      )
    }
    above.set(child, joint)
    below.set(parent, [...(below.get(parent) ?? []), joint])
  }
  const roots = [...links.keys()].filter((name) => !above.has(name))
  if (roots.length > 1) {
    const second = links.get(roots[1])!
    throw xmlError(second, `a second root link; the first is ${whereIs(links.get(roots[0])!)}`)
  }
  if (roots.length === 0) throw xmlError(robot, links.size ? 'its joints form a cycle' : 'no links')
  const reached = new Set<string>()
  const walk = (name: string) => {
    reached.add(name)
    for (const joint of below.get(name) ?? []) walk(linkName(joint, 'child'))
  }
  walk(roots[0])
  for (const [name, link] of links) {
    if (!reached.has(name)) throw xmlError(link, 'it is part of a cycle of joints')
  }
  return { root: roots[0], below }
}

/** The floating joint between an empty root and the base, if the file has one. */
function floatingJoint(root: XmlElement, joints: readonly XmlElement[]): XmlElement | undefined {
  const floating = joints.find((j) => j.attributes.type === 'floating')
  if (!floating) return undefined
  if (joints.length > 1 || onlyChild(root, 'inertial')) {
    throw xmlError(
      floating,
      'a floating joint is understood only as the one joint of an empty root',
    )
  }
  return floating
}

/** The joint, or undefined when it welds. */
function readJoint(
  joint: XmlElement,
  options: UrdfOptions,
  notices: string[],
): FileJoint | undefined {
  expectOnly(joint, { children: jointChildren })
  const name = attribute(joint, 'name')
  const type = attribute(joint, 'type')
  if (type === 'fixed' || options.lock?.includes(name)) return undefined
  if (type !== 'revolute' && type !== 'continuous' && type !== 'prismatic') {
    const known = 'fixed, revolute, continuous, prismatic, and floating below an empty root'
    throw xmlError(joint, `type "${type}" is not understood; ${known} are`)
  }
  const mimic = onlyChild(joint, 'mimic')
  if (mimic) {
    const what = `copies "${attribute(mimic, 'joint')}"`
    if (options.mimic !== 'free') {
      throw xmlError(
        joint,
        `it ${what}, which a model cannot express; lock it, or set mimic: 'free'`,
      )
    }
    notices.push(`${whereIs(joint)}: ${what} in the file; here it is free`)
  }
  for (const tag of ['calibration', 'safety_controller']) {
    const element = onlyChild(joint, tag)
    if (element) notices.push(`${whereIs(element)} of "${name}": ignored`)
  }
  const axisElement = onlyChild(joint, 'axis')
  const axis = axisElement ? vec3Of(axisElement, 'xyz', [1, 0, 0]) : ([1, 0, 0] as const)
  const length = vecNorm(axis)
  if (length < 1e-9) throw xmlError(axisElement ?? joint, 'the axis has no direction')
  const dynamics = onlyChild(joint, 'dynamics')
  return {
    name,
    type: type === 'prismatic' ? 'prismatic' : 'revolute',
    axis: [axis[0] / length, axis[1] / length, axis[2] / length],
    ...readLimit(joint, type),
    armature: 0,
    damping: dynamics ? notNegative(dynamics, 'damping') : 0,
    frictionLoss: dynamics ? notNegative(dynamics, 'friction') : 0,
  }
}

function readLimit(
  joint: XmlElement,
  type: string,
): Pick<FileJoint, 'lower' | 'upper' | 'effort' | 'velocity'> {
  const limit = onlyChild(joint, 'limit')
  if (type === 'continuous') {
    return {
      lower: [-Infinity],
      upper: [Infinity],
      effort: [limit ? numberOf(limit, 'effort', Infinity) : Infinity],
      velocity: [limit ? numberOf(limit, 'velocity', Infinity) : Infinity],
    }
  }
  if (!limit) throw xmlError(joint, `a ${type} joint needs a <limit>`)
  const [lower, upper] = [numberOf(limit, 'lower', 0), numberOf(limit, 'upper', 0)]
  if (!(lower < upper)) {
    throw xmlError(limit, `"${joint.attributes.name}" has the empty range ${lower} to ${upper}`)
  }
  return {
    lower: [lower],
    upper: [upper],
    effort: [notNegative(limit, 'effort')],
    velocity: [notNegative(limit, 'velocity')],
  }
}

/** A number that is required in <limit>, 0 when absent in <dynamics>, and never below 0. */
function notNegative(element: XmlElement, name: string): number {
  const value = numberOf(element, name, element.tag === 'dynamics' ? 0 : undefined)
  if (value < 0) throw xmlError(element, `${name}="${value}" must not be negative`)
  return value
}

/** Mass properties in the link's frame. A link without <inertial> weighs nothing. */
function readInertial(link: XmlElement): MassProperties {
  const inertial = onlyChild(link, 'inertial')
  if (!inertial) return massless
  expectOnly(inertial, { children: ['origin', 'mass', 'inertia'] })
  const [mass, inertia] = [onlyChild(inertial, 'mass'), onlyChild(inertial, 'inertia')]
  if (!mass || !inertia) {
    throw xmlError(inertial, `link "${link.attributes.name}" needs both <mass> and <inertia>`)
  }
  const at = originOf(inertial)
  return moveMass(
    {
      mass: numberOf(mass, 'value'),
      com: [0, 0, 0],
      inertia: [
        numberOf(inertia, 'ixx'),
        numberOf(inertia, 'iyy'),
        numberOf(inertia, 'izz'),
        numberOf(inertia, 'ixy', 0),
        numberOf(inertia, 'ixz', 0),
        numberOf(inertia, 'iyz', 0),
      ],
    },
    at.pos,
    at.quat,
  )
}

function readCollisions(link: XmlElement, notices: string[]): Geom[] {
  return link.children.flatMap((collision) => {
    if (collision.tag !== 'collision') return []
    expectOnly(collision, { children: ['origin', 'geometry', 'verbose'] })
    const geometry = onlyChild(collision, 'geometry')
    const shape = geometry?.children[0]
    if (!geometry || !shape) throw xmlError(collision, 'it has no <geometry> with a shape')
    expectOnly(geometry, { children: ['box', 'sphere', 'cylinder', 'capsule', 'mesh'] })
    if (shape.tag === 'mesh') {
      const file = shape.attributes.filename ?? 'unnamed'
      notices.push(
        `${whereIs(shape)} of link "${link.attributes.name}": collision mesh ${file} left out`,
      )
      return []
    }
    const name = collision.attributes.name
    return [{ ...(name ? { name } : {}), ...readShape(shape, originOf(collision)) }]
  })
}

function readShape(shape: XmlElement, at: Placement): Geom {
  if (shape.tag === 'box') {
    const [x, y, z] = vec3Of(shape, 'size', [0, 0, 0])
    for (const side of [x, y, z])
      if (!(side > 0)) throw xmlError(shape, 'its size must be positive')
    return { type: 'box', ...at, halfSize: [x / 2, y / 2, z / 2] }
  }
  const radius = numberOf(shape, 'radius')
  if (!(radius > 0)) throw xmlError(shape, `radius="${radius}" must be positive`)
  if (shape.tag === 'sphere') return { type: 'sphere', pos: at.pos, radius }
  const half = numberOf(shape, 'length') / 2
  if (!(half > 0)) throw xmlError(shape, 'its length must be positive')
  const end = (z: number): Vec3 => vecAdd(at.pos, quatRotate(at.quat, [0, 0, z]))
  return {
    type: shape.tag === 'capsule' ? 'capsule' : 'cylinder',
    from: end(-half),
    to: end(half),
    radius,
  }
}

function originOf(element: XmlElement): Placement {
  const origin = onlyChild(element, 'origin')
  if (!origin) return unmoved
  return {
    pos: vec3Of(origin, 'xyz', [0, 0, 0]),
    quat: quatFromRpy(...vec3Of(origin, 'rpy', [0, 0, 0])),
  }
}

const unmoved: Placement = { pos: [0, 0, 0], quat: quatIdentity }
const linkChildren = ['inertial', 'visual', 'collision', 'contact', 'self_collision_checking']
const jointChildren = [
  'origin',
  'parent',
  'child',
  'axis',
  'limit',
  'dynamics',
  'mimic',
  'calibration',
  'safety_controller',
]
