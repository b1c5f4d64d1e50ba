import type { GeomDescription, RobotDescription } from '@skillweave/protocol'
import { type BufferGeometry, Vector3 } from 'three'
import { type Anatomy, deriveAnatomy, type LinkAnatomy } from './anatomy.ts'
import { familyPaints, paints } from './palette.ts'
import {
  ball,
  capsule,
  disc,
  drum,
  frameAt,
  loft,
  mergeParts,
  type Paint,
  type Placement,
  perpendicular,
  plate,
  roundedBox,
  type Section,
  skin,
  turned,
} from './solids.ts'

/** Vertices around a joint, and what else follows from it: 12 close up, 8 for a few, 5 for a grid. */
export type ShellDetail = 12 | 10 | 8 | 5

/**
 * Shells for any robot: one geometry per link, in link frames, derived from the tree, the collision
 * shapes and the masses. A humanoid gets a body (chest, pelvis, limbs, feet, hands, head); anything
 * else gets limbs and drums along its tree.
 */
export function buildShells(robot: RobotDescription, detail: ShellDetail): BufferGeometry[] {
  const anatomy = deriveAnatomy(robot)
  return robot.links.map((_, i) => {
    const b = new LinkBuilder(robot, anatomy, i, detail)
    builders[anatomy.links[i].kind](b)
    return b.finish()
  })
}

/** Collects the parts of one link. */
class LinkBuilder {
  readonly robot: RobotDescription
  readonly anatomy: Anatomy
  readonly index: number
  readonly link: LinkAnatomy
  readonly geoms: readonly GeomDescription[]
  readonly segments: number
  readonly accent: Paint
  readonly parts: BufferGeometry[] = []

  constructor(robot: RobotDescription, anatomy: Anatomy, index: number, detail: ShellDetail) {
    this.robot = robot
    this.anatomy = anatomy
    this.index = index
    this.link = anatomy.links[index]
    this.geoms = robot.links[index].geoms
    this.segments = detail
    this.accent = familyPaints[this.link.family]
  }

  get fine(): boolean {
    return this.segments >= 8
  }

  add(...parts: BufferGeometry[]): void {
    this.parts.push(...parts)
  }

  /** A loft meshed in one colour. */
  body(
    place: Placement,
    sections: readonly Section[],
    paint: Paint,
    options: { round?: number; start?: number; end?: number; rings?: number; around?: number } = {},
  ) {
    const round = options.round ?? 0.14
    const surface = loft(place, sections, {
      start: options.start ?? round,
      end: options.end ?? round,
    })
    const around = Math.round(this.segments * (options.around ?? 1.3))
    this.add(skin(surface, around, options.rings ?? this.segments, paint))
    return surface
  }

  plate(
    surface: ReturnType<typeof loft>,
    at: { angle: number; half: number; from: number; to: number; height?: number; square?: number },
    paint: Paint,
    detail = 0.6,
  ): void {
    if (this.segments < 8) return
    this.add(
      plate(
        surface,
        {
          angle: at.angle,
          halfAngle: at.half,
          from: at.from,
          to: at.to,
          height: at.height ?? 0.004,
          square: at.square ?? 4,
        },
        Math.round(this.segments * detail),
        paint,
      ),
    )
  }

  finish(): BufferGeometry {
    if (this.parts.length === 0) {
      this.add(ball(new Vector3(), 0.01, 5, paints.frame))
    }
    return mergeParts(this.parts)
  }
}

const builders: Record<LinkAnatomy['kind'], (b: LinkBuilder) => void> = {
  pelvis: buildPelvis,
  waist: buildWaist,
  chest: buildChest,
  head: buildHead,
  hand: buildHand,
  foot: buildFoot,
  limb: buildLimb,
  connector: buildConnector,
  plain: buildPlain,
}

const origin = new Vector3()

