import type { RobotDescription } from '@skillweave/protocol'
import { Vector3 } from 'three'
import type { Subject } from './camera.ts'
import type { RobotView } from './robot.ts'

/** What the camera watches before there is a robot. */
export const createSubject = (): Subject => ({
  pos: new Vector3(0, 0, 0.9),
  yaw: 0,
  height: 0.95,
  distance: 3.7,
  eyeHeight: null,
  hoop: null,
})

/** How large a robot is, and from how far it is seen whole. */
export function sizeUp(subject: Subject, robot: RobotDescription): void {
  const isFloating = robot.base === 'floating'
  const size = isFloating ? robot.standingHeight : reachOf(robot)
  subject.height = size * (isFloating ? 0.98 : 0.34)
  subject.distance = size * (isFloating ? 4.1 : 2)
  // Eyes are two thirds of a leg's length above the base.
  subject.eyeHeight = isFloating ? size * 0.66 : null
}

/** Where the robot is now: the middle of its copies, and where the first of them faces. */
export function updateSubject(subject: Subject, view: RobotView): void {
  const m = view.matrices(0)
  subject.pos.set(0, 0, m[14])
  for (let c = 0; c < view.copies; c++) {
    subject.pos.x += m[16 * c + 12] / view.copies
    subject.pos.y += m[16 * c + 13] / view.copies
  }
  const [fx, fy, fz] = view.description.forward
  subject.yaw = Math.atan2(m[1] * fx + m[5] * fy + m[9] * fz, m[0] * fx + m[4] * fy + m[8] * fz)
}

/** How far the farthest copy is from the middle of all, m. */
export function reachOfCopies(subject: Subject, view: RobotView): number {
  const m = view.matrices(0)
  let reach = 0
  for (let c = 0; c < view.copies; c++) {
    const x = m[16 * c + 12] - subject.pos.x
    const y = m[16 * c + 13] - subject.pos.y
    reach = Math.max(reach, Math.hypot(x, y))
  }
  return reach
}

/** A throw from a point of the world that hits the robot's chest: where it starts, and its velocity. */
export function throwAt(
  subject: Subject,
  from: Vector3,
): {
  readonly pos_w: readonly [number, number, number]
  readonly linVel_w: readonly [number, number, number]
} {
  const to = subject.pos.clone()
  to.z = subject.height * 1.15
  const way = to.clone().sub(from)
  const distance = way.length()
  // Start a little ahead of the lens and a little below, so that the throw is seen.
  from.addScaledVector(way, 0.5 / distance)
  from.z -= 0.15
  const speed = 7
  const flight_s = (distance - 0.5) / speed
  const v = to.sub(from).divideScalar(flight_s)
  v.z += 0.5 * 9.81 * flight_s
  return { pos_w: [from.x, from.y, Math.max(0.2, from.z)], linVel_w: [v.x, v.y, v.z] }
}

/** Lengths of the links between joints, added up along the longest chain, m. */
function reachOf(robot: RobotDescription): number {
  const reach = robot.links.map(() => 0)
  for (let i = 1; i < reach.length; i++) {
    reach[i] = reach[robot.links[i].parent] + Math.hypot(...robot.joints[i - 1].pos)
  }
  return Math.max(0.5, ...reach)
}
