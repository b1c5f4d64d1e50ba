import { Vector3 } from 'three'
import type { LinkAnatomy } from './anatomy.ts'
import { across, jointHousing, type LinkBuilder, origin } from './link-builder.ts'
import { paints } from './palette.ts'
import { capsule, type Section, turned } from './solids.ts'

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

/** Thighs, shins, arms, and the links of machines: a lathe from joint to joint, plated. */
export function buildLimb(b: LinkBuilder): void {
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

/** A short link between joints, such as a hip yaw: mechanism, and a cap where it is a shoulder. */
export function buildConnector(b: LinkBuilder): void {
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
