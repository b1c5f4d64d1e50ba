import { type Robot, type Role, roleIndex } from '@skillweave/model'

/** Body parts that tell poses apart: root, head, knees, elbows, ankles, wrists. */
export const keyRoles: readonly Role[] = [
  'base',
  'head',
  'leftKnee',
  'rightKnee',
  'leftElbow',
  'rightElbow',
  'leftFoot',
  'rightFoot',
  'leftHand',
  'rightHand',
]

/** Link indices of the key body parts. Throws, naming the roles the robot has. */
export const keyLinks = (robot: Robot): number[] => keyRoles.map((role) => roleIndex(robot, role))
