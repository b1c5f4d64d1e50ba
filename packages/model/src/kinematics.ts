import {
  type Floats,
  quatConjMulAt,
  quatExpAt,
  quatLogAt,
  quatMulAt,
  quatRotateAt,
  quatRotateInvAt,
  type ReadonlyFloats,
} from '@skillweave/math'
import { dofCount, type Joint, type RobotModel } from './robot-model.ts'

/** Link poses of n robots, or of n moments of one robot. World frame; link 0 is the base. */
export interface LinkPoses {
  /** Origins of the link frames, m. [n, nLinks, 3] */
  readonly pos: Floats
  /** [n, nLinks, 4] */
  readonly quat: Floats
}

export interface LinkVelocities {
  /** Velocities of the link frames' origins, m/s. [n, nLinks, 3] */
  readonly linVel: Floats
  /** rad/s. [n, nLinks, 3] */
  readonly angVel: Floats
}

/**
 * Joint coordinates ⇄ link poses of one robot model. Every function works on entry `i` of flat
 * arrays and allocates nothing. The base (link 0) is never written: forward, it is where the chain
 * starts; inverse, it only matters as a parent.
 */
export interface Kinematics {
  readonly nLinks: number
  readonly nDof: number
  /** Poses of links 1… from the base pose in `links` and q [n, nDof]. */
  poses(links: LinkPoses, q: ReadonlyFloats, i: number): void
  /** Velocities of links 1… from the base velocity in `links`, the poses, and dq [n, nDof]. */
  velocities(links: LinkPoses & LinkVelocities, dq: ReadonlyFloats, i: number): void
  /**
   * q from the poses. A revolute angle is the one nearest the middle of the joint's limits (of 0
   * without limits); a rotation vector has an angle in [0, π]. What a joint cannot do is ignored.
   */
  coordinates(q: Floats, links: LinkPoses, i: number): void
  /** dq from poses and velocities. */
  rates(dq: Floats, links: LinkPoses & LinkVelocities, i: number): void
}

export function bindKinematics(model: RobotModel): Kinematics {
  const nLinks = model.links.length
  const nDof = dofCount(model)
  const joints = model.joints.map((joint, k) => bindJoint(joint, model.links[k + 1].parent, k + 1))

  return {
    nLinks,
    nDof,
    poses(links, q, i) {
      for (const joint of joints) poseAt(joint, links, q, i * nLinks, i * nDof + joint.dof)
    },
    velocities(links, dq, i) {
      for (const joint of joints) velocityAt(joint, links, dq, i * nLinks, i * nDof + joint.dof)
    },
    coordinates(q, links, i) {
      for (const joint of joints) coordinateAt(joint, q, links, i * nLinks, i * nDof + joint.dof)
    },
    rates(dq, links, i) {
      for (const joint of joints) rateAt(joint, dq, links, i * nLinks, i * nDof + joint.dof)
    },
  }
}

interface BoundJoint {
  readonly type: Joint['type']
  readonly parent: number
  readonly child: number
  readonly dof: number
  readonly pos: Float64Array
  readonly quat: Float64Array
  readonly axis: Float64Array
  /** Middle of the limits, where a revolute angle is unwrapped around, rad. */
  readonly middle: number
}

function bindJoint(joint: Joint, parent: number, child: number): BoundJoint {
  return {
    type: joint.type,
    parent,
    child,
    dof: joint.dof,
    pos: Float64Array.from(joint.pos),
    quat: Float64Array.from(joint.quat),
    axis: Float64Array.from(joint.axis),
    middle: jointMiddle(joint),
  }
}

/** Middle of a one-coordinate joint's limits, 0 when it has none. */
export function jointMiddle(joint: Joint): number {
  const middle = (joint.lower[0] + joint.upper[0]) / 2
  return joint.type !== 'spherical' && Number.isFinite(middle) ? middle : 0
}

const _v = new Float64Array(3)
const _rel = new Float64Array(4)

function poseAt(
  joint: BoundJoint,
  links: LinkPoses,
  q: ReadonlyFloats,
  first: number,
  d: number,
): void {
  const { pos, quat } = links
  const p = first + joint.parent
  const c = first + joint.child
  // Orientation first: a prismatic offset is along an axis of the child frame.
  quatMulAt(quat, 4 * c, quat, 4 * p, joint.quat, 0)
  if (joint.type === 'spherical') rotateBy(quat, 4 * c, q[d], q[d + 1], q[d + 2])
  else if (joint.type === 'revolute') {
    const { axis } = joint
    rotateBy(quat, 4 * c, axis[0] * q[d], axis[1] * q[d], axis[2] * q[d])
  }
  quatRotateAt(_v, 0, quat, 4 * p, joint.pos, 0)
  for (let k = 0; k < 3; k++) pos[3 * c + k] = pos[3 * p + k] + _v[k]
  if (joint.type === 'prismatic') {
    quatRotateAt(_v, 0, quat, 4 * c, joint.axis, 0)
    for (let k = 0; k < 3; k++) pos[3 * c + k] += _v[k] * q[d]
  }
}

