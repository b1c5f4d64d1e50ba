import type { Vec3 } from '@skillweave/math'
import { defineRobot, type JointRow, type LinkRow } from '../define-robot.ts'
import { box, capsule, cylinder, geomMass, sphere } from '../geom.ts'
import { combineMass } from '../mass.ts'
import type { Geom } from '../robot-model.ts'

/**
 * A seven-joint arm on a pedestal with a two-finger gripper: 10 links, 9 coordinates, 19 kg, reach
 * 0.9 m. Our own design with the proportions of common research arms. At zero the arm points
 * straight up and every frame is parallel to the base; joints alternate z, y, z, y, z, y, z.
 * `finger` coordinates are distances from the closed gripper, 0 to 0.04 m each.
 */

const y: Vec3 = [0, 1, 0]
const z: Vec3 = [0, 0, 1]

/** Solid shapes that share `mass` evenly. */
const solid = (
  mass: number,
  ...geoms: Geom[]
): Pick<LinkRow, 'mass' | 'com' | 'inertia' | 'geoms'> => ({
  ...combineMass(geoms.map((g) => geomMass(g, mass / geoms.length))),
  geoms,
})

/** Joints near the base are strong, those in the wrist quick. */
const shoulder = { range: [-2.9, 2.9], effort: 87, velocity: 2.2, kp: 600, kd: 40 } as const
const wrist = { range: [-2.9, 2.9], effort: 12, velocity: 2.6, kp: 60, kd: 3 } as const
const finger = { range: [0, 0.04], effort: 40, velocity: 0.2, kp: 400, kd: 10 } as const

const rows: JointRow[] = [
  {
    link: 'turret',
    joint: 'waist_yaw',
    parent: 'pedestal',
    pos: [0, 0, 0.2],
    axis: z,
    ...shoulder,
    ...solid(3.5, capsule([0, 0, 0.05], [0, 0, 0.13], 0.06)),
  },
  {
    link: 'upper_arm',
    joint: 'shoulder_pitch',
    parent: 'turret',
    pos: [0, 0, 0.13],
    axis: y,
    ...shoulder,
    range: [-1.9, 1.9],
    home: 0.5,
    ...solid(
      3,
      capsule([0, -0.04, 0], [0, 0.04, 0], 0.06),
      capsule([0, 0, 0], [0, 0, 0.13], 0.055),
    ),
  },
  {
    link: 'upper_arm_roll',
    joint: 'shoulder_yaw',
    parent: 'upper_arm',
    pos: [0, 0, 0.19],
    axis: z,
    ...shoulder,
    ...solid(2.4, capsule([0, 0, 0], [0, 0, 0.13], 0.052)),
  },
  {
    link: 'forearm',
    joint: 'elbow_pitch',
    parent: 'upper_arm_roll',
    pos: [0, 0, 0.13],
    axis: y,
    ...shoulder,
    range: [-2.9, 2.9],
    home: 1.4,
    ...solid(
      2.4,
      capsule([0, -0.03, 0], [0, 0.03, 0], 0.052),
      capsule([0, 0, 0], [0, 0, 0.16], 0.048),
    ),
  },
  {
    link: 'forearm_roll',
    joint: 'forearm_yaw',
    parent: 'forearm',
    pos: [0, 0, 0.22],
    axis: z,
    ...wrist,
    ...solid(1.6, capsule([0, 0, 0], [0, 0, 0.14], 0.045)),
  },
  {
    link: 'wrist',
    joint: 'wrist_pitch',
    parent: 'forearm_roll',
    pos: [0, 0, 0.16],
    axis: y,
    ...wrist,
    home: Math.PI - 1.9,
    ...solid(1.2, capsule([0, -0.02, 0], [0, 0.02, 0], 0.045), sphere([0, 0, 0.05], 0.045)),
  },
  {
    link: 'hand',
    joint: 'wrist_yaw',
    parent: 'wrist',
    pos: [0, 0, 0.1],
    axis: z,
    ...wrist,
    ...solid(0.8, box([0, 0, 0.03], [0.03, 0.095, 0.03], { name: 'palm' })),
  },
  {
    link: 'left_finger',
    joint: 'left_finger',
    parent: 'hand',
    type: 'prismatic',
    pos: [0, 0, 0.06],
    axis: y,
    ...finger,
    home: 0.03,
    ...solid(0.15, box([0, 0.0075, 0.03], [0.01, 0.0075, 0.03], { friction: 1.2 })),
  },
  {
    link: 'right_finger',
    joint: 'right_finger',
    parent: 'hand',
    type: 'prismatic',
    pos: [0, 0, 0.06],
    axis: [0, -1, 0],
    ...finger,
    home: 0.03,
    ...solid(0.15, box([0, -0.0075, 0.03], [0.01, 0.0075, 0.03], { friction: 1.2 })),
  },
]

export const arm7 = defineRobot({
  name: 'arm7',
  base: 'fixed',
  root: { link: 'pedestal', ...solid(4, cylinder([0, 0, 0], [0, 0, 0.19], 0.09)) },
  rows,
  symmetric: true,
  roles: {
    base: 'pedestal',
    rightShoulder: 'upper_arm',
    rightElbow: 'forearm',
    rightHand: 'hand',
  },
  standingHeight: 0,
  addedInertia: 0.01,
  // Lower than for legs: near the stretched pose all yaw axes meet, with little inertia between.
  gainLimit: { stiffness: 0.4, damping: 0.2 },
  sites: {
    grip: { link: 'hand', pos: [0, 0, 0.1] },
    rightPalm: { link: 'hand', pos: [0, 0, 0.1] },
  },
  feet: [],
})