/** The mechanism at a link's own joint: a drum about a hinge, a ball for a ball joint. */
function jointHousing(b: LinkBuilder, radius: number, hinge?: Vector3): void {
  if (b.index === 0) return
  const joint = b.robot.joints[b.index - 1]
  if (joint.type === 'prismatic') return
  const axis = hinge ?? (joint.type === 'revolute' ? new Vector3(...joint.axis) : undefined)
  if (!axis) {
    b.add(ball(origin, radius, b.segments, paints.frame))
    return
  }
  const width = radius * 1.5
  b.add(drum(origin, axis, radius, width, b.segments, paints.frame))
  for (const sign of [1, -1]) {
    const face = axis.clone().multiplyScalar(sign)
    const at = face.clone().multiplyScalar(width / 2)
    b.add(disc(at, face, radius * 0.66, radius * 0.1, Math.max(5, b.segments - 1), b.accent))
    if (b.segments >= 12) {
      const bolt = at.clone().addScaledVector(face, radius * 0.1)
      b.add(disc(bolt, face, radius * 0.24, radius * 0.06, 6, paints.frame))
    }
  }
}

/** Half-sizes of a limb along its length, as fractions of its radius; forward: shift to the front. */
type LimbProfile = readonly (readonly [at: number, size: number, forward: number])[]

const limbProfiles: Record<'thigh' | 'shin' | 'upperArm' | 'forearm' | 'tube', LimbProfile> = {
  thigh: [
    [0.02, 0.98, 0],
    [0.22, 1.1, 0.08],
    [0.5, 0.98, 0.1],
    [0.78, 0.78, 0.04],
    [0.94, 0.7, 0],
  ],
  shin: [
    [0.07, 0.84, 0],
    [0.28, 1.06, -0.16],
    [0.55, 0.82, -0.1],
    [0.82, 0.58, 0],
    [0.95, 0.56, 0],
  ],
  upperArm: [
    [0.06, 0.98, 0],
    [0.3, 1.06, 0.04],
    [0.62, 0.92, 0.02],
    [0.9, 0.76, 0],
  ],
  forearm: [
    [0.06, 0.88, 0],
    [0.28, 1.06, 0],
    [0.6, 0.86, 0],
    [0.94, 0.64, 0],
  ],
  tube: [
    [0.06, 0.96, 0],
    [0.4, 1.02, 0],
    [0.92, 0.9, 0],
  ],
}

function buildLimb(b: LinkBuilder): void {
  const { link, anatomy } = b
  const length = link.end.length()
  const axis = link.end.clone().normalize()
  const isLeg = link.family === 'leftLeg' || link.family === 'rightLeg'
  const isArm = link.family === 'leftArm' || link.family === 'rightArm'
  const outward = outwardOf(link, axis)
  const front = isLeg ? across(link.front, axis) : outward
  const isUpper = link.order === 0
  const profile =
    !anatomy.isHumanoid || link.order > 1 || length < 0.2
      ? limbProfiles.tube
      : isLeg
        ? limbProfiles[isUpper ? 'thigh' : 'shin']
        : limbProfiles[isUpper ? 'upperArm' : 'forearm']
  const hasHand = hasOwnHand(b)
  const reach = hasHand ? length * 0.9 : length
  const r = link.radius
  const sections = profile.map(
    ([at, size, forward]): Section => ({
      at: at * reach,
      front: size * r * (isLeg ? 1.04 : 0.98),
      side: size * r * (isLeg ? 0.92 : 1),
      forward: forward * r,
      square: 2.25,
    }),
  )
  const place = { origin, axis, front }
  const surface = b.body(place, sections, paints.shell, { start: 0.1, end: 0.08 })

  const jointRadius = isUpper && anatomy.isHumanoid ? r * 0.94 : Math.min(r * 0.9, 0.075)
  const hinge = hingeAxis(b, axis)
  jointHousing(b, jointRadius, hinge)
  if (isUpper && isArm && anatomy.shoulders.includes(b.index)) shoulderPad(b, axis, outward)

  if (isLeg) {
    b.plate(surface, { angle: 0, half: 0.78, from: 0.16, to: isUpper ? 0.72 : 0.66 }, b.accent)
    if (!isUpper) {
      // The band over the calf, and a guard over the knee.
      b.plate(surface, { angle: Math.PI, half: 0.62, from: 0.14, to: 0.52 }, paints.frame)
    }
  } else if (isArm) {
    const strip = length > 0.2
    b.plate(
      surface,
      { angle: 0, half: strip ? 0.62 : 0.5, from: isUpper ? 0.34 : 0.2, to: isUpper ? 0.76 : 0.72 },
      b.accent,
    )
  }
  if (b.fine) {
    const cuff = reach * (profile[profile.length - 1][0] - 0.01)
    const radius = profile[profile.length - 1][1] * r
    b.add(
      turned(
        origin,
        axis,
        [
          [0, cuff - 0.004],
          [radius * 0.93, cuff - 0.004],
          [radius * 0.9, cuff + 0.006],
          [radius * 0.7, cuff + 0.012],
          [0, cuff + 0.012],
        ],
        b.segments,
        paints.frame,
      ),
    )
  }
  if (hasHand) buildOwnHand(b, axis, reach)
}

