import { type Robot, roleIndex } from '@skillweave/model'

/** Body parts that tell poses apart: root, head, knees, elbows, ankles, wrists. */
const keyRoles = [
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
] as const

/** Link indices of the key body parts. Throws, naming the roles the robot has. */
export const keyLinks = (robot: Robot): number[] => keyRoles.map((role) => roleIndex(robot, role))
