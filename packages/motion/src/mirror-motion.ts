import { quatMul, quatRotateInv, type Vec3, vecCross } from '@skillweave/math'
import type { Robot } from '@skillweave/model'
import { completeReference, type Reference } from './reference.ts'

/**
 * The motion as a mirror shows it: reflected in the world's x–z plane (y → −y), left and right
 * exchanged. Mirroring twice gives the motion back. Throws when the robot has no mirror symmetry.
 */
export function mirrorReference(
  reference: Reference,
  robot: Robot,
  names: { readonly name?: string; readonly skill?: string } = {},
): Reference {
  const { mirror } = robot
  if (!mirror) throw new Error(`${robot.name} has no mirror symmetry`)
  const { nFrames } = reference
  const nDof = robot.qDefault.length
  const axis = lateralAxis(robot)
  const joints = (from: Float64Array) => {
    const out = new Float64Array(from.length)
    for (let t = 0; t < nFrames; t++) {
      for (let i = 0; i < nDof; i++) {
        out[t * nDof + i] = mirror.sign[i] * from[t * nDof + mirror.dof[i]]
      }
    }
    return out
  }
  const signed = (from: Float64Array, signs: Vec3) =>
    Float64Array.from(from, (x, i) => signs[i % 3] * x)
  const baseQuat_w = new Float64Array(nFrames * 4)
  for (let t = 0; t < nFrames; t++) {
    // Two reflections make a rotation: M_w R M_b = n_w · R · n_b with the planes' normals as quaternions.
    const q = quatMul(quatMul([0, 1, 0, 0], reference.baseQuat_w.subarray(4 * t, 4 * t + 4)), axis)
    const sign = q[3] < 0 ? -1 : 1
    for (let k = 0; k < 4; k++) baseQuat_w[4 * t + k] = sign * q[k]
  }
  const polar: Vec3 = [1, -1, 1]
  const axial: Vec3 = [-1, 1, -1]
  return completeReference(
    robot,
    {
      name: names.name ?? `${reference.name} mirrored`,
      skill: names.skill ?? reference.skill,
      fps: reference.fps,
      nFrames,
      basePos_w: signed(reference.basePos_w, polar),
      baseQuat_w,
      q: joints(reference.q),
      objectPos_w: signed(reference.objectPos_w, polar),
      label: reference.label.slice(),
      ...(reference.loop
        ? { loop: { ...reference.loop, yaw: 0 - reference.loop.yaw, dy: 0 - reference.loop.dy } }
        : {}),
    },
    {
      baseLinVel_w: signed(reference.baseLinVel_w, polar),
      baseAngVel_w: signed(reference.baseAngVel_w, axial),
      dq: joints(reference.dq),
      objectLinVel_w: signed(reference.objectLinVel_w, polar),
    },
  )
}

/** The base's left-right axis in its own frame, as a pure quaternion. */
function lateralAxis(robot: Robot): readonly [number, number, number, number] {
  const up = quatRotateInv(robot.standingQuat, [0, 0, 1])
  const [x, y, z] = vecCross(up, robot.forward)
  return [x, y, z, 0]
}
