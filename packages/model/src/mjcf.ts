import {
  type Quat,
  quatFromWxyz,
  quatIdentity,
  quatLog,
  quatNormalize,
  type Vec3,
  vecNorm,
  vecScale,
} from '@skillweave/math'
import {
  type AttachedFrame,
  buildModel,
  compose,
  type FileBody,
  type FileJoint,
  type RobotFile,
} from './link-tree.ts'
import { massless } from './mass.ts'
import { isLimited, type MjcfActuator, readActuators } from './mjcf-actuators.ts'
import {
  type MjcfCompiler,
  type MjcfDefaults,
  readCompiler,
  readDefaults,
  withDefaults,
} from './mjcf-settings.ts'
import { bodyMass, placementOf, readGeom } from './mjcf-shapes.ts'
import type { RobotModel } from './robot-model.ts'
import {
  attribute,
  expectOnly,
  numberOf,
  numbers,
  type Placement,
  readXml,
  vec3Of,
  whereIs,
  type XmlElement,
  xmlError,
} from './xml.ts'

export interface MjcfOptions {
  /** The body that is the robot's base. Default: the only body of the world. */
  readonly root?: string
  /** Joints to weld at 0. */
  readonly lock?: readonly string[]
  /** Sections that would be refused (`equality`, `tendon`) and may be left out, with a notice. */
  readonly ignore?: readonly string[]
}

/** An MJCF robot as read. */
export interface MjcfFile extends RobotFile {
  readonly sites: Readonly<Record<string, AttachedFrame>>
  /** Position servo gains per coordinate; absent unless every coordinate has a servo. */
  readonly gains?: { readonly kp: readonly number[]; readonly kd: readonly number[] }
  readonly keyframes: Readonly<Record<string, MjcfKeyframe>>
}

export interface MjcfKeyframe {
  readonly basePos_w: Vec3
  readonly baseQuat_w: Quat
  readonly q: readonly number[]
}

/**
 * Read the subset of MJCF that robots use: nested defaults, bodies, hinge, slide, ball and free
 * joints, primitive geoms, inertials or inertia from geoms, sites, motors and position servos,
 * keyframes. Bodies without joints are merged into their parents. Meshes are left out with a notice.
 * Throws, with element and line, on anything else that could change the physics.
 */
export function readMjcf(xml: string, options: MjcfOptions = {}): MjcfFile {
  const root = readXml(xml, 'mujoco')
  const notices: string[] = []
  const ignored = options.ignore ?? []
  expectOnly(root, { children: [...understood, ...harmless, ...noticed, ...ignored] })
  for (const child of root.children) {
    if (noticed.includes(child.tag) || ignored.includes(child.tag)) {
      notices.push(`${whereIs(child)}: ignored`)
    }
  }
  const compiler = readCompiler(root)
  const file: Reading = {
    compiler,
    defaults: readDefaults(root),
    lock: options.lock ?? [],
    notices,
    bodies: [],
    siteBodies: [],
    jointNames: new Set(),
    qpos: [],
  }
  const first = baseBody(root, options, notices)
  const base = readTree(first, file)
  for (const name of file.lock) {
    if (!file.jointNames.has(name)) {
      throw new Error(`cannot lock "${name}": the joints are ${[...file.jointNames].join(', ')}`)
    }
  }

  const { autolimits } = compiler
  const movable = new Set([...file.jointNames].filter((name) => !file.lock.includes(name)))
  const actuators = readActuators(root, file.defaults, file.jointNames, autolimits, notices)
  const bodies = file.bodies.map((body) => withEffort(body, actuators))
  const { model, frames } = buildModel(root.attributes.model ?? 'robot', base, bodies)
  const gains = gainsOf(model, actuators)
  const keyframes = readKeyframes(root, file, movable)
  const sites: Record<string, AttachedFrame> = {}
  for (const site of file.siteBodies) {
    const body = frames[site.body]
    sites[site.name] = { link: body.link, ...compose(body, site) }
  }
  return { model, frames, sites, notices, keyframes, ...(gains ? { gains } : {}) }
}

const understood = ['compiler', 'default', 'worldbody', 'actuator', 'keyframe']
const harmless = ['asset', 'visual', 'statistic', 'size', 'sensor', 'custom']
const noticed = ['option', 'contact']

/** What accumulates while the tree is read. */
interface Reading {
  readonly compiler: MjcfCompiler
  readonly defaults: MjcfDefaults
  readonly lock: readonly string[]
  readonly notices: string[]
  readonly bodies: FileBody[]
  readonly siteBodies: (Placement & { name: string; body: string })[]
  readonly jointNames: Set<string>
  /** Order of coordinates in keyframes: joints of all kinds, the free one included. */
  readonly qpos: { name: string; kind: 'free' | 'hinge' | 'slide' | 'ball' }[]
}

