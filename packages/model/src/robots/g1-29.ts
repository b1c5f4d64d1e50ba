import type { Vec3 } from '@skillweave/math'
import { bothSides, defineRobot, type JointRow } from '../define-robot.ts'
import { box, capsule, sphere } from '../geom.ts'
import { mirrorVec } from '../mirror.ts'
import { leg as g1Leg, arm as g1Shoulder } from './g1.ts'

/**
 * Unitree G1 with all 29 joints of its body free: 30 links, 33.3 kg, without fingers.
 *
 * Joint frames, limits, masses and inertias are the manufacturer's, with the right side made the exact
 * mirror image of the left; the joint order is the manufacturer's motor order. Gains and default pose
 * are those the manufacturer trains walking with; a policy brings its own. The geoms are our own.
 */

const x: Vec3 = [1, 0, 0]
const y: Vec3 = [0, 1, 0]
const z: Vec3 = [0, 0, 1]

/** Where the rubber hand begins; left wrist. */
const palm: Vec3 = [0.0415, 0.003, 0]
/** Middle of the sole. */
const sole: Vec3 = [0.035, 0, -0.035]

/** N·m/rad, N·m·s/rad and rad, by the part of the joint's name. */
const servos: Readonly<Record<string, Pick<JointRow, 'kp' | 'kd' | 'home'>>> = {
  hip_pitch: { kp: 100, kd: 2, home: -0.1 },
  hip_roll: { kp: 100, kd: 2, home: 0 },
  hip_yaw: { kp: 100, kd: 2, home: 0 },
  knee: { kp: 150, kd: 4, home: 0.3 },
  ankle_pitch: { kp: 40, kd: 2, home: -0.2 },
  ankle_roll: { kp: 40, kd: 2, home: 0 },
  shoulder_pitch: { kp: 40, kd: 10, home: 0.3 },
  shoulder_roll: { kp: 40, kd: 10, home: 0.25 },
  shoulder_yaw: { kp: 40, kd: 10, home: 0 },
}

function withServo(row: JointRow): JointRow {
  const part = row.joint.replace(/^left_|_joint$/g, '')
  return { ...row, ...servos[part] }
}

const leg = g1Leg.map(withServo)

const waist: JointRow[] = [
  {
    link: 'waist_yaw_link',
    joint: 'waist_yaw_joint',
    parent: 'pelvis',
    pos: [0, 0, 0],
    axis: z,
    range: [-2.618, 2.618],
    effort: 88,
    velocity: 32,
    mass: 0.214,
    com: [0.003494, 0.000233, 0.018034],
    inertia: [0.00010673, 0.00010422, 0.0001625, 2.703e-6, -7.631e-6, -2.01e-7],
    kp: 200,
    kd: 5,
    geoms: [],
  },
  {
    link: 'waist_roll_link',
    joint: 'waist_roll_joint',
    parent: 'waist_yaw_link',
    pos: [-0.0039635, 0, 0.044],
    axis: x,
    range: [-0.52, 0.52],
    effort: 50,
    velocity: 37,
    mass: 0.086,
    com: [0, 2.3e-5, 0],
    inertia: [7.079e-6, 6.339e-6, 8.245e-6, 0, 0, 0],
    kp: 200,
    kd: 5,
    geoms: [],
  },
  {
    link: 'torso_link',
    joint: 'waist_pitch_joint',
    parent: 'waist_roll_link',
    pos: [0, 0, 0],
    axis: y,
    range: [-0.52, 0.52],
    effort: 50,
    velocity: 37,
    mass: 7.817,
    com: [0.002031, 0.00034, 0.184597],
    inertia: [0.121647, 0.109773, 0.0275219, 3.11102e-5, -0.00374282, -1.54299e-5],
    kp: 200,
    kd: 5,
    geoms: [
      capsule([0, 0, 0.016], [0, 0, 0.056], 0.06),
      box([0.004, 0, 0.171], [0.065, 0.085, 0.095]),
      capsule([0.004, -0.07, 0.241], [0.004, 0.07, 0.241], 0.045, { collides: false }),
      capsule([0.004, 0, 0.336], [0.019, 0, 0.406], 0.07, { name: 'head' }),
    ],
  },
]