/** A knee or elbow that is a ball joint still looks like a hinge across the limb. */
function hingeAxis(b: LinkBuilder, axis: Vector3): Vector3 | undefined {
  if (b.index === 0) return undefined
  const joint = b.robot.joints[b.index - 1]
  if (joint.type !== 'spherical' || b.link.order !== 1) return undefined
  const isLeg = b.link.family.endsWith('Leg')
  const side = isLeg
    ? b.link.left.clone()
    : new Vector3().crossVectors(axis, outwardOf(b.link, axis))
  return across(side, axis)
}

/** The direction away from the body, across the limb. */
function outwardOf(link: LinkAnatomy, axis: Vector3): Vector3 {
  const sideways = link.left.clone().multiplyScalar(link.side || 1)
  // An arm held out sideways has its outer face on top.
  return across(Math.abs(sideways.dot(axis)) > 0.8 ? link.up : sideways, axis)
}

/** The part of `v` across `axis`, unit. */
function across(v: Vector3, axis: Vector3): Vector3 {
  const out = v.clone().addScaledVector(axis, -v.dot(axis))
  return out.lengthSq() > 1e-6 ? out.normalize() : perpendicular(axis)
}

/** The cap over a shoulder. */
function shoulderPad(b: LinkBuilder, axis: Vector3, outward: Vector3): void {
  const r = b.link.radius * 1.3
  const surface = b.body(
    { origin, axis, front: outward },
    [
      { at: -r * 0.92, front: r * 0.72, side: r * 0.8, forward: r * 0.1 },
      { at: -r * 0.1, front: r, side: r * 1.02, forward: r * 0.12 },
      { at: r * 0.72, front: r * 0.86, side: r * 0.9, forward: r * 0.12 },
    ],
    paints.shell,
    { start: 0.5, end: 0.3, rings: Math.max(5, b.segments - 2) },
  )
  b.plate(surface, { angle: 0, half: 0.6, from: 0.24, to: 0.74, height: 0.005 }, b.accent)
}

/** H1-like arms end in a ball at the end of the forearm. */
const hasOwnHand = (b: LinkBuilder): boolean =>
  (b.index === b.robot.roles.leftHand || b.index === b.robot.roles.rightHand) &&
  b.link.children.length === 0

function buildOwnHand(b: LinkBuilder, axis: Vector3, reach: number): void {
  const tip = b.geoms.find((g) => g.type === 'sphere')
  const r = tip?.type === 'sphere' ? tip.radius : b.link.radius * 1.1
  const at = tip?.type === 'sphere' ? new Vector3(...tip.pos) : axis.clone().multiplyScalar(reach)
  const front = across(b.link.left.clone().multiplyScalar(b.link.side || 1), axis)
  const from = at.clone().addScaledVector(axis, -r * 1.25)
  b.add(capsule(axis.clone().multiplyScalar(reach * 0.9), from, r * 0.5, b.segments, paints.frame))
  b.body(
    { origin: from, axis, front },
    [
      { at: 0, front: r * 0.5, side: r * 0.62 },
      { at: r * 0.9, front: r * 0.7, side: r * 1.02, square: 2.4 },
      { at: r * 1.9, front: r * 0.6, side: r * 0.98, square: 2.6 },
      { at: r * 2.35, front: r * 0.5, side: r * 0.8, square: 2.4 },
    ],
    paints.rubber,
    { round: 0.2, rings: Math.max(5, b.segments - 3), around: 1 },
  )
}

