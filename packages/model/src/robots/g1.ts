import type { Vec3 } from '@skillweave/math'
import { bothSides, defineRobot, type JointRow } from '../define-robot.ts'
import { box, capsule, sphere } from '../geom.ts'
import { mirrorVec } from '../mirror.ts'

/**
 * Unitree G1 as SkillBlender uses it: 22 links, 21 revolute joints (wrists, hands, waist roll and
 * pitch locked), 33.3 kg.
 *
 * Joint frames, limits, masses and inertias are the manufacturer's, with locked links merged and the
 * right side made the exact mirror image of the left; gains, default pose and torque limits (85 % of
 * the motors') are SkillBlender's (arXiv 2506.09366). The geoms are our own; soles are boxes where
 * theirs are four small spheres.
 */

const x: Vec3 = [1, 0, 0]
const y: Vec3 = [0, 1, 0]
const z: Vec3 = [0, 0, 1]

/** Where the rubber hand begins; left hand. */
const palm: Vec3 = [0.2255, 0.0048879, -0.01]
/** Middle of the sole. */
const sole: Vec3 = [0.035, 0, -0.035]

/** The left leg; gains and default pose are SkillBlender's. */
export const leg: JointRow[] = [
  {
    link: 'left_hip_pitch_link',
    joint: 'left_hip_pitch_joint',
    parent: 'pelvis',
    pos: [0, 0.064452, -0.1027],
    axis: y,
    range: [-2.5307, 2.8798],
    effort: 88,
    velocity: 32,
    mass: 1.35,
    com: [0.002741, 0.047791, -0.02606],
    inertia: [0.001811, 0.0014193, 0.0012812, 3.68e-5, -3.44e-5, 0.000171],
    kp: 200,
    kd: 5,
    home: -0.4,
    geoms: [sphere([0, 0.04, -0.02], 0.045)],
  },
  {
    link: 'left_hip_roll_link',
    joint: 'left_hip_roll_joint',
    parent: 'left_hip_pitch_link',
    pos: [0, 0.052, -0.030465],
    rpy: [0, -0.1749, 0],
    axis: x,
    range: [-0.5236, 2.9671],
    effort: 139,
    velocity: 20,
    mass: 1.52,
    com: [0.029812, -0.001045, -0.087934],
    inertia: [0.0023773, 0.0024123, 0.0016595, -3.8e-6, -0.0003908, 1.84e-5],
    kp: 150,
    kd: 5,
    geoms: [capsule([0.01, 0, -0.02], [0.025, 0, -0.09], 0.05)],
  },
  {
    link: 'left_hip_yaw_link',
    joint: 'left_hip_yaw_joint',
    parent: 'left_hip_roll_link',
    pos: [0.025001, 0, -0.12412],
    axis: z,
    range: [-2.7576, 2.7576],
    effort: 88,
    velocity: 32,
    mass: 1.702,
    com: [-0.057709, -0.010981, -0.15078],
    inertia: [0.0057774, 0.0076124, 0.003149, -0.0005411, -0.0023948, -0.0007072],
    kp: 150,
    kd: 5,
    geoms: [capsule([-0.01, 0, -0.03], [-0.07, 0, -0.165], 0.05)],
  },
  {
    link: 'left_knee_link',
    joint: 'left_knee_joint',
    parent: 'left_hip_yaw_link',
    pos: [-0.078273, 0.0021489, -0.17734],
    rpy: [0, 0.1749, 0],
    axis: y,
    range: [-0.087267, 2.8798],
    effort: 139,
    velocity: 20,
    mass: 1.932,
    com: [0.005457, 0.003964, -0.12074],
    inertia: [0.011329, 0.011277, 0.0015168, 4.82e-5, 0, -0.0007146],
    kp: 200,
    kd: 5,
    home: 0.8,
    geoms: [capsule([0.005, 0.003, -0.03], [0, 0, -0.25], 0.042)],
  },
  {
    link: 'left_ankle_pitch_link',
    joint: 'left_ankle_pitch_joint',
    parent: 'left_knee_link',
    pos: [0, -9.4445e-5, -0.30001],
    axis: y,
    range: [-0.87267, 0.5236],
    effort: 50,
    velocity: 37,
    mass: 0.074,
    com: [-0.007269, 0, 0.011137],
    inertia: [8.4e-6, 1.89e-5, 1.26e-5, 0, -2.9e-6, 0],
    kp: 20,
    kd: 4,
    home: -0.4,
    geoms: [],
  },
  {
    link: 'left_ankle_roll_link',
    joint: 'left_ankle_roll_joint',
    parent: 'left_ankle_pitch_link',
    pos: [0, 0, -0.017558],
    axis: x,
    range: [-0.2618, 0.2618],
    effort: 50,
    velocity: 37,
    mass: 0.608,
    com: [0.026505, 0, -0.016425],
    inertia: [0.0002231, 0.0016161, 0.0016667, 2e-7, 8.91e-5, -1e-7],
    kp: 20,
    kd: 4,
    geoms: [box([0.035, 0, -0.02], [0.09, 0.03, 0.015])],
  },
]

