import { type Robot, type RobotNotes, robotFromUrdf } from '@skillweave/model'

const mass = (kg: number, size: number): string => {
  const i = (kg * size * size) / 6
  return `<inertial><mass value="${kg}"/><inertia ixx="${i}" iyy="${i}" izz="${i}" ixy="0" ixz="0" iyz="0"/></inertial>`
}

const boxShape = (size: string, at = '0 0 0'): string =>
  `<collision><origin xyz="${at}"/><geometry><box size="${size}"/></geometry></collision>`

const link = (name: string, kg: number, size: number, shape = ''): string =>
  `<link name="${name}">${mass(kg, size)}${shape}</link>`

const hinge = (
  name: string,
  [parent, child]: readonly [string, string],
  at: string,
  axis: string,
  [lower, upper, effort]: readonly [number, number, number],
): string =>
  `<joint name="${name}" type="revolute"><origin xyz="${at}"/><parent link="${parent}"/><child link="${child}"/><axis xyz="${axis}"/><limit lower="${lower}" upper="${upper}" effort="${effort}" velocity="20"/></joint>`

const leg = (side: 'l' | 'r', y: number): string =>
  [
    link(`${side}_hip`, 1.5, 0.1),
    link(`${side}_thigh`, 4, 0.2),
    link(`${side}_shank`, 2, 0.2),
    link(`${side}_foot`, 0.8, 0.1, boxShape('0.24 0.08 0.04', '0.04 0 -0.04')),
    hinge(`${side}_hip_x`, ['trunk', `${side}_hip`], `0 ${y} -0.15`, '1 0 0', [-0.5, 0.5, 120]),
    hinge(`${side}_hip_y`, [`${side}_hip`, `${side}_thigh`], '0 0 0', '0 1 0', [-1.6, 1.6, 120]),
    hinge(`${side}_knee`, [`${side}_thigh`, `${side}_shank`], '0 0 -0.4', '0 1 0', [-0.1, 2, 150]),
    hinge(
      `${side}_ankle`,
      [`${side}_shank`, `${side}_foot`],
      '0 0 -0.38',
      '0 1 0',
      [-0.9, 0.6, 50],
    ),
  ].join('')

const arm = (side: 'l' | 'r', y: number): string =>
  [
    link(`${side}_shoulder`, 0.7, 0.08),
    link(`${side}_upper`, 1, 0.1),
    link(`${side}_fore`, 0.8, 0.1, boxShape('0.2 0.05 0.05', '0.1 0 0')),
    hinge(`${side}_arm_y`, ['chest', `${side}_shoulder`], `0 ${y} 0.35`, '0 1 0', [-2.5, 2.5, 40]),
    hinge(
      `${side}_arm_x`,
      [`${side}_shoulder`, `${side}_upper`],
      '0 0 0',
      '1 0 0',
      [-2.5, 2.5, 40],
    ),
    hinge(
      `${side}_elbow`,
      [`${side}_upper`, `${side}_fore`],
      '0 0 -0.25',
      '0 1 0',
      [-1.2, 2.2, 25],
    ),
  ].join('')

/** A humanoid that no robot file of this project knows, as a CAD program might write it. */
export const stickUrdf = `<robot name="stick">${[
  link('trunk', 6, 0.2),
  link('chest', 12, 0.3, boxShape('0.15 0.25 0.3', '0 0 0.2')),
  hinge('waist', ['trunk', 'chest'], '0 0 0.05', '0 0 1', [-1.5, 1.5, 120]),
  leg('l', 0.1),
  leg('r', -0.1),
  arm('l', 0.2),
  arm('r', -0.2),
].join('')}</robot>`

/** Everything that a robot file adds: roles, sites, gains, a pose. */
export const stickNotes: RobotNotes = {
  roles: {
    base: 'trunk',
    torso: 'chest',
    leftHand: 'l_fore',
    rightHand: 'r_fore',
    leftFoot: 'l_foot',
    rightFoot: 'r_foot',
  },
  sites: {
    leftPalm: { link: 'l_fore', pos: [0.2, 0, 0] },
    rightPalm: { link: 'r_fore', pos: [0.2, 0, 0] },
    leftSole: { link: 'l_foot', pos: [0.04, 0, -0.06] },
    rightSole: { link: 'r_foot', pos: [0.04, 0, -0.06] },
  },
  feet: ['l_foot', 'r_foot'],
  gains: {
    hip: { kp: 150, kd: 4 },
    knee: { kp: 200, kd: 5 },
    ankle: { kp: 40, kd: 2 },
    waist: { kp: 150, kd: 4 },
    arm: { kp: 60, kd: 2 },
    elbow: { kp: 40, kd: 1.5 },
  },
  home: { l_hip_y: -0.3, r_hip_y: -0.3, l_knee: 0.6, r_knee: 0.6, l_ankle: -0.3, r_ankle: -0.3 },
  symmetric: true,
}

export const stickHumanoid = (notes: Partial<RobotNotes> = {}): Robot =>
  robotFromUrdf(stickUrdf, { ...stickNotes, ...notes })