function buildConnector(b: LinkBuilder): void {
  const { link } = b
  const first = b.anatomy.shoulders.includes(b.index)
  const r = b.geoms.length > 0 ? Math.min(link.radius, 0.07) : 0.034
  if (link.end.length() > 0.03) {
    b.add(capsule(origin, link.end, r * (b.geoms.length > 0 ? 0.82 : 1), b.segments, paints.frame))
  }
  jointHousing(b, r)
  if (first) {
    const axis = link.end.clone().normalize()
    const up = across(link.up, axis)
    const middle = link.end.clone().multiplyScalar(0.8)
    b.body(
      { origin: middle, axis: up, front: axis },
      [
        { at: -r * 0.9, front: r * 1.05, side: r * 1.1 },
        { at: r * 0.2, front: r * 1.3, side: r * 1.35 },
        { at: r * 1.25, front: r * 0.95, side: r * 1.05 },
      ],
      paints.shell,
      { start: 0.25, end: 0.5 },
    )
  }
}

/** Distance from the middle to a shoulder or hip, and its height, in a trunk link's frame. */
function pairOf(
  b: LinkBuilder,
  links: readonly number[],
): { half: number; up: number; front: number } {
  const { link, anatomy } = b
  let half = 0
  let up = 0
  let front = 0
  for (const i of links) {
    const p = anatomy.inFrame(b.index, i)
    half += Math.abs(p.dot(link.left)) / links.length
    up += p.dot(link.up) / links.length
    front += p.dot(link.front) / links.length
  }
  return { half, up, front }
}

function buildPelvis(b: LinkBuilder): void {
  const { link, anatomy } = b
  const hips = pairOf(b, anatomy.hips)
  const waist = link.children.find((c) => !isLegLink(anatomy, c))
  const top = waist === undefined ? 0.06 : anatomy.inFrame(b.index, waist).dot(link.up)
  const w = Math.max(0.07, hips.half)
  const place = { origin, axis: link.up, front: link.front }
  const low = Math.min(hips.up, top - 0.08)
  const depth = w * 0.92
  const surface = b.body(
    place,
    [
      { at: low - w * 0.62, front: depth * 0.5, side: w * 0.42, square: 2.3 },
      { at: low - w * 0.2, front: depth * 0.86, side: w * 0.88, square: 2.6 },
      { at: low + (top - low) * 0.5, front: depth, side: w * 1.18, square: 2.8 },
      { at: top + 0.005, front: depth * 0.84, side: w * 1.02, square: 2.6 },
    ],
    paints.shell,
    { start: 0.3, end: 0.12 },
  )
  b.plate(surface, { angle: 0, half: 0.62, from: 0.36, to: 0.74, square: 3 }, b.accent)
  b.plate(surface, { angle: Math.PI, half: 0.8, from: 0.4, to: 0.86, square: 3 }, paints.frame)
  // The hip line: a dark band where thighs go in.
  for (const i of anatomy.hips) {
    const at = anatomy.inFrame(b.index, i)
    const outward = link.left.clone().multiplyScalar(Math.sign(at.dot(link.left)) || 1)
    const inner = at.clone().addScaledVector(outward, -at.dot(outward) * 0.55)
    b.add(capsule(inner, at, Math.min(0.062, w * 0.62), b.segments, paints.frame))
  }
  b.add(
    drum(link.up.clone().multiplyScalar(top), link.up, w * 0.72, 0.03, b.segments, paints.frame),
  )
}

const isLegLink = (anatomy: Anatomy, i: number): boolean => anatomy.links[i].family.endsWith('Leg')

/** A bellows between pelvis and chest. */
function buildWaist(b: LinkBuilder): void {
  const { link, anatomy } = b
  const width = pairOf(b, anatomy.hips).half
  const length = link.end.length()
  const axis = link.end.clone().normalize()
  bellows(b, origin, axis, across(link.front, axis), length, width * 0.9)
}

function bellows(
  b: LinkBuilder,
  from: Vector3,
  axis: Vector3,
  front: Vector3,
  length: number,
  width: number,
): void {
  const folds = b.fine ? 5 : 2
  const step = length / folds
  for (let k = 0; k < folds; k++) {
    const waist = 1 - 0.1 * Math.sin((Math.PI * (k + 0.5)) / folds)
    b.body(
      { origin: from.clone().addScaledVector(axis, step * k), axis, front },
      [
        { at: -step * 0.12, front: width * 0.66 * waist, side: width * 0.88 * waist, square: 2.4 },
        { at: step * 0.5, front: width * 0.74 * waist, side: width * 0.97 * waist, square: 2.4 },
        { at: step * 1.12, front: width * 0.66 * waist, side: width * 0.88 * waist, square: 2.4 },
      ],
      paints.bellows,
      { round: 0.3, rings: 6, around: 1.2 },
    )
  }
}