/** The base's element. */
function baseBody(root: XmlElement, options: MjcfOptions, notices: string[]): XmlElement {
  const bodies: XmlElement[] = []
  for (const world of root.children.filter((c) => c.tag === 'worldbody')) {
    expectOnly(world, { children: ['body', 'geom', 'site', 'camera', 'light'] })
    for (const child of world.children) {
      if (child.tag === 'body') bodies.push(child)
      if (child.tag === 'geom') notices.push(`${whereIs(child)}: part of the world, left out`)
    }
  }
  const chosen = options.root ? bodies.find((b) => b.attributes.name === options.root) : bodies[0]
  const names = bodies.map((b) => b.attributes.name ?? '(unnamed)').join(', ') || 'none'
  if (!chosen) throw new Error(`no body ${options.root ?? ''} in the world; it has ${names}`)
  if (!options.root && bodies.length > 1) {
    throw xmlError(bodies[1], `several bodies in the world (${names}); set root to the robot's`)
  }
  return chosen
}

/** Read the bodies below and including `first`; returns how the base is held. */
function readTree(first: XmlElement, file: Reading): RobotModel['base'] {
  const joints = first.children.filter((c) => c.tag === 'joint' || c.tag === 'freejoint')
  const inherited = first.attributes.childclass ?? 'main'
  const free = joints.some(
    (j) =>
      j.tag === 'freejoint' || withDefaults(j, file.defaults, inherited).attributes.type === 'free',
  )
  if (joints.length === 0 || free) {
    readBody(first, -1, 'main', file)
    return free ? 'floating' : 'fixed'
  }
  // The first body moves on a joint of its own, so the world is the base.
  const where = 'the world'
  file.bodies.push({ name: 'world', parent: -1, ...unmoved, mass: massless, geoms: [], where })
  readBody(first, 0, 'main', file)
  return 'fixed'
}

function readBody(element: XmlElement, parent: number, inherited: string, file: Reading): void {
  expectOnly(element, { children: bodyChildren, attributes: bodyAttributes })
  if (element.attributes.mocap === 'true') throw xmlError(element, 'a mocap body is not understood')
  if (numberOf(element, 'gravcomp', 0) !== 0) throw xmlError(element, 'gravcomp is not understood')
  const childClass = element.attributes.childclass ?? inherited
  const name = element.attributes.name ?? `body${file.bodies.length}`
  if (file.bodies.some((b) => b.name === name))
    throw xmlError(element, 'a second body of this name')
  const joint = readJoint(element, parent, childClass, file)
  const geoms = element.children
    .filter((c) => c.tag === 'geom')
    .map((c) => readGeom(withDefaults(c, file.defaults, childClass), file.compiler, file.notices))
  for (const child of element.children) {
    if (child.tag !== 'site' || child.attributes.name === undefined) continue
    const at = placementOf(withDefaults(child, file.defaults, childClass), file.compiler)
    file.siteBodies.push({ name: child.attributes.name, body: name, ...at })
  }
  const index = file.bodies.push({
    name,
    parent,
    ...(parent < 0 ? unmoved : placementOf(element, file.compiler)),
    ...(joint ? { joint } : {}),
    mass: bodyMass(element, geoms, file.compiler),
    geoms: geoms.flatMap((g) => (g.geom ? [g.geom] : [])),
    where: whereIs(element),
  })
  for (const child of element.children) {
    if (child.tag === 'body') readBody(child, index - 1, childClass, file)
  }
}

const bodyChildren = ['inertial', 'joint', 'freejoint', 'geom', 'site', 'body', 'camera', 'light']
const bodyAttributes = [
  'name',
  'pos',
  'quat',
  'axisangle',
  'euler',
  'xyaxes',
  'zaxis',
  'childclass',
  'mocap',
  'gravcomp',
  'user',
  'sleep',
]

/** The joint that moves a body, or undefined when it is welded or the free base. */
function readJoint(
  body: XmlElement,
  parent: number,
  childClass: string,
  file: Reading,
): FileJoint | undefined {
  const found = body.children.filter((c) => c.tag === 'joint' || c.tag === 'freejoint')
  if (found.length > 1) {
    throw xmlError(found[1], `a second joint of ${whereIs(body)}; give each joint its own body`)
  }
  if (found.length === 0) return undefined
  const raw = found[0]
  const element = raw.tag === 'joint' ? withDefaults(raw, file.defaults, childClass) : raw
  const kind = raw.tag === 'freejoint' ? 'free' : (element.attributes.type ?? 'hinge')
  if (kind === 'free') {
    if (parent >= 0) throw xmlError(raw, 'a free joint is understood only at the base')
    file.qpos.push({ name: '', kind })
    return undefined
  }
  if (kind !== 'hinge' && kind !== 'slide' && kind !== 'ball') {
    throw xmlError(raw, `type="${kind}" is not understood; hinge, slide, ball and free are`)
  }
  for (const name of ['stiffness', 'ref', 'springdamper']) {
    if ((numbers(element, name) ?? []).some((x) => x !== 0)) {
      throw xmlError(raw, `${name}="${element.attributes[name]}" is not understood`)
    }
  }
  const name = attribute(raw, 'name')
  if (file.jointNames.has(name)) throw xmlError(raw, 'a second joint of this name')
  file.jointNames.add(name)
  file.qpos.push({ name, kind })
  if (file.lock.includes(name)) return undefined
  return {
    name,
    type: kind === 'hinge' ? 'revolute' : kind === 'slide' ? 'prismatic' : 'spherical',
    anchor: vec3Of(element, 'pos', [0, 0, 0]),
    axis: axisOf(element),
    ...rangeOf(element, kind, file),
    armature: numberOf(element, 'armature', 0),
    damping: numberOf(element, 'damping', 0),
    frictionLoss: numberOf(element, 'frictionloss', 0),
  }
}