const torso: JointRow = {
  link: 'waist_yaw_link',
  joint: 'waist_yaw_joint',
  parent: 'pelvis',
  pos: [0, 0, 0],
  axis: z,
  range: [-2.618, 2.618],
  effort: 88,
  velocity: 32,
  mass: 8.117,
  com: [-0.001811, 0.000334, 0.22109],
  inertia: [0.133722, 0.121851, 0.0276992, 3.3876e-5, -0.0035456, -2.5092e-5],
  kp: 200,
  kd: 5,
  geoms: [
    capsule([0, 0, 0.06], [0, 0, 0.1], 0.06),
    box([0, 0, 0.215], [0.065, 0.085, 0.095]),
    capsule([0, -0.07, 0.285], [0, 0.07, 0.285], 0.045, { collides: false }),
    capsule([0, 0, 0.38], [0.015, 0, 0.45], 0.07, { name: 'head' }),
  ],
}

/** The left arm with its wrist locked; gains and default pose are SkillBlender's. */
export const arm: JointRow[] = [
  {
    link: 'left_shoulder_pitch_link',
    joint: 'left_shoulder_pitch_joint',
    parent: 'waist_yaw_link',
    pos: [-7.2e-6, 0.100215, 0.29178],
    rpy: [0.27931, 5.4949e-5, -0.00019159],
    axis: y,
    range: [-3.0892, 2.6704],
    effort: 25,
    velocity: 37,
    mass: 0.718,
    com: [0, 0.035892, -0.011628],
    inertia: [0.0004291, 0.000453, 0.000423, -9.2e-6, 6.4e-6, 2.26e-5],
    kp: 40,
    kd: 10,
    geoms: [sphere([0, 0.035, -0.01], 0.042)],
  },
  {
    link: 'left_shoulder_roll_link',
    joint: 'left_shoulder_roll_joint',
    parent: 'left_shoulder_pitch_link',
    pos: [0, 0.038, -0.013831],
    rpy: [-0.27925, 0, 0],
    axis: x,
    range: [-1.5882, 2.2515],
    effort: 25,
    velocity: 37,
    mass: 0.643,
    com: [-0.000227, 0.00727, -0.063243],
    inertia: [0.0006177, 0.0006912, 0.0003894, -1e-6, 8.7e-6, -5.3e-6],
    kp: 40,
    kd: 10,
    geoms: [capsule([0, 0.006, -0.02], [0, 0.006, -0.08], 0.037)],
  },
  {
    link: 'left_shoulder_yaw_link',
    joint: 'left_shoulder_yaw_joint',
    parent: 'left_shoulder_roll_link',
    pos: [0, 0.00624, -0.1032],
    axis: z,
    range: [-2.618, 2.618],
    effort: 25,
    velocity: 37,
    mass: 0.734,
    com: [0.010773, -0.002949, -0.072009],
    inertia: [0.0009988, 0.0010605, 0.0004354, 7.9e-6, 0.0001412, -2.86e-5],
    kp: 40,
    kd: 10,
    geoms: [capsule([0.004, 0, -0.01], [0.012, 0, -0.07], 0.034)],
  },
  {
    link: 'left_elbow_link',
    joint: 'left_elbow_joint',
    parent: 'left_shoulder_yaw_link',
    pos: [0.015783, 0, -0.080518],
    axis: y,
    range: [-1.0472, 2.0944],
    effort: 25,
    velocity: 37,
    mass: 1.42407,
    com: [0.134675, 0.002656, -0.010116],
    inertia: [0.000658558, 0.00847954, 0.00842112, 0.000202861, -1.127e-5, -1.726e-6],
    kp: 40,
    kd: 10,
    geoms: [
      capsule([0.03, 0.001, -0.01], [0.18, 0.003, -0.01], 0.03),
      sphere(palm, 0.04, { name: 'left_palm' }),
    ],
  },
]

export const g1 = defineRobot({
  name: 'g1',
  base: 'floating',
  root: {
    link: 'pelvis',
    mass: 3.814,
    com: [0, 0, -0.07603],
    inertia: [0.0105549, 0.00931478, 0.0079185, 0, 2.1e-6, 0],
    geoms: [capsule([0, -0.035, -0.065], [0, 0.035, -0.065], 0.055)],
  },
  rows: [...bothSides(leg), torso, ...bothSides(arm)],
  effortScale: 0.85,
  symmetric: true,
  roles: {
    base: 'pelvis',
    torso: 'waist_yaw_link',
    leftHand: 'left_elbow_link',
    rightHand: 'right_elbow_link',
    leftFoot: 'left_ankle_roll_link',
    rightFoot: 'right_ankle_roll_link',
    leftKnee: 'left_knee_link',
    rightKnee: 'right_knee_link',
    leftElbow: 'left_elbow_link',
    rightElbow: 'right_elbow_link',
    leftShoulder: 'left_shoulder_pitch_link',
    rightShoulder: 'right_shoulder_pitch_link',
  },
  standingHeight: 0.74161,
  addedInertia: 0.01,
  gainLimit: { stiffness: 0.8, damping: 0.4 },
  sites: {
    leftPalm: { link: 'left_elbow_link', pos: palm },
    rightPalm: { link: 'right_elbow_link', pos: mirrorVec(palm) },
    leftSole: { link: 'left_ankle_roll_link', pos: sole },
    rightSole: { link: 'right_ankle_roll_link', pos: sole },
    head: { link: 'waist_yaw_link', pos: [0.015, 0, 0.45] },
  },
  feet: ['left_ankle_roll_link', 'right_ankle_roll_link'],
})
