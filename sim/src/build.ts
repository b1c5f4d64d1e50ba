import { quatBetween, quatExp, quatMul, vecScale } from '@skillweave/math'
import {
  geomVolume,
  type Hinge,
  type Joint,
  jointMiddle,
  type Link,
  type Robot,
  type SceneObject,
} from '@skillweave/model'
import { geomCollider } from './colliders.ts'
import type { CollisionGroups } from './placement.ts'
import { principalAxes } from './principal-axes.ts'
import type { ImpulseJoint, Rapier, RevoluteImpulseJoint, RigidBody, World } from './rapier.ts'

/** What a link touches; a link that touches nothing gets no collider. */
export interface LinkContacts {
  readonly groups: CollisionGroups
  readonly friction: number
  readonly hasObjects: boolean
  readonly groundContact: 'feet' | 'all'
  readonly selfCollision: boolean
}

const xyz = (v: ArrayLike<number>, o = 0) => ({ x: v[o], y: v[o + 1], z: v[o + 2] })
const xyzw = (q: ArrayLike<number>, o = 0) => ({ x: q[o], y: q[o + 1], z: q[o + 2], w: q[o + 3] })

/** Mass, centre of mass and inertia of a link as the physics has them; see `setLinkMass`. */
function linkMass(robot: Robot, k: number, scale: number) {
  const link = robot.model.links[k]
  const added = k === 0 ? 0 : Math.max(robot.addedInertia, rotorInertia(robot.model.joints[k - 1]))
  const { moments, quat } = principalAxes(link.inertia)
  return {
    mass: link.mass * scale,
    com: xyz(link.com),
    moments: xyz(moments.map((m) => (m + added) * scale)),
    quat: xyzw(quat),
  }
}

/**
 * A rotor's inertia acts about its joint's axis only. Rapier's joints have none, and adding it to one
 * axis of a link makes a body that cannot exist, so it is added to all three.
 */
const rotorInertia = (joint: Joint): number => (joint.type === 'prismatic' ? 0 : joint.armature)

/** Give link k of a robot its model's mass properties, times `scale`. */
export function setLinkMass(body: RigidBody, robot: Robot, k: number, scale: number): void {
  const { mass, com, moments, quat } = linkMass(robot, k, scale)
  body.setAdditionalMassProperties(mass, com, moments, quat, true)
}

/** Bodies and joints of one robot, at given link poses. Bodies are created in the links' order. */
export function buildRobot(
  R: Rapier,
  world: World,
  robot: Robot,
  poses: { readonly pos: ArrayLike<number>; readonly quat: ArrayLike<number> },
  contacts: LinkContacts | undefined,
  limits: 'limited' | 'unlimited' = 'limited',
  /** Damping of the joints by the solver. [nDof] N·m·s/rad */
  solved?: ArrayLike<number>,
): RigidBody[] {
  const { links, joints, base } = robot.model
  const bodies = links.map((link, k) => {
    const isBolted = k === 0 && base === 'fixed'
    const { x, y, z } = xyz(poses.pos, 3 * k)
    const { mass, com, moments, quat } = linkMass(robot, k, 1)
    const desc = (isBolted ? R.RigidBodyDesc.fixed() : R.RigidBodyDesc.dynamic())
      .setTranslation(x, y, z)
      .setRotation(xyzw(poses.quat, 4 * k))
      .setAdditionalMassProperties(mass, com, moments, quat)
      .setCanSleep(false)
    const body = world.createRigidBody(desc)
    if (contacts) createLinkColliders(R, world, robot, link, body, contacts)
    return body
  })
  joints.forEach((joint, k) => {
    const made = createJoint(R, world, joint, bodies[links[k + 1].parent], bodies[k + 1])
    if (limits === 'limited') limitJoint(made, joint)
    if (solved) dampJoint(world, made, joint, solved)
  })
  return bodies
}

function createLinkColliders(
  R: Rapier,
  world: World,
  robot: Robot,
  link: Link,
  body: RigidBody,
  contacts: LinkContacts,
): void {
  const ground = contacts.groundContact === 'all' || robot.feet.includes(link.name)
  if (!ground && !contacts.selfCollision && !contacts.hasObjects) return
  const groups = contacts.groups.link({ ground, self: contacts.selfCollision })
  for (const geom of link.geoms) {
    if (geom.collides === false) continue
    const restitution = geom.restitution ?? 0
    const desc = geomCollider(R, geom)
      .setFriction(geom.friction ?? contacts.friction)
      .setRestitution(restitution)
      .setCollisionGroups(groups)
    // A hand without bounce stops a ball that would bounce off the floor; the average would not.
    if (restitution === 0) desc.setRestitutionCombineRule(R.CoefficientCombineRule.Min)
    world.createCollider(desc, body)
  }
}

function createJoint(
  R: Rapier,
  world: World,
  joint: Joint,
  parent: RigidBody,
  child: RigidBody,
): ImpulseJoint {
  const anchor = xyz(joint.pos)
  const zero = { x: 0, y: 0, z: 0 }
  const x = { x: 1, y: 0, z: 0 }
  const data =
    joint.type === 'spherical'
      ? R.JointData.spherical(anchor, zero)
      : joint.type === 'revolute'
        ? R.JointData.revolute(anchor, zero, x)
        : R.JointData.prismatic(anchor, zero, x)
  const made = world.createImpulseJoint(data, parent, child, true)
  made.setContactsEnabled(false)
  if (joint.type === 'spherical') return made

  // Rapier's joints turn about or slide along the x axis of a frame on each body. The parent's frame
  // is turned so that the middle of the limits is zero: a limited angle must stay within ±π.
  const frame = quatBetween([1, 0, 0], joint.axis)
  const middle = joint.type === 'revolute' ? jointMiddle(joint) : 0
  const turn = quatExp(vecScale(joint.axis, middle))
  made.setFrameX1(xyzw(quatMul(quatMul(joint.quat, turn), frame)))
  made.setFrameX2(xyzw(frame))
  return made
}