function buildChest(b: LinkBuilder): void {
  const { link, anatomy } = b
  const shoulders = pairOf(b, anatomy.shoulders)
  const hips = pairOf(b, anatomy.hips)
  const padRadius = Math.max(...anatomy.shoulders.map((i) => anatomy.links[i].radius), 0.03)
  const parent = b.robot.links[b.index].parent
  const parentIsWaist = parent >= 0 && anatomy.links[parent].kind === 'waist'
  const height = shoulders.up
  // With a waist link, ribs hang over it; without one, this link carries its own waist.
  const bottom = parentIsWaist ? -anatomy.links[parent].end.length() * 0.42 : height * 0.3
  const side = Math.max(shoulders.half - padRadius * 0.72, shoulders.half * 0.62)
  const depth = shoulders.half * (parentIsWaist ? 0.62 : 0.66)
  const at = (t: number): number => bottom + t * (height - bottom)
  const mid = shoulders.front
  const place = { origin, axis: link.up, front: link.front }
  const surface = b.body(
    place,
    [
      { at: at(0), front: depth * 0.72, side: side * 0.72, square: 2.5, forward: 0 },
      { at: at(0.32), front: depth * 0.9, side: side * 0.88, square: 2.7, forward: mid * 0.3 },
      {
        at: at(0.7),
        front: depth * 1.06,
        side: side * 1.04,
        square: 2.8,
        forward: mid + depth * 0.08,
        back: 0.92,
      },
      {
        at: at(1.0),
        front: depth * 0.92,
        side: side * 1.0,
        square: 2.7,
        forward: mid + depth * 0.02,
      },
      {
        at: at(1.0) + padRadius * 0.9,
        front: depth * 0.6,
        side: side * 0.66,
        square: 2.4,
        forward: mid * 0.8,
      },
    ],
    paints.shell,
    { start: 0.12, end: 0.2, rings: b.segments + 2, around: 1.7 },
  )
  // Two chest plates, a dark back, a small light between.
  for (const s of [1, -1]) {
    b.plate(
      surface,
      { angle: s * 0.5, half: 0.36, from: 0.5, to: 0.84, height: 0.006, square: 3.2 },
      b.accent,
      0.8,
    )
  }
  b.plate(
    surface,
    { angle: Math.PI, half: 0.72, from: 0.2, to: 0.82, height: 0.012, square: 3.6 },
    paints.frame,
    0.9,
  )
  b.plate(
    surface,
    { angle: 0, half: 0.05, from: 0.52, to: 0.8, height: 0.006, square: 2.6 },
    paints.light,
    0.6,
  )
  if (!parentIsWaist) {
    bellows(
      b,
      link.up.clone().multiplyScalar(0.01),
      link.up,
      link.front,
      bottom + 0.02,
      Math.max(hips.half * 0.92, side * 0.55),
    )
  }
  const collar = link.up
    .clone()
    .multiplyScalar(at(1) + padRadius * 0.86)
    .addScaledVector(link.front, mid * 0.8)
  const ownHead = b.geoms.find((g) => g.name !== undefined && /head/i.test(g.name))
  const headAt =
    anatomy.head >= 0
      ? anatomy.inFrame(b.index, anatomy.head)
      : ownHead
        ? geomCentre(ownHead)
        : undefined
  if (headAt) b.add(capsule(collar, headAt, side * 0.28, b.segments, paints.bellows))
  if (ownHead && anatomy.head < 0) headShell(b, geomCentre(ownHead), headRadius(ownHead))
}

function geomCentre(g: GeomDescription): Vector3 {
  return g.type === 'capsule' || g.type === 'cylinder'
    ? new Vector3(...g.from).add(new Vector3(...g.to)).multiplyScalar(0.5)
    : new Vector3(...g.pos)
}

const headRadius = (g: GeomDescription): number =>
  g.type === 'box' ? Math.max(...g.halfSize) : Math.min(0.1, g.radius * 1.22)

function buildHead(b: LinkBuilder): void {
  const g = b.geoms[0]
  const centre = g ? geomCentre(g) : b.link.up.clone().multiplyScalar(0.1)
  const r = g ? (g.type === 'sphere' ? g.radius : headRadius(g)) : 0.09
  b.add(capsule(origin, centre, r * 0.5, b.segments, paints.bellows))
  headShell(b, centre, r)
}

