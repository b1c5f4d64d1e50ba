import type { MjModel } from '@mujoco/mujoco'
import { type Geom, readUrdf } from '@skillweave/model'
import { describe, expect, it } from 'vitest'
import { compile, expectAsMujoco, floatingUrdf } from './mujoco-oracle.ts'

/** A torso with a sliding head, a wheel, a tilted arm with a welded hand, and an empty marker. */
const urdf = `<?xml version="1.0"?>
<!-- <link name="not here"/> -->
<robot name="tester">
  <material name="grey"><color rgba="1 1 1 1"/></material>
  <link name="torso">
    <inertial>
      <origin xyz="0.01 0.02 0.1" rpy="0.3 -0.2 0.5"/>
      <mass value="6"/>
      <inertia ixx="0.05" iyy="0.06" izz="0.03" ixy="0.001" ixz="-0.002" iyz="0.003"/>
    </inertial>
    <visual><geometry><mesh filename="torso.stl"/></geometry></visual>
    <collision name="chest"><origin xyz="0 0 0.1" rpy="0 0 0.4"/><geometry><box size="0.2 0.3 0.4"/></geometry></collision>
    <collision><geometry><mesh filename="torso.stl"/></geometry></collision>
  </link>
  <link name="hand">
    <inertial>
      <origin xyz="0 0 0.03" rpy="0 0.7 0"/>
      <mass value="0.4"/>
      <inertia ixx="0.001" iyy="0.0012" izz="0.0009" ixy="0" ixz="0.0001" iyz="0"/>
    </inertial>
    <collision><origin xyz="0 0 0.05"/><geometry><sphere radius="0.04"/></geometry></collision>
  </link>
  <link name="arm">
    <inertial>
      <origin xyz="0 0 0.15"/>
      <mass value="1.5"/>
      <inertia ixx="0.02" iyy="0.021" izz="0.002" ixy="0" ixz="0" iyz="0"/>
    </inertial>
    <collision><origin xyz="0.15 0 0" rpy="0 1.5707963267948966 0"/><geometry><cylinder radius="0.03" length="0.3"/></geometry></collision>
  </link>
  <link name="head">
    <inertial><mass value="1"/><inertia ixx="0.01" iyy="0.01" izz="0.01" ixy="0" ixz="0" iyz="0"/></inertial>
  </link>
  <link name="wheel">
    <inertial><mass value="0.5"/><inertia ixx="0.002" iyy="0.003" izz="0.002" ixy="0" ixz="0" iyz="0"/></inertial>
  </link>
  <link name="marker"/>
  <joint name="shoulder" type="revolute">
    <origin xyz="0.1 0.2 0.3" rpy="0.4 0.5 0.6"/>
    <parent link="torso"/><child link="arm"/>
    <axis xyz="0 1 1"/>
    <limit lower="-1.1" upper="2.2" effort="33" velocity="4.4"/>
    <dynamics damping="0.5" friction="0.25"/>
  </joint>
  <joint name="neck" type="prismatic">
    <origin xyz="0 0 0.4"/>
    <parent link="torso"/><child link="head"/>
    <axis xyz="0 0 1"/>
    <limit lower="-0.02" upper="0.05" effort="10" velocity="0.1"/>
  </joint>
  <joint name="palm" type="fixed">
    <origin xyz="0 0.01 0.3" rpy="1 0 -0.5"/>
    <parent link="arm"/><child link="hand"/>
  </joint>
  <joint name="axle" type="continuous">
    <origin xyz="0 0 -0.2"/>
    <parent link="torso"/><child link="wheel"/>
    <axis xyz="0 1 0"/>
  </joint>
  <joint name="mark" type="fixed">
    <origin xyz="0.02 0 0" rpy="0 0 1"/>
    <parent link="hand"/><child link="marker"/>
  </joint>
</robot>
`

/** The file with one piece of text replaced; throws when it is not there. */
function changed(from: string, to: string): string {
  if (!urdf.includes(from)) throw new Error(`the fixture has no ${from}`)
  return urdf.replace(from, to)
}

