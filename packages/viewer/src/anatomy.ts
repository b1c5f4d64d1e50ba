import { quatIdentity } from '@skillweave/math'
import type { GeomDescription, RobotDescription } from '@skillweave/protocol'
import { Matrix4, Quaternion, Vector3 } from 'three'
import { bindKinematics } from './kinematics.ts'
import type { Family } from './palette.ts'

/** What part of a body a link is, guessed from the tree, the roles and the masses. */
export interface LinkAnatomy {
  readonly kind:
    | 'pelvis'
    | 'waist'
    | 'chest'
    | 'head'
    | 'hand'
    | 'foot'
    | 'limb'
    | 'connector'
    | 'plain'
  readonly family: Family
  /** 1 left, −1 right, 0 neither. */
  readonly side: -1 | 0 | 1
  /** 0: the limb nearest the trunk; counts limbs, not connectors. */
  readonly order: number
  /** The robot's upright directions in the link frame, default pose, snapped to near link axes. */
  readonly up: Vector3
  readonly front: Vector3
  readonly left: Vector3
  /** Where this link ends, link frame: the next joint, or the end of its shape. */
  readonly end: Vector3
  /** Radii near the own joint and near the end, m. */
  readonly radius: number
  readonly endRadius: number
  readonly children: readonly number[]
}

export interface Anatomy {
  readonly links: readonly LinkAnatomy[]
  /** Origin of link `b` in the frame of link `a`, default pose. */
  readonly inFrame: (a: number, b: number) => Vector3
  /** First link of each arm and leg that has a shape of its own. */
  readonly shoulders: readonly number[]
  readonly hips: readonly number[]
  readonly head: number
  /** True for a robot with legs and a trunk; false for an arm on a pedestal. */
  readonly isHumanoid: boolean
}

/** Read a robot's tree as a body. */
export function deriveAnatomy(robot: RobotDescription): Anatomy {
  const { links } = robot
  const n = links.length
  const frames = defaultFrames(robot)
  const inverse = frames.map((m) => m.clone().invert())
  const inFrame = (a: number, b: number): Vector3 =>
    new Vector3().setFromMatrixPosition(frames[b]).applyMatrix4(inverse[a])
  const children = links.map((_, i) => links.flatMap((l, k) => (l.parent === i ? [k] : [])))
  const hands = new Set(
    ['leftHand', 'rightHand'].flatMap((r) =>
      robot.roles[r] === undefined ? [] : [robot.roles[r]],
    ),
  )
  const feet = new Set(robot.feet)
  const head = robot.roles.head ?? links.findIndex((l) => /head/i.test(l.name))
  const heads = head >= 0 ? [head] : []
  const marked = [...hands, ...feet, ...heads]
  const ends = marked.length > 0 ? marked : links.flatMap((_, i) => (children[i].length ? [] : [i]))
  const pathUp = (i: number): number[] => (i < 0 ? [] : [i, ...pathUp(links[i].parent)])
  const served = links.map(() => new Set<number>())
  for (const e of ends) for (const i of pathUp(e)) served[i].add(e)
  const isHumanoid = robot.base === 'floating' && feet.size >= 2
  const isTrunk = links.map(
    (_, i) => i !== head && ((isHumanoid && i === 0) || served[i].size >= 2),
  )
  const armEnd = (i: number): boolean => [...served[i]].some((e) => hands.has(e))
  const legEnd = (i: number): boolean => [...served[i]].some((e) => feet.has(e))
  const below = (i: number, set: Set<number>): boolean =>
    pathUp(links[i].parent).some((p) => set.has(p))
  const hasShape = (i: number): boolean => links[i].geoms.length > 0
  const firsts = (test: (i: number) => boolean): number[] =>
    links.flatMap((l, i) => {
      if (isTrunk[i] || !test(i) || !hasShape(i)) return []
      const trunkward = pathUp(l.parent).filter((p) => !isTrunk[p])
      return trunkward.some(hasShape) ? [] : [i]
    })

  const order = new Int32Array(n)
  const result: LinkAnatomy[] = links.map((link, i) => {
    const [up, front, left] = bodyAxes(robot, frames[i])
    const side = sideOf(link.name)
    const leg = legEnd(i) || below(i, feet)
    const arm = armEnd(i) || below(i, hands)
    const family: Family = isTrunk[i]
      ? 'trunk'
      : leg
        ? side < 0
          ? 'rightLeg'
          : 'leftLeg'
        : arm
          ? side < 0
            ? 'rightArm'
            : 'leftArm'
          : 'trunk'
    const end = linkEnd(robot, i, children[i])
    const radius = ownRadius(link.geoms, link.mass, end.length())
    const endRadius = Math.min(
      radius,
      ...children[i]
        .filter((c) => links[c].geoms.length > 0)
        .map((c) =>
          ownRadius(links[c].geoms, links[c].mass, linkEnd(robot, c, children[c]).length()),
        ),
    )
    const kind = ((): LinkAnatomy['kind'] => {
      if (i === head) return 'head'
      if (isTrunk[i] && isHumanoid) {
        const hasArms = children[i].some((c) => armEnd(c) && !isTrunk[c])
        if (hasArms) return 'chest'
        return i === 0 ? 'pelvis' : 'waist'
      }
      if (feet.has(i)) return 'foot'
      if (hands.has(i) && !isLong(link.geoms)) return 'hand'
      if (!hasShape(i)) return 'connector'
      if (below(i, hands) || below(i, feet) || i === 0) return 'plain'
      return end.length() < Math.max(isHumanoid ? 0.118 : 0.06, 1.7 * radius) ? 'connector' : 'limb'
    })()
    const parentOrder = link.parent < 0 ? 0 : order[link.parent]
    order[i] = parentOrder + (kind === 'limb' ? 1 : 0)
    return {
      kind,
      family,
      side,
      order: order[i] - 1,
      up,
      front,
      left,
      end,
      radius,
      endRadius,
      children: children[i],
    }
  })
  return {
    links: result,
    inFrame,
    shoulders: isHumanoid ? firsts(armEnd) : [],
    hips: isHumanoid ? firsts(legEnd) : [],
    head,
    isHumanoid,
  }
}

