import { type Quat, quatMul, quatRotate, type Vec3 } from '@skillweave/math'
import type { Frame, JointSlot, RobotDescription } from '@skillweave/protocol'

/** Where a frame is in its parent: m, quaternion x, y, z, w. */
export interface FramePose {
  readonly parent: string
  readonly child: string
  readonly pos: Vec3
  readonly quat: Quat
}

/** Name of a link's frame. */
export const frameId = (robot: RobotDescription, link: number): string =>
  `${robot.id}/${robot.links[link].name}`

/** Every frame of a `view.bodies` frame: the base and the objects in `world`, each link in its parent. */
export function framePoses(
  robot: RobotDescription,
  slots: readonly JointSlot[],
  objects: readonly string[],
  values: Frame['values'],
): FramePose[] {
  const at = (list: ArrayLike<number>, i: number): Vec3 => [
    list[3 * i],
    list[3 * i + 1],
    list[3 * i + 2],
  ]
  const turned = (list: ArrayLike<number>, i: number): Quat => [
    list[4 * i],
    list[4 * i + 1],
    list[4 * i + 2],
    list[4 * i + 3],
  ]
  const world = 'world'
  return [
    {
      parent: world,
      child: frameId(robot, 0),
      pos: at(values.basePos_w, 0),
      quat: turned(values.baseQuat_wb, 0),
    },
    ...robot.joints.map((_, j) => jointPose(robot, slots, values, j)),
    ...objects.map((child, i) => ({
      parent: world,
      child,
      pos: at(values.objectPos_w, i),
      quat: turned(values.objectQuat_w, i),
    })),
  ]
}

function jointPose(
  robot: RobotDescription,
  slots: readonly JointSlot[],
  values: Frame['values'],
  j: number,
): FramePose {
  const joint = robot.joints[j]
  const { field, index } = slots[j]
  let pos: Vec3 = [...joint.pos]
  let quat: Quat = [...joint.quat]
  const q = values[field][index]
  if (joint.type === 'prismatic') {
    const shift = quatRotate(quat, [joint.axis[0] * q, joint.axis[1] * q, joint.axis[2] * q])
    pos = [pos[0] + shift[0], pos[1] + shift[1], pos[2] + shift[2]]
  } else if (joint.type === 'revolute') {
    const s = Math.sin(q / 2)
    const [x, y, z] = joint.axis
    quat = quatMul(quat, [x * s, y * s, z * s, Math.cos(q / 2)])
  } else {
    const [x, y, z, w] = values.balls.subarray(index, index + 4)
    quat = quatMul(quat, [x, y, z, w])
  }
  const parent = robot.links[j + 1].parent
  return { parent: frameId(robot, parent), child: frameId(robot, j + 1), pos, quat }
}