function headShell(b: LinkBuilder, centre: Vector3, r: number): void {
  const { link } = b
  const place = { origin: centre, axis: link.up, front: link.front }
  const sections: Section[] = [
    { at: -r * 1.1, front: r * 0.54, side: r * 0.46, forward: r * 0.24, square: 2.3 },
    { at: -r * 0.55, front: r * 0.84, side: r * 0.7, forward: r * 0.1, square: 2.4 },
    { at: r * 0.1, front: r * 0.98, side: r * 0.81, square: 2.35 },
    { at: r * 0.62, front: r * 0.96, side: r * 0.79, forward: -r * 0.04, square: 2.2 },
    { at: r * 1.1, front: r * 0.82, side: r * 0.68, forward: -r * 0.07, square: 2.1 },
  ]
  const surface = b.body(place, sections, paints.shell, {
    start: 0.16,
    end: 0.3,
    rings: b.segments + 2,
    around: 1.8,
  })
  b.plate(
    surface,
    { angle: 0, half: 1.5, from: 0.34, to: 0.72, height: r * 0.05, square: 3 },
    paints.visor,
    1.2,
  )
  b.plate(
    surface,
    { angle: 0, half: 0.95, from: 0.565, to: 0.605, height: r * 0.075, square: 5 },
    paints.light,
    0.9,
  )
  // A crest over the crown, and covers where ears would be.
  b.plate(
    surface,
    { angle: Math.PI, half: 0.5, from: 0.42, to: 0.8, height: r * 0.05, square: 3 },
    b.accent,
    0.8,
  )
  for (const s of [1, -1]) {
    const out = link.left.clone().multiplyScalar(s)
    const at = centre
      .clone()
      .addScaledVector(out, r * 0.76)
      .addScaledVector(link.front, -r * 0.42)
      .addScaledVector(link.up, -r * 0.1)
    b.add(disc(at, out, r * 0.26, r * 0.1, b.segments, paints.frame))
  }
}

/** A shoe: from the foot's box, or from the sole site's height. */
function buildFoot(b: LinkBuilder): void {
  const { link } = b
  const box = b.geoms
    .filter((g) => g.type === 'box')
    .sort((p, q) => footWidth(q, link) - footWidth(p, link))[0]
  if (!box) {
    buildPlain(b)
    jointHousing(b, Math.min(0.045, link.radius))
    return
  }
  const long = [...b.geoms].filter((g) => g.type === 'box')
  const reach = (dir: Vector3): [number, number] => {
    let low = Infinity
    let high = -Infinity
    for (const g of long) {
      const c = new Vector3(...g.pos).dot(dir)
      const h = Math.abs(halfAlong(g, dir))
      low = Math.min(low, c - h)
      high = Math.max(high, c + h)
    }
    return [low, high]
  }
  const [heel, toe] = reach(link.front)
  const [sole, instep] = reach(link.up)
  const half = Math.max(halfAlong(box, link.left), 0.036)
  const centre = new Vector3(...box.pos).dot(link.left)
  const height = Math.min(instep - sole, half * 1.5)
  const length = toe - heel
  const place: Placement = {
    origin: link.left.clone().multiplyScalar(centre).addScaledVector(link.up, sole),
    axis: link.front,
    front: link.up,
  }
  const upper = (t: number, width: number, tall: number, square = 2.6): Section => ({
    at: heel + t * length,
    front: (height * tall) / 2,
    side: half * width,
    forward: (height * tall) / 2 + height * 0.12,
    square,
  })
  const surface = b.body(
    place,
    [
      upper(-0.01, 0.66, 0.98),
      upper(0.18, 0.8, 1.16),
      upper(0.42, 0.9, 1.02),
      upper(0.7, 1.0, 0.72),
      upper(1.0, 0.8, 0.5),
    ],
    paints.shell,
    { start: 0.1, end: 0.16, rings: b.segments },
  )
  for (const s of [1, -1]) {
    b.plate(
      surface,
      {
        angle: s * (Math.PI / 2 - 0.15),
        half: 0.42,
        from: 0.2,
        to: 0.62,
        height: 0.004,
        square: 2.6,
      },
      b.accent,
    )
  }
  const soleSection = (t: number, width: number): Section => ({
    at: heel + t * length,
    front: height * 0.14,
    side: half * width,
    forward: height * 0.14,
    square: 5,
  })
  b.body(
    place,
    [
      soleSection(-0.03, 0.76),
      soleSection(0.2, 0.86),
      soleSection(0.66, 1.08),
      soleSection(1.04, 0.84),
    ],
    paints.rubber,
    { round: 0.09, rings: b.segments },
  )
  const ankle = Math.min(0.05, half * 0.9)
  const parent = b.robot.links[b.index].parent
  const radius = Math.min(ankle, (b.anatomy.links[parent]?.radius ?? ankle) * 0.74)
  const joint = b.robot.joints[b.index - 1]
  jointHousing(b, radius, joint.type === 'spherical' ? link.left : undefined)
  const top = link.up
    .clone()
    .multiplyScalar(sole + height * 0.8)
    .addScaledVector(link.front, 0.01)
  b.add(capsule(origin, top, radius * 0.72, b.segments, paints.frame))
}