/** quat ← quat · exp(x, y, z) */
function rotateBy(quat: Floats, o: number, x: number, y: number, z: number): void {
  _v[0] = x
  _v[1] = y
  _v[2] = z
  quatExpAt(_rel, 0, _v, 0)
  quatMulAt(quat, o, quat, o, _rel, 0)
}

function velocityAt(
  joint: BoundJoint,
  links: LinkPoses & LinkVelocities,
  dq: ReadonlyFloats,
  first: number,
  d: number,
): void {
  const { pos, quat, linVel, angVel } = links
  const p = 3 * (first + joint.parent)
  const c = 3 * (first + joint.child)
  const rx = pos[c] - pos[p]
  const ry = pos[c + 1] - pos[p + 1]
  const rz = pos[c + 2] - pos[p + 2]
  linVel[c] = linVel[p] + angVel[p + 1] * rz - angVel[p + 2] * ry
  linVel[c + 1] = linVel[p + 1] + angVel[p + 2] * rx - angVel[p] * rz
  linVel[c + 2] = linVel[p + 2] + angVel[p] * ry - angVel[p + 1] * rx
  for (let k = 0; k < 3; k++) angVel[c + k] = angVel[p + k]

  const o = 4 * (first + joint.child)
  if (joint.type === 'spherical') {
    quatRotateAt(_v, 0, quat, o, dq, d)
    for (let k = 0; k < 3; k++) angVel[c + k] += _v[k]
  } else {
    quatRotateAt(_v, 0, quat, o, joint.axis, 0)
    const out = joint.type === 'revolute' ? angVel : linVel
    for (let k = 0; k < 3; k++) out[c + k] += _v[k] * dq[d]
  }
}

function coordinateAt(
  joint: BoundJoint,
  q: Floats,
  links: LinkPoses,
  first: number,
  d: number,
): void {
  const { pos, quat } = links
  const p = first + joint.parent
  const c = first + joint.child
  if (joint.type === 'prismatic') {
    quatRotateAt(_v, 0, quat, 4 * p, joint.pos, 0)
    const rx = pos[3 * c] - pos[3 * p] - _v[0]
    const ry = pos[3 * c + 1] - pos[3 * p + 1] - _v[1]
    const rz = pos[3 * c + 2] - pos[3 * p + 2] - _v[2]
    quatRotateAt(_v, 0, quat, 4 * c, joint.axis, 0)
    q[d] = rx * _v[0] + ry * _v[1] + rz * _v[2]
    return
  }
  // exp(q) = conj(quat_parent · joint.quat) · quat_child
  quatMulAt(_rel, 0, quat, 4 * p, joint.quat, 0)
  quatConjMulAt(_rel, 0, _rel, 0, quat, 4 * c)
  if (joint.type === 'revolute') {
    const { axis, middle } = joint
    const sine = _rel[0] * axis[0] + _rel[1] * axis[1] + _rel[2] * axis[2]
    q[d] = wrapAround(2 * Math.atan2(sine, _rel[3]), middle)
    return
  }
  quatLogAt(q, d, _rel, 0)
}

/** The angle that equals `angle` up to full turns and lies within π of `middle`, rad. */
export function wrapAround(angle: number, middle: number): number {
  const turn = 2 * Math.PI
  const d = angle - middle
  return d - turn * Math.floor(d / turn + 0.5) + middle
}

function rateAt(
  joint: BoundJoint,
  dq: Floats,
  links: LinkPoses & LinkVelocities,
  first: number,
  d: number,
): void {
  const { pos, quat, linVel, angVel } = links
  const p = 3 * (first + joint.parent)
  const c = 3 * (first + joint.child)
  for (let k = 0; k < 3; k++) _v[k] = angVel[c + k] - angVel[p + k]
  if (joint.type === 'prismatic') {
    const rx = pos[c] - pos[p]
    const ry = pos[c + 1] - pos[p + 1]
    const rz = pos[c + 2] - pos[p + 2]
    _v[0] = linVel[c] - linVel[p] - (angVel[p + 1] * rz - angVel[p + 2] * ry)
    _v[1] = linVel[c + 1] - linVel[p + 1] - (angVel[p + 2] * rx - angVel[p] * rz)
    _v[2] = linVel[c + 2] - linVel[p + 2] - (angVel[p] * ry - angVel[p + 1] * rx)
  }
  quatRotateInvAt(_v, 0, quat, 4 * (first + joint.child), _v, 0)
  if (joint.type === 'spherical') for (let k = 0; k < 3; k++) dq[d + k] = _v[k]
  else dq[d] = _v[0] * joint.axis[0] + _v[1] * joint.axis[1] + _v[2] * joint.axis[2]
}
