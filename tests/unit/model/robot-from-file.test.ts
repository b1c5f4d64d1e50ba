import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  box,
  capsule,
  type RobotNotes,
  robotFromMjcf,
  robotFromUrdf,
  robots,
} from '@skillweave/model'
import { describe, expect, it } from 'vitest'

const inertial =
  '<inertial><mass value="1"/><inertia ixx="0.01" iyy="0.01" izz="0.01" ixy="0" ixz="0" iyz="0"/></inertial>'
const side = (s: 'left' | 'right', y: number) => `
  <link name="${s}_thigh">${inertial}</link>
  <link name="${s}_shin">${inertial}<collision><origin xyz="0 0 -0.2"/><geometry><sphere radius="0.03"/></geometry></collision></link>
  <link name="${s}_toe"/>
  <joint name="${s}_hip" type="revolute"><origin xyz="0 ${y} -0.1"/><parent link="body"/><child link="${s}_thigh"/><axis xyz="0 1 0"/><limit lower="-1" upper="1" effort="20" velocity="9"/></joint>
  <joint name="${s}_knee" type="revolute"><origin xyz="0 0 -0.3"/><parent link="${s}_thigh"/><child link="${s}_shin"/><axis xyz="0 1 0"/><limit lower="-0.1" upper="2" effort="30" velocity="9"/></joint>
  <joint name="${s}_toe" type="fixed"><origin xyz="0.05 0 -0.2"/><parent link="${s}_shin"/><child link="${s}_toe"/></joint>`
const walker = `<robot name="walker"><link name="body">${inertial}</link>${side('left', 0.1)}${side('right', -0.1)}</robot>`

const notes: RobotNotes = {
  roles: { base: 'body', leftFoot: 'left_toe', rightFoot: 'right_toe' },
  gains: { hip: { kp: 50, kd: 2 }, knee: { kp: 60, kd: 3 }, right_knee: { kp: 60, kd: 3 } },
  home: { left_hip: -0.4, right_hip: -0.4, left_knee: 0.8, right_knee: 0.8 },
  feet: ['left_toe', 'right_toe'],
  sites: { leftSole: { link: 'left_toe', pos: [0, 0, -0.03] }, rightToe: 'right_toe' },
  symmetric: true,
  effortScale: 0.5,
}