function axisOf(element: XmlElement): Vec3 {
  const axis = vec3Of(element, 'axis', [0, 0, 1])
  const length = vecNorm(axis)
  if (length < 1e-9) throw xmlError(element, 'the axis has no direction')
  return vecScale(axis, 1 / length)
}

function rangeOf(
  element: XmlElement,
  kind: 'hinge' | 'slide' | 'ball',
  file: Reading,
): Pick<FileJoint, 'lower' | 'upper' | 'effort' | 'velocity'> {
  const { autolimits, toRadians } = file.compiler
  const range = numbers(element, 'range', 2)
  const force = numbers(element, 'actuatorfrcrange', 2)
  const forceLimited = isLimited(element, 'actuatorfrclimited', force, autolimits)
  const effort = forceLimited ? Math.max(Math.abs(force![0]), Math.abs(force![1])) : Infinity
  const unit = kind === 'slide' ? 1 : toRadians
  const limited = isLimited(element, 'limited', range, autolimits)
  const upper = limited ? range![1] * unit : Infinity
  if (kind === 'ball') {
    if (limited) {
      file.notices.push(`${whereIs(element)}: its cone limit is kept per coordinate, as a cube`)
    }
    return {
      lower: [-upper, -upper, -upper],
      upper: [upper, upper, upper],
      effort: [effort, effort, effort],
      velocity: [Infinity, Infinity, Infinity],
    }
  }
  const lower = limited ? range![0] * unit : -Infinity
  if (!(lower < upper)) throw xmlError(element, `the empty range ${lower} to ${upper}`)
  return { lower: [lower], upper: [upper], effort: [effort], velocity: [Infinity] }
}

/** The joint's effort, narrowed by its actuator's. */
function withEffort(body: FileBody, actuators: ReadonlyMap<string, MjcfActuator>): FileBody {
  const limit = body.joint && actuators.get(body.joint.name)?.effort
  if (!body.joint || limit === undefined) return body
  const effort = body.joint.effort.map((e) => Math.min(e, limit))
  return { ...body, joint: { ...body.joint, effort } }
}

function gainsOf(
  model: RobotModel,
  actuators: ReadonlyMap<string, MjcfActuator>,
): MjcfFile['gains'] {
  const kp: number[] = []
  const kd: number[] = []
  for (const joint of model.joints) {
    const actuator = actuators.get(joint.name)
    if (actuator?.kp === undefined) return undefined
    for (let c = 0; c < joint.lower.length; c++) {
      kp.push(actuator.kp)
      kd.push(actuator.kd ?? 0)
    }
  }
  return { kp, kd }
}

function readKeyframes(
  root: XmlElement,
  file: Reading,
  movable: ReadonlySet<string>,
): Record<string, MjcfKeyframe> {
  const width = { free: 7, ball: 4, hinge: 1, slide: 1 }
  const count = file.qpos.reduce((sum, j) => sum + width[j.kind], 0)
  const found: Record<string, MjcfKeyframe> = {}
  for (const section of root.children.filter((c) => c.tag === 'keyframe')) {
    expectOnly(section, { children: ['key'] })
    section.children.forEach((key, k) => {
      const qpos = numbers(key, 'qpos', count)
      if (!qpos) return
      let basePos_w: Vec3 = [0, 0, 0]
      let baseQuat_w: Quat = quatIdentity
      const q: number[] = []
      let at = 0
      for (const { name, kind } of file.qpos) {
        const v = qpos.slice(at, at + width[kind])
        at += width[kind]
        if (kind === 'free') {
          basePos_w = [v[0], v[1], v[2]]
          baseQuat_w = quatNormalize(quatFromWxyz(v.slice(3)))
        } else if (movable.has(name)) {
          q.push(...(kind === 'ball' ? quatLog(quatNormalize(quatFromWxyz(v))) : v))
        }
      }
      found[key.attributes.name ?? `key${k}`] = { basePos_w, baseQuat_w, q }
    })
  }
  return found
}

const unmoved: Placement = { pos: [0, 0, 0], quat: quatIdentity }
