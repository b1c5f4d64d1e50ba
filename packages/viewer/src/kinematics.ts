import {
  type Floats,
  quatExpAt,
  quatMulAt,
  quatRotateAt,
  type ReadonlyFloats,
} from '@skillweave/math'
import type { RobotDescription } from '@skillweave/protocol'

/**
 * Forward kinematics of a described robot. Joint coordinates are drawn values, not q: one number per
 * revolute (rad) or prismatic (m) joint, a quaternion (child in its zero frame) per spherical joint.
 */
export interface Kinematics {
  readonly linkCount: number
  /** Length of one robot's coordinates. */
  readonly coordCount: number
  /** First coordinate of each joint. [nJoints] */
  readonly coordAt: Int32Array
  /** qDefault as coordinates. [coordCount] */
  readonly coordDefault: Float32Array
  /**
   * World poses of all links from the base's pose and the coordinates at `co`. Writes positions
   * [nLinks, 3] and quaternions [nLinks, 4] at offset 0 of `pos` and `quat`.
   */
  forward(
    pos: Floats,
    quat: Floats,
    basePos: ReadonlyFloats,
    bo: number,
    baseQuat: ReadonlyFloats,
    qo: number,
    coords: ReadonlyFloats,
    co: number,
  ): void
}

/** Prepare a robot's kinematics. */
export function bindKinematics(robot: RobotDescription): Kinematics {
  const { joints, links } = robot
  const n = joints.length
  const coordAt = new Int32Array(n)
  const kind = new Uint8Array(n)
  const parent = new Int32Array(n)
  const origin = new Float64Array(n * 3)
  const zero = new Float64Array(n * 4)
  const axis = new Float64Array(n * 3)
  let coordCount = 0
  for (let k = 0; k < n; k++) {
    const joint = joints[k]
    coordAt[k] = coordCount
    kind[k] = joint.type === 'revolute' ? 0 : joint.type === 'prismatic' ? 1 : 2
    coordCount += joint.type === 'spherical' ? 4 : 1
    parent[k] = links[k + 1].parent
    origin.set(joint.pos, k * 3)
    zero.set(joint.quat, k * 4)
    axis.set(joint.axis, k * 3)
  }
  const coordDefault = new Float32Array(coordCount)
  for (let k = 0; k < n; k++) {
    const q = robot.qDefault
    if (kind[k] === 2) quatExpAt(coordDefault, coordAt[k], q, joints[k].dof)
    else coordDefault[coordAt[k]] = q[joints[k].dof]
  }
  const turn = new Float64Array(4)
  const shift = new Float64Array(3)

  const forward: Kinematics['forward'] = (pos, quat, basePos, bo, baseQuat, qo, coords, co) => {
    for (let i = 0; i < 3; i++) pos[i] = basePos[bo + i]
    for (let i = 0; i < 4; i++) quat[i] = baseQuat[qo + i]
    for (let k = 0; k < n; k++) {
      const p = parent[k]
      const c = co + coordAt[k]
      quatRotateAt(shift, 0, quat, p * 4, origin, k * 3)
      for (let i = 0; i < 3; i++) pos[(k + 1) * 3 + i] = pos[p * 3 + i] + shift[i]
      quatMulAt(quat, (k + 1) * 4, quat, p * 4, zero, k * 4)
      if (kind[k] === 0) {
        const s = Math.sin(coords[c] / 2)
        turn[0] = axis[k * 3] * s
        turn[1] = axis[k * 3 + 1] * s
        turn[2] = axis[k * 3 + 2] * s
        turn[3] = Math.cos(coords[c] / 2)
        quatMulAt(quat, (k + 1) * 4, quat, (k + 1) * 4, turn, 0)
      } else if (kind[k] === 1) {
        quatRotateAt(shift, 0, quat, (k + 1) * 4, axis, k * 3)
        for (let i = 0; i < 3; i++) pos[(k + 1) * 3 + i] += shift[i] * coords[c]
      } else {
        quatMulAt(quat, (k + 1) * 4, quat, (k + 1) * 4, coords, c)
      }
    }
  }
  return { linkCount: n + 1, coordCount, coordAt, coordDefault, forward }
}