describe('robotFromUrdf', () => {
  it('makes a robot from a file and one table', () => {
    const robot = robotFromUrdf(walker, notes)
    expect(robot.name).toBe('walker')
    expect(robot.feet).toEqual(['left_shin', 'right_shin'])
    expect(robot.roles.leftFoot).toBe('left_shin')
    expect(robot.sites.rightToe).toEqual({ link: 'right_shin', pos: [0.05, 0, -0.2] })
    expect(robot.sites.leftSole.pos[2]).toBeCloseTo(-0.23, 12)
    expect(robot.kp).toEqual([50, 60, 50, 60])
    expect(robot.effort).toEqual([10, 15, 10, 15])
    expect(robot.mirror?.dof).toEqual([2, 3, 0, 1])
    expect(robot.standingHeight).toBeCloseTo(
      0.1 + 0.3 * Math.cos(0.4) + 0.2 * Math.cos(0.4) + 0.03,
      12,
    )
  })

  const wrong: [what: string, notes: RobotNotes, error: RegExp][] = [
    [
      'a role without its link',
      { ...notes, roles: { torso: 'chest' } },
      /role torso: there is no link "chest"; the file has body, left_thigh/,
    ],
    [
      'missing gains',
      { ...notes, gains: { hip: { kp: 1, kd: 1 } } },
      /no gains for left_knee, right_knee/,
    ],
    [
      'gains for nothing',
      { ...notes, gains: { ...notes.gains, elbow: { kp: 1, kd: 1 } } },
      /gains: no coordinate is called like "elbow"/,
    ],
    ['a misspelt home', { ...notes, home: { left_nee: 1 } }, /home: no coordinate "left_nee"/],
    [
      'a home out of range',
      { ...notes, home: { left_hip: 3 } },
      /left_hip at 3, outside its range -1 to 1/,
    ],
    [
      'a foot that is not there',
      { ...notes, feet: ['left_foot'] },
      /feet: there is no link "left_foot"/,
    ],
    ['a foot without shape', { ...notes, feet: ['left_thigh'] }, /left_thigh have no shapes/],
    [
      'a site on nothing',
      { ...notes, sites: { palm: 'hand' } },
      /site palm: there is no link "hand"/,
    ],
  ]
  it.each(wrong)('refuses %s', (_, bad, error) => {
    expect(() => robotFromUrdf(walker, bad)).toThrow(error)
  })

  it('refuses sides that are not mirror images, and joints without a torque limit', () => {
    const skewed = walker.replace('xyz="0 -0.1 -0.1"', 'xyz="0.02 -0.1 -0.1"')
    expect(() => robotFromUrdf(skewed, notes)).toThrow(
      /"left_hip" and "right_hip" are not mirror images: origins differ/,
    )
    const free = walker.replaceAll('effort="30"', 'effort="0"')
    expect(() => robotFromUrdf(free, notes)).toThrow(/no torque limit for left_knee, right_knee/)
    expect(robotFromUrdf(free, { ...notes, effort: { knee: 8 } }).effort[1]).toBe(8)
  })

  it('puts given shapes where their link is', () => {
    const robot = robotFromUrdf(walker, {
      ...notes,
      geoms: {
        left_toe: [box([0, 0, 0], [0.1, 0.1, 0.01])],
        right_shin: [capsule([0, 0, 0], [0, 0, -0.1], 0.02)],
      },
    })
    const shin = robot.model.links.find((l) => l.name === 'left_shin')!
    expect(shin.geoms).toHaveLength(1)
    expect(shin.geoms[0]).toMatchObject({ type: 'box', pos: [0.05, 0, -0.2] })
  })
})

describe('robotFromMjcf', () => {
  it('uses the servos’ gains where none are given', () => {
    const xml = `<mujoco model="pole"><worldbody><body name="cart"><geom size="0.1"/>
      <body name="pole" pos="0 0 0.1"><joint name="hinge"/><geom type="capsule" fromto="0 0 0 0 0 1" size="0.02"/></body>
      </body></worldbody><actuator><position joint="hinge" kp="7" kv="2" forcerange="-5 5"/></actuator></mujoco>`
    const robot = robotFromMjcf(xml, { roles: { base: 'cart' } })
    expect([robot.kp, robot.kd, robot.effort]).toEqual([[7], [2], [5]])
    expect(robotFromMjcf(xml, { roles: {}, gains: { hinge: { kp: 1, kd: 0 } } }).kp).toEqual([1])
  })
})

const data = process.env.SKILLWEAVE_DATA
it.skipIf(!data)(
  'reads the real G1 with a short table (skipped unless SKILLWEAVE_DATA is set)',
  () => {
    const xml = readFileSync(join(data ?? '', 'robots/g1_29dof_rev_1_0.urdf'), 'utf8')
    const leg = ['left', 'right'].flatMap((s): [string, number][] => [
      [`${s}_hip_pitch_joint`, -0.4],
      [`${s}_knee_joint`, 0.8],
      [`${s}_ankle_pitch_joint`, -0.4],
    ])
    const robot = robotFromUrdf(xml, {
      roles: { base: 'pelvis', torso: 'torso_link', rightHand: 'right_rubber_hand' },
      gains: { _: { kp: 40, kd: 2 }, hip: { kp: 200, kd: 5 }, knee: { kp: 200, kd: 5 } },
      home: Object.fromEntries(leg),
      feet: ['left_ankle_roll_link', 'right_ankle_roll_link'],
      sites: { rightPalm: 'right_rubber_hand' },
      symmetric: true,
    })
    expect(robot.model.dofNames).toHaveLength(29)
    expect(robot.standingHeight).toBeCloseTo(robots.g1.standingHeight, 4)
    expect(robot.roles.rightHand).toBe('right_wrist_yaw_link')
  },
)
