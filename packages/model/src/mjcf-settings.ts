import {
  type Quat,
  quatBetween,
  quatExp,
  quatFromWxyz,
  quatIdentity,
  quatMul,
  quatNormalize,
  quatRotate,
  type Vec3,
  vecCross,
  vecDot,
  vecNormalize,
  vecScale,
  vecSub,
} from '@skillweave/math'
import { attribute, expectOnly, numbers, type XmlElement, xmlError } from './xml.ts'

/** What `<compiler>` elements say, merged. */
export interface MjcfCompiler {
  /** Factor from the file's angles to rad. */
  readonly toRadians: number
  readonly autolimits: boolean
  readonly eulerseq: string
  readonly inertiafromgeom: 'auto' | 'true' | 'false'
}

export function readCompiler(root: XmlElement): MjcfCompiler {
  const merged: Record<string, string> = {}
  for (const element of root.children.filter((c) => c.tag === 'compiler')) {
    expectOnly(element, { children: [], attributes: compilerAttributes })
    for (const [name, harmless] of Object.entries(neutral)) {
      const value = element.attributes[name]
      if (value !== undefined && !harmless.includes(value)) {
        throw xmlError(element, `${name}="${value}" changes the model in a way not understood`)
      }
    }
    Object.assign(merged, element.attributes)
    oneOf(element, 'angle', ['degree', 'radian'])
    oneOf(element, 'autolimits', ['true', 'false'])
    oneOf(element, 'inertiafromgeom', ['auto', 'true', 'false'])
    if (!/^[xyzXYZ]{3}$/.test(merged.eulerseq ?? 'xyz')) {
      throw xmlError(element, `eulerseq="${merged.eulerseq}" is not three of x, y, z, X, Y, Z`)
    }
  }
  return {
    toRadians: merged.angle === 'radian' ? 1 : Math.PI / 180,
    autolimits: merged.autolimits !== 'false',
    eulerseq: merged.eulerseq ?? 'xyz',
    inertiafromgeom: (merged.inertiafromgeom ?? 'auto') as MjcfCompiler['inertiafromgeom'],
  }
}

/** Attributes understood only at values that change nothing. */
const neutral: Record<string, readonly string[]> = {
  coordinate: ['local'],
  balanceinertia: ['false'],
  boundmass: ['0'],
  boundinertia: ['0'],
  settotalmass: ['-1'],
  inertiagrouprange: ['0 5'],
  fusestatic: ['false'],
}
const compilerAttributes = [
  'angle',
  'autolimits',
  'eulerseq',
  'inertiafromgeom',
  ...Object.keys(neutral),
  'meshdir',
  'texturedir',
  'assetdir',
  'strippath',
  'discardvisual',
  'fitaabb',
  'usethread',
  'exactmeshinertia',
  'alignfree',
  'convexhull',
]

export function oneOf(element: XmlElement, name: string, allowed: readonly string[]): void {
  const value = element.attributes[name]
  if (value !== undefined && !allowed.includes(value)) {
    throw xmlError(element, `${name}="${value}" must be one of ${allowed.join(', ')}`)
  }
}

/** class → element tag → attributes, inherited ones included. */
export type MjcfDefaults = ReadonlyMap<string, Readonly<Record<string, Attributes>>>
type Attributes = Readonly<Record<string, string>>

/** All actuator elements share one set of defaults, whichever tag wrote it. */
export const actuatorTags = ['general', 'motor', 'position'] as const
const defaultsKey = (tag: string): string =>
  (actuatorTags as readonly string[]).includes(tag) ? 'actuator' : tag

export function readDefaults(root: XmlElement): MjcfDefaults {
  const classes = new Map<string, Record<string, Attributes>>([['main', {}]])
  const read = (element: XmlElement, parent: Record<string, Attributes>, name: string) => {
    const own: Record<string, Attributes> = { ...parent }
    for (const child of element.children) {
      if (child.tag === 'default') continue
      const key = defaultsKey(child.tag)
      own[key] = { ...own[key], ...child.attributes }
    }
    classes.set(name, own)
    for (const child of element.children) {
      if (child.tag !== 'default') continue
      const childName = attribute(child, 'class')
      if (classes.has(childName)) throw xmlError(child, `a second default class "${childName}"`)
      read(child, own, childName)
    }
  }
  for (const element of root.children) {
    if (element.tag === 'default') read(element, classes.get('main')!, 'main')
  }
  return classes
}

/** The element with the attributes of its default class filled in. */
export function withDefaults(
  element: XmlElement,
  defaults: MjcfDefaults,
  childClass: string,
): XmlElement {
  const name = element.attributes.class ?? childClass
  const found = defaults.get(name)
  if (!found) {
    throw xmlError(
      element,
      `no default class "${name}"; there are ${[...defaults.keys()].join(', ')}`,
    )
  }
  const inherited = { ...found[defaultsKey(element.tag)] }
  // However it is written, an orientation of its own replaces an inherited one.
  if (orientations.some((key) => element.attributes[key] !== undefined)) {
    for (const key of orientations) delete inherited[key]
  }
  return { ...element, attributes: { ...inherited, ...element.attributes } }
}

const orientations = ['quat', 'axisangle', 'euler', 'xyaxes', 'zaxis'] as const

/** An element's orientation, however it is written. */
export function orientationOf(element: XmlElement, compiler: MjcfCompiler): Quat {
  const given = orientations.filter((name) => element.attributes[name] !== undefined)
  if (given.length > 1) throw xmlError(element, `two orientations: ${given.join(' and ')}`)
  const name = given[0]
  if (!name) return quatIdentity
  const v = numbers(element, name, { quat: 4, axisangle: 4, euler: 3, xyaxes: 6, zaxis: 3 }[name])!
  if (name === 'quat') return quatNormalize(quatFromWxyz(v))
  if (name === 'euler') return fromEuler(v, compiler)
  if (name === 'zaxis') return quatBetween([0, 0, 1], v)
  if (name === 'axisangle') {
    return quatExp(vecScale(vecNormalize([v[0], v[1], v[2]]), v[3] * compiler.toRadians))
  }
  const x = vecNormalize([v[0], v[1], v[2]])
  const raw: Vec3 = [v[3], v[4], v[5]]
  const y = vecNormalize(vecSub(raw, vecScale(x, vecDot(x, raw))))
  return fromAxes(x, y)
}

/** Lower case turns about the moving axes, upper case about the fixed ones. */
function fromEuler(angles: readonly number[], compiler: MjcfCompiler): Quat {
  let q: Quat = quatIdentity
  for (let k = 0; k < 3; k++) {
    const letter = compiler.eulerseq[k]
    const turn: [number, number, number] = [0, 0, 0]
    turn['xyz'.indexOf(letter.toLowerCase())] = angles[k] * compiler.toRadians
    const r = quatExp(turn)
    q = letter === letter.toLowerCase() ? quatMul(q, r) : quatMul(r, q)
  }
  return q
}

/** The rotation whose x and y axes are these (unit, perpendicular). */
function fromAxes(x: Vec3, y: Vec3): Quat {
  const first = quatBetween([1, 0, 0], x)
  // What is left is a turn about x that takes the moved y axis to where it should be.
  const moved = quatRotate(first, [0, 1, 0])
  const angle = -Math.atan2(vecDot(moved, vecCross(x, y)), vecDot(moved, y))
  return quatMul(quatExp(vecScale(x, angle)), first)
}