describe('readUrdf', () => {
  it('gives links and joints depth-first, fixed links merged, with limits and dynamics', () => {
    const { model, frames, notices } = readUrdf(urdf)
    expect(model.name).toBe('tester')
    expect(model.base).toBe('floating')
    expect(model.links.map((l) => [l.name, l.parent])).toEqual([
      ['torso', -1],
      ['arm', 0],
      ['head', 0],
      ['wheel', 0],
    ])
    expect(model.dofNames).toEqual(['shoulder', 'neck', 'axle'])
    const [shoulder, neck, axle] = model.joints
    expect(shoulder).toMatchObject({ type: 'revolute', lower: [-1.1], upper: [2.2], effort: [33] })
    expect(shoulder).toMatchObject({ velocity: [4.4], damping: 0.5, frictionLoss: 0.25 })
    expect(shoulder.axis[1]).toBeCloseTo(Math.SQRT1_2, 12)
    expect(neck).toMatchObject({ type: 'prismatic', dof: 1, lower: [-0.02], upper: [0.05] })
    expect(axle).toMatchObject({ lower: [-Infinity], upper: [Infinity], effort: [Infinity] })
    expect(frames.marker.link).toBe('arm')
    expect(notices).toHaveLength(1)
    expect(notices[0]).toMatch(/line 13, <mesh> of link "torso": collision mesh torso.stl left out/)
  })

  it.each(['false', 'true'])('is what MuJoCo reads, fusestatic %s', async (fuse) => {
    const reference = await compile(floatingUrdf(urdf, 'torso', `fusestatic="${fuse}"`))
    await expectAsMujoco(readUrdf(urdf), reference, 20)
  })

  it('puts collision shapes where MuJoCo puts them', async () => {
    const { model } = readUrdf(urdf)
    const reference = await compile(floatingUrdf(urdf, 'torso', 'fusestatic="true"'))
    expect(middles(model.links.flatMap((l) => l.geoms))).toEqual(geomMiddles(reference))
  })

  it('welds locked joints', () => {
    const { model, frames } = readUrdf(urdf, { lock: ['shoulder'] })
    expect(model.dofNames).toEqual(['neck', 'axle'])
    expect(frames.arm.link).toBe('torso')
    expect(model.links[0].mass).toBeCloseTo(7.9, 9)
    expect(() => readUrdf(urdf, { lock: ['knee'] })).toThrow(/cannot lock "knee".*shoulder, neck/)
  })

  it('takes the base from a floating joint or a world link', () => {
    const floating = floatingUrdf(urdf, 'torso').replace('<mujoco><compiler /></mujoco>', '')
    expect(readUrdf(floating).model.links.map((l) => l.name)[0]).toBe('torso')
    expect(readUrdf(floating).model.base).toBe('floating')
    const bolted = readUrdf(floating.replace('type="floating"', 'type="fixed"'))
    expect(bolted.model.base).toBe('fixed')
    expect(bolted.frames.torso.link).toBe('world')
    expect(readUrdf(urdf, { base: 'fixed' }).model.base).toBe('fixed')
  })

  it('refuses mimic joints unless told what to do with them', () => {
    const file = changed('<axis xyz="0 0 1"/>', '<axis xyz="0 0 1"/><mimic joint="axle"/>')
    expect(() => readUrdf(file)).toThrow(
      /line 45, <joint name="neck">: it copies "axle".*mimic: 'free'/,
    )
    expect(readUrdf(file, { mimic: 'free' }).notices.join()).toMatch(/copies "axle" in the file/)
    expect(readUrdf(file, { lock: ['neck'] }).model.dofNames).toEqual(['shoulder', 'axle'])
  })

  // What is wrong, the file, the text its error should point at, and what the error should say.
  const broken: [what: string, xml: string, at: string, error: RegExp][] = [
    [
      'an unknown joint type',
      changed('type="continuous"', 'type="planar"'),
      '<joint name="axle"',
      /<joint name="axle">: type "planar" is not understood; fixed, revolute/,
    ],
    [
      'a moving link without inertia',
      urdf.replace(/<inertial><mass value="0.5".*/, ''),
      '<link name="wheel"',
      /<link name="wheel">: it moves, so it needs mass/,
    ],
    [
      'an impossible inertia',
      changed('iyy="0.003"', 'iyy="0.03"'),
      '<link name="wheel"',
      /<link name="wheel">: .*triangle inequality/,
    ],
    [
      'half an inertial',
      changed('<mass value="1"/>', ''),
      '<inertial><inertia ixx="0.01"',
      /<inertial>: link "head" needs both/,
    ],
    [
      'an unknown element of a joint',
      changed('<axis xyz="0 0 1"/>', '<spring stiffness="3"/>'),
      '<spring',
      /<spring>: not understood inside <joint>/,
    ],
    [
      'an unknown element of the robot',
      changed('<link name="marker"/>', '<loop/>'),
      '<loop/>',
      /<loop>: not understood/,
    ],
    [
      'xacro',
      changed('<link name="marker"/>', '<xacro:include filename="x"/>'),
      '<xacro',
      /xacro file; expand it/,
    ],
    [
      'a second root',
      changed('<link name="marker"/>', '<link name="marker"/>\n<link name="lost"/>'),
      '<link name="lost"/>',
      /<link name="lost">: a second root link; the first is line \d+, <link name="torso">/,
    ],
    [
      'a cycle',
      changed('<link name="marker"/>', '<link name="marker"/><link name="a"/>\n<link name="b"/>')
        .replace(
          '</robot>',
          '<joint name="ab" type="fixed"><parent link="a"/><child link="b"/></joint></robot>',
        )
        .replace(
          '</robot>',
          '<joint name="ba" type="fixed"><parent link="b"/><child link="a"/></joint></robot>',
        ),
      '<link name="a"/>',
      /<link name="a">: it is part of a cycle of joints/,
    ],
    [
      'a link with two parents',
      changed(
        '<parent link="hand"/><child link="marker"/>',
        '<parent link="wheel"/><child link="hand"/>',
      ),
      '<joint name="mark"',
      /link "hand" already hangs on line \d+, <joint name="palm">/,
    ],
    [
      'a missing link',
      changed('<child link="hand"/>', '<child link="hnad"/>'),
      '<joint name="palm"',
      /<joint name="palm">: there is no link "hnad"/,
    ],
    [
      'a number that is not one',
      changed('<mass value="6"/>', '<mass value="six"/>'),
      '<mass value="six"',
      /<mass>: value="six" is not a list of finite numbers/,
    ],
    [
      'an infinite number',
      changed('<mass value="6"/>', '<mass value="1e999"/>'),
      '<mass value="1e999"',
      /value="1e999" is not/,
    ],
    [
      'too few numbers',
      changed('xyz="0.1 0.2 0.3"', 'xyz="0.1 0.2"'),
      '<origin xyz="0.1 0.2"',
      /xyz="0.1 0.2" has 2 numbers; it needs 3/,
    ],
    [
      'an empty range',
      changed('lower="-1.1" upper="2.2"', 'lower="1" upper="1"'),
      '<limit lower="1"',
      /"shoulder" has the empty range 1 to 1/,
    ],
    [
      'a missing limit',
      urdf.replace(/<limit lower="-0.02".*/, ''),
      '<joint name="neck"',
      /a prismatic joint needs a <limit>/,
    ],
    [
      'two joints of one name',
      changed('name="neck"', 'name="shoulder"'),
      '<joint name="shoulder" type="prismatic"',
      /<joint name="shoulder">: a second joint of this name; the first is on line \d+/,
    ],
  ]
  it.each(broken)('refuses %s, saying where', (_, xml, at, error) => {
    expect(() => readUrdf(xml)).toThrow(error)
    const line = xml.slice(0, xml.indexOf(at)).split('\n').length
    expect(() => readUrdf(xml.replaceAll('\n', '\r\n'))).toThrow(`line ${line},`)
  })

  it('refuses text that is not XML and files of another kind', () => {
    expect(() => readUrdf(changed('</robot>', ''))).toThrow(/line \d+: not well-formed/)
    expect(() => readUrdf('<mujoco/>')).toThrow(/expected a <robot> file, found <mujoco>/)
    expect(() => readUrdf('')).toThrow(/expected a <robot> file|not well-formed/)
  })
})

const round = (v: readonly number[]) => v.map((x) => Math.round(x * 1e9) / 1e9 + 0)

function middles(geoms: readonly Geom[]): number[][] {
  return geoms.map((g) => round('pos' in g ? g.pos : g.from.map((x, i) => (x + g.to[i]) / 2)))
}

const geomMiddles = (reference: MjModel): number[][] =>
  Array.from({ length: reference.ngeom }, (_, g) =>
    round(Array.from(reference.geom_pos.slice(3 * g, 3 * g + 3) as Float64Array)),
  )