const footWidth = (g: GeomDescription, link: LinkAnatomy): number =>
  g.type === 'box' ? halfAlong(g, link.left) : 0

function halfAlong(g: GeomDescription, dir: Vector3): number {
  if (g.type !== 'box') return 0
  const m = frameAt([0, 0, 0], g.quat)
  const axes = [new Vector3(), new Vector3(), new Vector3()]
  m.extractBasis(axes[0], axes[1], axes[2])
  return axes.reduce((sum, a, i) => sum + Math.abs(a.dot(dir)) * g.halfSize[i], 0)
}

/** A palm with four fingers and a thumb; the palm faces its site or the balls that stand for fingers. */
function buildHand(b: LinkBuilder): void {
  const { link } = b
  const box = b.geoms.find((g) => g.type === 'box')
  const spheres = b.geoms.filter((g) => g.type === 'sphere')
  if (box?.type !== 'box' || !b.anatomy.isHumanoid) {
    buildPlain(b)
    jointHousing(b, Math.min(0.05, link.radius))
    return
  }
  const centre = new Vector3(...box.pos)
  const axis = nearestTo(centre)
  const length = halfAlong(box, axis)
  const candidates = [link.up, link.front, link.left].filter((v) => Math.abs(v.dot(axis)) < 0.5)
  const [thin, wide] = candidates.sort((p, q) => halfAlong(box, p) - halfAlong(box, q))
  const inward = new Vector3()
  for (const g of spheres)
    inward.add(new Vector3(...(g.type === 'sphere' ? g.pos : [0, 0, 0])).sub(centre))
  const palm = thin.clone().multiplyScalar(Math.sign(inward.dot(thin)) || 1)
  const thumb = wide.clone().multiplyScalar(Math.sign(wide.dot(link.front)) || 1)
  const width = halfAlong(box, wide)
  const thick = Math.max(halfAlong(box, thin), 0.012)
  const base = centre.clone().addScaledVector(axis, -length)
  const palmLength = length * 0.98
  b.body(
    { origin: base, axis, front: palm },
    [
      { at: 0, front: thick * 1.15, side: width * 0.56, square: 2.4 },
      { at: palmLength * 0.5, front: thick * 1.35, side: width * 0.8, square: 2.8 },
      { at: palmLength, front: thick * 1.1, side: width * 0.86, square: 2.8 },
    ],
    paints.rubber,
    { round: 0.16, rings: Math.max(5, b.segments - 4) },
  )
  if (b.fine) {
    const back = b.body(
      {
        origin: base.clone().addScaledVector(palm, -thick * 0.5),
        axis,
        front: palm.clone().negate(),
      },
      [
        { at: palmLength * 0.08, front: thick * 0.8, side: width * 0.5, square: 3 },
        { at: palmLength * 0.86, front: thick * 0.9, side: width * 0.74, square: 3 },
      ],
      paints.shell,
      { round: 0.2, rings: 5, around: 1 },
    )
    b.plate(back, { angle: 0, half: 0.6, from: 0.24, to: 0.8, height: 0.003 }, b.accent, 0.5)
  }
  const r = Math.min(width * 0.2, 0.0105)
  const segments = Math.max(5, Math.round(b.segments * 0.5))
  for (let f = 0; f < 4; f++) {
    const across01 = (f - 1.5) / 1.5
    const root = base
      .clone()
      .addScaledVector(axis, palmLength * 0.96)
      .addScaledVector(thumb, -across01 * width * 0.64)
    const spread = axis
      .clone()
      .addScaledVector(thumb, -across01 * 0.16)
      .normalize()
    const finger = length * (1.02 - 0.16 * Math.abs(across01 + 0.2))
    const knuckle = root
      .clone()
      .addScaledVector(spread, finger * 0.52)
      .addScaledVector(palm, finger * 0.08)
    const tip = knuckle
      .clone()
      .addScaledVector(spread, finger * 0.42)
      .addScaledVector(palm, finger * 0.26)
    b.add(capsule(root, knuckle, r, segments, paints.frame, r * 0.94))
    b.add(capsule(knuckle, tip, r * 0.94, segments, paints.rubber, r * 0.78))
  }
  const thumbRoot = base
    .clone()
    .addScaledVector(axis, palmLength * 0.34)
    .addScaledVector(thumb, width * 0.6)
  const thumbTip = thumbRoot
    .clone()
    .addScaledVector(thumb, width * 0.66)
    .addScaledVector(axis, length * 0.5)
    .addScaledVector(palm, length * 0.22)
  b.add(capsule(thumbRoot, thumbTip, r * 1.15, segments, paints.frame, r * 0.9))
  const wrist = Math.min(0.032, link.radius)
  b.add(
    capsule(
      origin,
      base.clone().addScaledVector(axis, 0.02),
      wrist * 0.86,
      b.segments,
      paints.frame,
    ),
  )
}