const wrist = { kp: 40, kd: 10, velocity: 22 }
const arm: JointRow[] = [
  {
    ...withServo(g1Shoulder[0]),
    parent: 'torso_link',
    pos: [0.0039563, 0.10022, 0.24778],
  },
  withServo(g1Shoulder[1]),
  withServo(g1Shoulder[2]),
  {
    ...g1Shoulder[3],
    mass: 0.6,
    com: [0.064956, 0.004454, -0.010062],
    inertia: [0.0002891, 0.0004152, 0.0004197, 6.53e-5, 1.72e-5, -5.6e-6],
    home: 0.97,
    geoms: [capsule([0.03, 0.001, -0.01], [0.08, 0.002, -0.01], 0.03)],
  },
  {
    ...wrist,
    link: 'left_wrist_roll_link',
    joint: 'left_wrist_roll_joint',
    parent: 'left_elbow_link',
    pos: [0.1, 0.00188791, -0.01],
    axis: x,
    range: [-1.972222054, 1.972222054],
    effort: 25,
    velocity: 37,
    mass: 0.08544498,
    com: [0.017139, 0.000538, 0],
    inertia: [4.82154e-5, 3.7229e-5, 5.48211e-5, -4.24511e-6, 5.10599e-9, -1.23525e-9],
    home: 0.15,
    geoms: [capsule([0, 0, 0], [0.03, 0, 0], 0.028)],
  },
  {
    ...wrist,
    link: 'left_wrist_pitch_link',
    joint: 'left_wrist_pitch_joint',
    parent: 'left_wrist_roll_link',
    pos: [0.038, 0, 0],
    axis: y,
    range: [-1.614429558, 1.614429558],
    effort: 5,
    mass: 0.48404956,
    com: [0.023, -0.001117, -0.001117],
    inertia: [0.000165796, 0.000429541, 0.000429537, -1.23121e-5, 1.2317e-5, 8.14177e-7],
    geoms: [capsule([0.005, 0, 0], [0.04, 0, 0], 0.03)],
  },
  {
    ...wrist,
    link: 'left_wrist_yaw_link',
    joint: 'left_wrist_yaw_joint',
    parent: 'left_wrist_pitch_link',
    pos: [0.046, 0, 0],
    axis: z,
    range: [-1.614429558, 1.614429558],
    effort: 5,
    mass: 0.25457647,
    com: [0.070824, 0.000192, 0.001617],
    inertia: [0.000150445, 0.000643113, 0.000560114, 3.76028e-5, -2.95494e-6, 3.77548e-6],
    geoms: [sphere(palm, 0.04, { name: 'left_palm' })],
  },
]

export const g1Full = defineRobot({
  name: 'g1-29',
  base: 'floating',
  root: {
    link: 'pelvis',
    mass: 3.814,
    com: [0, 0, -0.07603],
    inertia: [0.0105549, 0.00931478, 0.0079185, 0, 2.1e-6, 0],
    geoms: [capsule([0, -0.035, -0.065], [0, 0.035, -0.065], 0.055)],
  },
  rows: [...bothSides(leg), ...waist, ...bothSides(arm)],
  symmetric: true,
  roles: {
    base: 'pelvis',
    torso: 'torso_link',
    leftHand: 'left_wrist_yaw_link',
    rightHand: 'right_wrist_yaw_link',
    leftFoot: 'left_ankle_roll_link',
    rightFoot: 'right_ankle_roll_link',
    leftKnee: 'left_knee_link',
    rightKnee: 'right_knee_link',
    leftElbow: 'left_elbow_link',
    rightElbow: 'right_elbow_link',
    leftShoulder: 'left_shoulder_pitch_link',
    rightShoulder: 'right_shoulder_pitch_link',
  },
  standingHeight: 0.7842,
  addedInertia: 0.01,
  gainLimit: { stiffness: 0.8, damping: 0.4 },
  sites: {
    leftPalm: { link: 'left_wrist_yaw_link', pos: palm },
    rightPalm: { link: 'right_wrist_yaw_link', pos: mirrorVec(palm) },
    leftSole: { link: 'left_ankle_roll_link', pos: sole },
    rightSole: { link: 'right_ankle_roll_link', pos: sole },
    head: { link: 'torso_link', pos: [0.019, 0, 0.406] },
  },
  feet: ['left_ankle_roll_link', 'right_ankle_roll_link'],
})