/** 1 for names like leftFoot, l_foot, FL_foot; −1 for their mirror images; else 0. */
function sideOf(name: string): -1 | 0 | 1 {
  if (/left/i.test(name) || /(^|_)[FR]?[lL](_|$)|^L[A-Z]/.test(name)) return 1
  if (/right/i.test(name) || /(^|_)[FR]?[rR](_|$)|^R[A-Z]/.test(name)) return -1
  return 0
}

/** A capsule clearly longer than thick: a limb, even if its link ends in a hand. */
const isLong = (geoms: readonly GeomDescription[]): boolean =>
  geoms.some(
    (g) =>
      (g.type === 'capsule' || g.type === 'cylinder') &&
      new Vector3(...g.to).distanceTo(new Vector3(...g.from)) > 2.2 * g.radius,
  )

/** The next joint if the link has one, else the far end of its longest shape, else twice the COM. */
function linkEnd(robot: RobotDescription, i: number, children: readonly number[]): Vector3 {
  let end = new Vector3()
  for (const c of children) {
    const p = new Vector3(...robot.joints[c - 1].pos)
    if (p.lengthSq() > end.lengthSq()) end = p
  }
  if (end.length() > 0.02) return end
  for (const g of robot.links[i].geoms) {
    if (g.type !== 'capsule' && g.type !== 'cylinder') continue
    for (const tip of [g.from, g.to]) {
      const p = new Vector3(...tip)
      if (p.lengthSq() > end.lengthSq()) end = p
    }
  }
  if (end.length() > 0.02) return end
  return new Vector3(...robot.links[i].com).multiplyScalar(2)
}

/**
 * How thick a link looks: between its collision shape, which is often slimmer than the body, and a
 * cylinder of its mass at the density of water.
 */
function ownRadius(geoms: readonly GeomDescription[], mass: number, length: number): number {
  let shape = 0
  for (const g of geoms) {
    if (g.type === 'box') {
      const [a, b] = [...g.halfSize].sort((p, q) => p - q)
      shape = Math.max(shape, (a + b) / 2)
    } else if (g.type !== 'sphere' || geoms.length === 1) shape = Math.max(shape, g.radius)
  }
  const solid = length > 0.05 ? Math.sqrt(mass / (1000 * Math.PI * length)) : shape
  if (shape === 0) return Math.min(0.05, Math.max(0.02, solid))
  return Math.min(1.3 * shape, Math.max(0.95 * shape, 0.45 * shape + 0.55 * solid))
}

/** World frames of all links in the default pose, base upright at the origin. */
function defaultFrames(robot: RobotDescription): Matrix4[] {
  const kin = bindKinematics(robot)
  const pos = new Float64Array(kin.linkCount * 3)
  const quat = new Float64Array(kin.linkCount * 4)
  const base = robot.base === 'floating' ? robot.standingQuat : quatIdentity
  kin.forward(pos, quat, [0, 0, 0], 0, base, 0, kin.coordDefault, 0)
  return robot.links.map((_, i) =>
    new Matrix4().compose(
      new Vector3().fromArray(pos, i * 3),
      new Quaternion().fromArray(quat, i * 4),
      new Vector3(1, 1, 1),
    ),
  )
}

/**
 * Up, front and left of the upright robot in a link's frame. Link frames are usually aligned with the
 * part they carry, and the default pose bends joints, so each direction is snapped to the nearest
 * link axis.
 */
function bodyAxes(robot: RobotDescription, frame: Matrix4): [Vector3, Vector3, Vector3] {
  const standing = new Quaternion(...robot.standingQuat)
  const forward = new Vector3(...robot.forward).applyQuaternion(standing)
  forward.z = 0
  forward.normalize()
  const toLink = new Quaternion().setFromRotationMatrix(frame).invert()
  const up = new Vector3(0, 0, 1).applyQuaternion(toLink)
  const front = forward.applyQuaternion(toLink)
  const upSnapped = nearestAxis(up)
  front.addScaledVector(upSnapped, -front.dot(upSnapped))
  const frontSnapped = nearestAxis(front)
  return [upSnapped, frontSnapped, new Vector3().crossVectors(upSnapped, frontSnapped)]
}

function nearestAxis(v: Vector3): Vector3 {
  const k = [0, 1, 2].reduce((best, i) =>
    Math.abs(v.getComponent(i)) > Math.abs(v.getComponent(best)) ? i : best,
  )
  return new Vector3().setComponent(k, Math.sign(v.getComponent(k)) || 1)
}