function nearestTo(v: Vector3): Vector3 {
  const a = [Math.abs(v.x), Math.abs(v.y), Math.abs(v.z)]
  const k = a.indexOf(Math.max(...a))
  return new Vector3().setComponent(k, Math.sign(v.getComponent(k)) || 1)
}

/** Any other link: its shapes, softened. */
function buildPlain(b: LinkBuilder): void {
  for (const g of b.geoms) {
    switch (g.type) {
      case 'sphere':
        b.add(ball(new Vector3(...g.pos), g.radius, b.segments, paints.shell))
        break
      case 'box': {
        const half = new Vector3(...g.halfSize)
        const round = Math.min(...g.halfSize) * 0.55
        const paint = Math.max(...g.halfSize) < 0.05 ? paints.rubber : paints.shell
        b.add(roundedBox(half, round, frameAt(g.pos, g.quat), b.fine ? 3 : 1, paint))
        break
      }
      case 'capsule':
        b.add(
          capsule(new Vector3(...g.from), new Vector3(...g.to), g.radius, b.segments, paints.shell),
        )
        break
      case 'cylinder':
        pedestal(b, new Vector3(...g.from), new Vector3(...g.to), g.radius)
        break
    }
  }
  const isFinger = b.index > 0 && b.robot.joints[b.index - 1].type === 'prismatic'
  if (!isFinger) jointHousing(b, Math.min(0.06, b.link.radius))
}

/** An upright cylinder reads as machine: a foot plate, a tapered column, a dark collar. */
function pedestal(b: LinkBuilder, from: Vector3, to: Vector3, r: number): void {
  const axis = to.clone().sub(from)
  const h = axis.length()
  axis.normalize()
  const lip = Math.min(0.02, h * 0.15)
  b.add(
    turned(
      from,
      axis,
      [
        [0, 0],
        [r * 1.3, 0],
        [r * 1.3, lip * 0.6],
        [r * 1.3, lip * 0.6],
        [r * 1.12, lip],
        [r * 1.12, lip],
        [r, lip * 1.6],
      ],
      b.segments * 2,
      paints.frame,
    ),
    turned(
      from,
      axis,
      [
        [r, lip],
        [r * 0.98, h * 0.5],
        [r * 0.9, h * 0.86],
        [r * 0.8, h * 0.97],
        [0, h],
      ],
      b.segments * 2,
      paints.shell,
    ),
    turned(
      from,
      axis,
      [
        [r * 0.9, h * 0.6],
        [r * 1.0, h * 0.6],
        [r * 1.0, h * 0.66],
        [r * 0.9, h * 0.66],
      ],
      b.segments * 2,
      familyPaints.trunk,
    ),
  )
}

/** Triangles of a set of geometries. */
export const triangleCount = (geometries: readonly BufferGeometry[]): number =>
  geometries.reduce((sum, g) => sum + (g.getIndex()?.count ?? 0) / 3, 0)
