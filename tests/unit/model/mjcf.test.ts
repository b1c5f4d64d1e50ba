import { quatRotate } from '@skillweave/math'
import { readMjcf } from '@skillweave/model'
import { describe, expect, it } from 'vitest'
import { compile, expectAsMujoco } from './mujoco-oracle.ts'

/** Nested defaults, degrees, every way to write an orientation, inertia from geoms, all joints. */
const mjcf = `<mujoco model="tester">
  <compiler angle="degree" eulerseq="zyx"/>
  <option timestep="0.002"/>
  <default>
    <joint damping="0.2" armature="0.01"/>
    <geom density="500" friction="0.7 0.005 0.0001"/>
    <position kp="40" kv="3"/>
    <default class="leg">
      <joint axis="0 1 0" range="-30 90" frictionloss="0.3"/>
      <default class="foot">
        <joint range="-20 20" damping="0.1"/>
        <geom type="box" size="0.1 0.04 0.02"/>
      </default>
    </default>
    <default class="visual"><geom contype="0" conaffinity="0" mass="0"/></default>
  </default>
  <asset><mesh name="shell" file="shell.stl"/></asset>
  <worldbody>
    <light pos="0 0 3"/>
    <geom name="floor" type="plane" size="1 1 0.1"/>
    <body name="trunk" pos="0 0 1">
      <freejoint name="root"/>
      <inertial pos="0.01 0 0.05" mass="5" fullinertia="0.05 0.06 0.03 0.001 -0.002 0.003"/>
      <geom class="visual" type="sphere" size="0.2"/>
      <site name="imu" pos="0.1 0 0" euler="0 90 0"/>
      <body name="thigh" pos="0 0.1 -0.1" euler="10 20 30" childclass="leg">
        <joint name="hip" pos="0 0 0.02"/>
        <geom type="capsule" fromto="0 0 0 0.05 0 -0.3" size="0.04"/>
        <geom type="sphere" size="0.05" pos="0 0 -0.3" mass="0.2"/>
        <body name="plate" pos="0.02 0 -0.1" axisangle="0 0 1 45">
          <geom type="box" size="0.05 0.02 0.03" pos="0.01 0 0" quat="0.9 0.1 0.2 0.3"/>
          <site name="bolt" pos="0 0 0.03"/>
          <body name="foot" pos="0 0 -0.25" xyaxes="0.9 0.1 0 -0.1 0.8 0.3" childclass="foot">
            <joint name="ankle" actuatorfrcrange="-12 12"/>
            <geom name="sole" pos="0.03 0 -0.03"/>
          </body>
        </body>
      </body>
      <body name="mast" zaxis="0.3 0.2 1" pos="0 0 0.2">
        <joint name="lift" type="slide" range="0 0.3"/>
        <inertial pos="0 0 0.1" quat="0.8 0.2 0.3 0.1" mass="0.7" diaginertia="0.003 0.004 0.005"/>
        <body name="head" pos="0 0 0.25">
          <joint name="neck" type="ball" damping="0"/>
          <geom type="cylinder" size="0.06 0.08" euler="0 0 90"/>
        </body>
      </body>
    </body>
  </worldbody>
  <actuator>
    <position joint="hip" kp="80" forcerange="-50 50"/>
    <position joint="ankle" forcerange="-30 30"/>
    <general joint="lift" gainprm="200" biastype="affine" biasprm="0 -200 -9" gear="1"/>
    <position joint="neck"/>
  </actuator>
  <keyframe>
    <key name="home" qpos="0 0 0.9 1 0 0 0  0.1 -0.2  0.05  0.7071067811865476 0.7071067811865476 0 0"/>
  </keyframe>
</mujoco>
`

function changed(from: string, to: string): string {
  if (!mjcf.includes(from)) throw new Error(`the fixture has no ${from}`)
  return mjcf.replace(from, to)
}
const withoutMesh = mjcf.replace(/<asset>.*<\/asset>/, '')