/**
 * A motor that holds the joint's rate at zero with a force proportional to it: viscous damping, solved with
 * the constraints and so stable at any size. The typed API has no motors for spherical joints.
 */
function dampJoint(
  world: World,
  made: ImpulseJoint,
  joint: Joint,
  solved: ArrayLike<number>,
): void {
  const { raw } = world.impulseJoints
  const forceBased = 1
  const [firstAxis, n] =
    joint.type === 'spherical' ? [3, 3] : joint.type === 'revolute' ? [3, 1] : [0, 1]
  for (let k = 0; k < n; k++) {
    const damping = solved[joint.dof + k]
    if (damping === 0) continue
    raw.jointConfigureMotorModel(made.handle, firstAxis + k, forceBased)
    raw.jointConfigureMotorVelocity(made.handle, firstAxis + k, 0, damping)
  }
}

/** Spherical joints stay free, and so does an angle whose limits are a full turn or more apart. */
function limitJoint(made: ImpulseJoint, joint: Joint): void {
  if (joint.type === 'spherical') return
  const middle = joint.type === 'revolute' ? jointMiddle(joint) : 0
  const lower = joint.lower[0] - middle
  const upper = joint.upper[0] - middle
  const isLimited =
    joint.type === 'revolute'
      ? lower > -Math.PI && upper < Math.PI
      : Number.isFinite(lower) || Number.isFinite(upper)
  if (!isLimited) return
  const limited = made as ImpulseJoint & { setLimits(min: number, max: number): void }
  limited.setLimits(Math.max(lower, -FAR), Math.min(upper, FAR))
}

/** Join an object to the one it hangs on. Bodies must be placed as at angle 0. */
export function hangObject(
  R: Rapier,
  world: World,
  hinge: Hinge,
  on: RigidBody,
  object: RigidBody,
): void {
  const axis = xyz(hinge.axis)
  const data = R.JointData.revolute(xyz(hinge.anchorOn), xyz(hinge.anchor), axis)
  const joint = world.createImpulseJoint(data, on, object, true) as RevoluteImpulseJoint
  joint.setContactsEnabled(false)
  joint.setLimits(hinge.lower, hinge.upper)
  // A motor that holds still with no force at all would hold still for good.
  if (hinge.damping === 0) return
  joint.configureMotorModel(R.MotorModel.ForceBased)
  joint.configureMotorVelocity(0, hinge.damping)
}

/** Stands for no limit on one side, m. */
const FAR = 1e6

/**
 * Pairs of links that overlap as they stand, joint neighbours apart. Models are drawn with such
 * overlaps at the hips and shoulders; pushing those links apart would tear the joints.
 */
export function overlappingLinks(robot: Robot, bodies: readonly RigidBody[]): [number, number][] {
  const { links } = robot.model
  const collidersOf = (k: number) =>
    Array.from({ length: bodies[k].numColliders() }, (_, c) => bodies[k].collider(c))
  const pairs: [number, number][] = []
  for (let i = 0; i < links.length; i++) {
    for (let j = i + 1; j < links.length; j++) {
      if (links[j].parent === i) continue
      const isOverlapping = collidersOf(i).some((a) =>
        collidersOf(j).some((b) => (a.contactCollider(b, 0)?.distance ?? 0) < 0),
      )
      if (isOverlapping) pairs.push([i, j])
    }
  }
  return pairs
}

/** Let two bodies pass through each other: contacts are off between bodies that share a joint. */
export function ignoreContacts(R: Rapier, world: World, a: RigidBody, b: RigidBody): void {
  const zero = { x: 0, y: 0, z: 0 }
  const noLocks = 0 as Parameters<typeof R.JointData.generic>[3]
  const free = R.JointData.generic(zero, zero, { x: 1, y: 0, z: 0 }, noLocks)
  world.createImpulseJoint(free, a, b, true).setContactsEnabled(false)
}

/** Handles of an object's body and its colliders. */
export interface BuiltObject {
  readonly handle: number
  readonly colliders: readonly number[]
  /** The share of the object's mass each collider carries, by volume. */
  readonly massShares: readonly number[]
}

export function buildObject(
  R: Rapier,
  world: World,
  object: SceneObject,
  pos: ArrayLike<number>,
  groups: CollisionGroups,
): BuiltObject {
  const isDynamic = object.motion === 'dynamic'
  // Velocity-based, so that a placed object with a velocity glides on; still by default.
  const desc = (isDynamic ? R.RigidBodyDesc.dynamic() : R.RigidBodyDesc.kinematicVelocityBased())
    .setTranslation(pos[0], pos[1], pos[2])
    .setLinearDamping(object.linearDamping)
    .setAngularDamping(object.angularDamping)
    .setCcdEnabled(object.ccd)
    .setCanSleep(false)
  const body = world.createRigidBody(desc)
  const solid = object.geoms.filter((g) => g.collides !== false)
  const volume = solid.reduce((sum, g) => sum + geomVolume(g), 0)
  const massShares = solid.map((g) => geomVolume(g) / volume)
  const colliders = solid.map((geom, i) => {
    const collider = geomCollider(R, geom)
      .setFriction(geom.friction ?? object.friction)
      .setRestitution(geom.restitution ?? object.restitution)
      .setCollisionGroups(groups.object)
    if (isDynamic) collider.setMass(object.mass * massShares[i])
    return world.createCollider(collider, body).handle
  })
  return { handle: body.handle, colliders, massShares }
}