describe('readMjcf', () => {
  const read = readMjcf(mjcf)

  it('is what MuJoCo reads', async () => {
    await expectAsMujoco(read, await compile(withoutMesh), 20)
  })

  it('takes defaults from nested classes', () => {
    const [hip, ankle, lift, neck] = read.model.joints
    expect(hip).toMatchObject({ armature: 0.01, damping: 0.2, frictionLoss: 0.3, axis: [0, 1, 0] })
    expect(hip.upper[0]).toBeCloseTo(Math.PI / 2, 12)
    expect(ankle).toMatchObject({ damping: 0.1, frictionLoss: 0.3 })
    expect(ankle.lower[0]).toBeCloseTo(-Math.PI / 9, 12)
    expect(lift).toMatchObject({ type: 'prismatic', lower: [0], upper: [0.3], damping: 0.2 })
    expect(neck).toMatchObject({ type: 'spherical', dof: 3, damping: 0 })
    expect(read.model.dofNames).toEqual(['hip', 'ankle', 'lift', 'neck_x', 'neck_y', 'neck_z'])
    const sole = read.model.links[2].geoms[0]
    expect(sole).toMatchObject({
      type: 'box',
      halfSize: [0.1, 0.04, 0.02],
      friction: 0.7,
      name: 'sole',
    })
  })

  it('reads the smallest of the torque limits and the gains of position servos', () => {
    expect(read.model.joints.map((j) => j.effort[0])).toEqual([50, 12, Infinity, Infinity])
    expect(read.gains).toEqual({ kp: [80, 40, 200, 40, 40, 40], kd: [3, 3, 9, 3, 3, 3] })
    const motors = changed(
      '<position joint="hip" kp="80" forcerange="-50 50"/>',
      '<motor joint="hip" gear="20" ctrlrange="-2 2"/>',
    )
    expect(readMjcf(motors).model.joints[0].effort).toEqual([40])
    expect(readMjcf(motors).gains).toBeUndefined()
  })

  it('moves a link’s frame to its joint and remembers bodies and sites', () => {
    expect(read.frames.thigh).toMatchObject({ link: 'thigh', pos: [-0, -0, -0.02] })
    expect(read.frames.plate.link).toBe('thigh')
    expect(read.sites.bolt.link).toBe('thigh')
    expect(read.sites.imu.link).toBe('trunk')
    // eulerseq zyx: the second angle turns about y, taking z to x.
    expect(quatRotate(read.sites.imu.quat, [0, 0, 1])[0]).toBeCloseTo(1, 12)
  })

  it('reads keyframes in model coordinates', () => {
    const home = read.keyframes.home
    expect(home.basePos_w).toEqual([0, 0, 0.9])
    const expected = [0.1, -0.2, 0.05, Math.PI / 2, 0, 0]
    home.q.forEach((x, i) => {
      expect(x).toBeCloseTo(expected[i], 9)
    })
    expect(readMjcf(mjcf, { lock: ['hip'] }).keyframes.home.q).toHaveLength(5)
  })

  it('lists what it leaves out', () => {
    expect(read.notices.join('\n')).toMatch(/<option>: ignored/)
    expect(read.notices.join('\n')).toMatch(/<geom name="floor">: part of the world/)
    const meshed = changed(
      '<geom class="visual" type="sphere" size="0.2"/>',
      '<geom type="mesh" mesh="shell"/>',
    )
    expect(readMjcf(meshed).notices.join('\n')).toMatch(/line 24, <geom>: mesh shell left out/)
  })

  it('reads a robot that starts with a hinge on the world, and one bolted to it', async () => {
    const hinged =
      '<mujoco><worldbody><body name="a" pos="1 2 3"><joint name="j" pos="0.1 0 0"/><geom size="0.1"/></body></worldbody></mujoco>'
    const { model } = readMjcf(hinged)
    expect(model.links.map((l) => l.name)).toEqual(['world', 'a'])
    await expectAsMujoco(readMjcf(hinged), await compile(hinged), 3)
    const bolted = hinged
      .replace('<joint name="j" pos="0.1 0 0"/>', '')
      .replace(
        '</body>',
        '<body name="b" pos="0 0 1"><joint name="j"/><geom size="0.1"/></body></body>',
      )
    expect(readMjcf(bolted).model).toMatchObject({ base: 'fixed' })
    await expectAsMujoco(readMjcf(bolted), await compile(bolted), 3)
  })

  it('needs to be told which of several bodies is the robot', () => {
    const two = changed('<light pos="0 0 3"/>', '<body name="crate"><geom size="0.1"/></body>')
    expect(() => readMjcf(two)).toThrow(/several bodies in the world \(crate, trunk\)/)
    expect(readMjcf(two, { root: 'trunk' }).model.links[0].name).toBe('trunk')
    expect(() => readMjcf(two, { root: 'robot' })).toThrow(
      /no body robot in the world; it has crate, trunk/,
    )
  })

  it('leaves out refused sections only when asked', () => {
    const file = changed(
      '<keyframe>',
      '<equality><joint joint1="hip" joint2="ankle"/></equality>\n<keyframe>',
    )
    expect(() => readMjcf(file)).toThrow(/<equality>: not understood inside <mujoco>/)
    expect(readMjcf(file, { ignore: ['equality'] }).notices.join()).toMatch(/<equality>: ignored/)
  })

  const broken: [what: string, xml: string, at: string, error: RegExp][] = [
    [
      'two joints on a body',
      changed('<geom name="sole"', '<joint name="roll"/><geom name="sole"'),
      '<joint name="roll"',
      /a second joint of line \d+, <body name="foot">/,
    ],
    [
      'an unknown joint type',
      changed('type="slide"', 'type="screw"'),
      '<joint name="lift"',
      /type="screw" is not understood/,
    ],
    [
      'a spring',
      changed('name="lift"', 'name="lift" stiffness="4"'),
      '<joint name="lift"',
      /stiffness="4" is not understood/,
    ],
    [
      'an unknown class',
      changed('childclass="leg"', 'childclass="arm"'),
      '<joint name="hip"',
      /no default class "arm"; there are main, leg, foot, visual/,
    ],
    [
      'an unknown joint of an actuator',
      changed('<position joint="neck"', '<position joint="nek"'),
      '<position joint="nek"',
      /no joint "nek"; there are hip, ankle/,
    ],
    [
      'a muscle',
      changed('<position joint="neck"/>', '<muscle joint="neck"/>'),
      '<muscle',
      /<muscle>: not understood inside <actuator>/,
    ],
    [
      'a free joint inside',
      changed('<joint name="ankle"', '<joint name="ankle" type="free"'),
      '<joint name="ankle"',
      /free joint is understood only at the base/,
    ],
    [
      'two orientations',
      changed('xyaxes=', 'quat="1 0 0 0" xyaxes='),
      '<body name="foot"',
      /two orientations: quat and xyaxes/,
    ],
    [
      'a mesh whose mass is needed',
      changed('<geom name="sole" pos="0.03 0 -0.03"/>', '<geom type="mesh" mesh="shell"/>'),
      '<geom type="mesh"',
      /<body name="foot"> has no <inertial>/,
    ],
    [
      'a body without mass',
      changed('<geom type="cylinder" size="0.06 0.08" euler="0 0 90"/>', ''),
      '<body name="head"',
      /<body name="head">: it moves, so it needs mass/,
    ],
    [
      'missing sizes',
      changed('type="cylinder" size="0.06 0.08"', 'type="cylinder" size="0.06"'),
      '<geom type="cylinder"',
      /a cylinder needs 2 positive numbers/,
    ],
    [
      'an unknown body attribute',
      changed('<body name="head"', '<body name="head" floppy="1"'),
      '<body name="head"',
      /attribute floppy="1" is not understood/,
    ],
    [
      'a compiler setting that changes masses',
      changed('angle="degree"', 'angle="degree" settotalmass="9"'),
      '<compiler',
      /settotalmass="9" changes the model/,
    ],
    [
      'a key of the wrong length',
      changed('qpos="0 0 0.9', 'qpos="0 0.9'),
      '<key name="home"',
      /13 numbers; it needs 14/,
    ],
    [
      'composite bodies',
      changed('<site name="bolt" pos="0 0 0.03"/>', '<composite type="cable"/>'),
      '<composite',
      /<composite>: not understood inside <body>/,
    ],
  ]
  it.each(broken)('refuses %s, saying where', (_, xml, at, error) => {
    expect(() => readMjcf(xml)).toThrow(error)
    expect(() => readMjcf(xml)).toThrow(`line ${xml.slice(0, xml.indexOf(at)).split('\n').length},`)
  })
})
