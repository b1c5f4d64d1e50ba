import { createRng, quatExp, type Vec3 } from '@skillweave/math'
import { type Robot, robots } from '@skillweave/model'
import {
  blendSpec,
  bodiesSpec,
  createBodiesWriter,
  createDecoder,
  createFrame,
  declareChannel,
  describeObject,
  describeRobot,
  encodeMessage,
  gridSpec,
  jointSlots,
  type ObjectDescription,
  parseHubMessage,
  type SkillDescription,
  signalsSpec,
} from '@skillweave/protocol'
import { describe, expect, it } from 'vitest'

const { ballplayer, h1 } = robots

const ball: ObjectDescription = {
  name: 'ball',
  motion: 'dynamic',
  mass: 0.6,
  geoms: [{ type: 'sphere', pos: [0, 0, 0], radius: 0.12 }],
  look: 'ball',
}

const randomState = (robot: Robot, objects: number, seed: number) => {
  const rng = createRng(seed)
  const fill = (n: number, size: number) =>
    Float64Array.from({ length: n }, () => rng.range(-size, size))
  const unit = (n: number) =>
    Float64Array.from(
      Array.from({ length: n }, () => quatExp([...fill(3, 3)] as unknown as Vec3)).flat(),
    )
  return {
    q: fill(robot.model.dofNames.length, 1.5),
    linkPos_w: fill(3 * robot.model.links.length, 5),
    linkQuat_w: unit(robot.model.links.length),
    objectPos_w: fill(3 * objects, 5),
    objectQuat_w: unit(objects),
    objectLinVel_w: fill(3 * objects, 10),
    footContact: Float64Array.of(1, 0),
  }
}

describe('view.bodies', () => {
  const robot = describeRobot({ id: 'h1', robot: h1 })

  it('takes 76 bytes for H1 and 26 more per object', () => {
    expect(bodiesSpec({ robot, objects: [] }).layout.bytes).toBe(76)
    expect(bodiesSpec({ robot, objects: [ball] }).layout.bytes).toBe(102)
  })

  it('takes less than 200 bytes for 20 bodies with a ball, even if all joints are spherical', () => {
    const loose = {
      ...robot,
      joints: robot.joints.map((j) => ({ ...j, type: 'spherical' as const })),
    }
    expect(loose.links).toHaveLength(20)
    expect(bodiesSpec({ robot: loose, objects: [ball] }).layout.bytes).toBe(178)
  })

  it.each([
    ['h1', h1],
    ['ballplayer', ballplayer],
  ])('of %s carries joints, contacts and objects within the declared errors', (_, source) => {
    const robot = describeRobot({ id: 'r', robot: source })
    const channel = declareChannel(3, bodiesSpec({ robot, objects: [ball] }))
    const writer = createBodiesWriter(channel, robot)
    const decoder = createDecoder(channel)
    const frame = createFrame(channel)
    const state = randomState(source, 1, 5)
    writer.set(0, state, 1)
    expect(decoder.decode(writer.encode(1.25), frame)).toBeNull()
    for (let i = 0; i < 3; i++) expect(frame.values.basePos_w[i]).toBeCloseTo(state.linkPos_w[i], 5)
    const slots = jointSlots(robot)
    for (const [j, joint] of source.model.joints.entries()) {
      const { field, index } = slots[j]
      if (joint.type === 'spherical') {
        const v = [...state.q.subarray(joint.dof, joint.dof + 3)] as unknown as Vec3
        const expected = quatExp(v)
        let dot = 0
        for (let k = 0; k < 4; k++) dot += expected[k] * frame.values[field][index + k]
        expect(2 * Math.acos(Math.min(1, Math.abs(dot)))).toBeLessThan(2e-4)
      } else expect(frame.values[field][index]).toBeCloseTo(state.q[joint.dof], 3)
    }
    expect(frame.values.footContact[0]).toBe(1)
    expect(frame.values.objectContact[0]).toBe(1)
    for (let i = 0; i < 3; i++) {
      expect(frame.values.objectPos_w[i]).toBeCloseTo(state.objectPos_w[i], 5)
      expect(Math.abs(frame.values.objectLinVel_w[i] - state.objectLinVel_w[i])).toBeLessThan(
        1 / 1000,
      )
    }
  })

  it('of a grid keeps copies apart', () => {
    const robot = describeRobot({ id: 'h1', robot: h1 })
    const channel = declareChannel(
      4,
      gridSpec({ robot, objects: [ball], copies: 5, endings: ['fell', 'timeOut'] }),
    )
    const writer = createBodiesWriter(channel, robot)
    const frame = createFrame(channel)
    const states = Array.from({ length: 5 }, (_, c) => randomState(h1, 1, c))
    for (const [c, s] of states.entries()) writer.set(c, s)
    writer.values.ended[3] = 2
    writer.values.tint[3] = 0.5
    expect(createDecoder(channel).decode(writer.encode(0), frame)).toBeNull()
    for (const [c, s] of states.entries()) {
      expect(frame.values.basePos_w[3 * c + 2]).toBeCloseTo(s.linkPos_w[2], 5)
      expect(frame.values.hinges[19 * c + 18]).toBeCloseTo(s.q[18], 3)
      expect(frame.values.objectPos_w[3 * c]).toBeCloseTo(s.objectPos_w[0], 5)
    }
    expect([...frame.values.ended]).toEqual([0, 0, 0, 2, 0])
    expect(channel.labels.ended[frame.values.ended[3] - 1]).toBe('timeOut')
  })
})

describe('descriptions', () => {
  it('of a robot survive the wire and name every link that is referred to', () => {
    const robot = describeRobot({ id: 'h1', robot: h1 })
    const parsed = parseHubMessage(encodeMessage({ op: 'robots', list: [robot] }))
    // JSON has one zero only.
    const expected = JSON.parse(JSON.stringify(robot))
    expect(parsed).toEqual({ ok: true, value: { op: 'robots', list: [expected] } })
    expect(robot.links[robot.roles.rightHand]?.name).toBe(h1.roles.rightHand)
    expect(robot.feet.map((i) => robot.links[i].name)).toEqual(h1.feet)
    expect(() => describeRobot({ id: 'x', robot: { ...h1, roles: { head: 'antenna' } } })).toThrow(
      'h1 has no link "antenna"; it has pelvis',
    )
  })

  it('turn missing limits into null, because JSON has no infinity', () => {
    const joints = h1.model.joints.map((j) => ({ ...j, upper: [Number.POSITIVE_INFINITY] }))
    const robot = describeRobot({ id: 'h1', robot: { ...h1, model: { ...h1.model, joints } } })
    expect(robot.joints[0].upper).toEqual([null])
  })

  it('of an object keep only what the wire declares', () => {
    const source = { ...ball, friction: 0.5, ccd: true }
    expect(describeObject(source)).toEqual(ball)
  })
})

describe('other views', () => {
  const robot = describeRobot({ id: 'h1', robot: h1 })
  const skills: SkillDescription[] = [
    { name: 'walk', title: 'Walk', color: 0, goals: ['linVelX_mps', 'yawRate_radps'] },
    { name: 'reach', title: 'Reach', color: 1, goals: ['handX_m'] },
  ]

  it('view.blend names goals by skill and has a weight per skill and coordinate', () => {
    const spec = blendSpec({ robot, skills, perJoint: true })
    expect(spec.layout.labels.goals).toEqual([
      'walk.linVelX_mps',
      'walk.yawRate_radps',
      'reach.handX_m',
    ])
    expect(spec.layout.fields.map((f) => [f.name, f.count])).toEqual([
      ['goals', 3],
      ['weights', 2],
      ['jointWeights', 38],
      ['active', 1],
      ['override', 1],
    ])
  })

  it('view.signals gives every value its own unit', () => {
    const spec = signalsSpec({
      signals: [
        { name: 'base.speed_mps', unit: 'm/s' },
        { name: 'timing.p99_ms', unit: 'ms' },
      ],
    })
    expect(spec.layout.fields[0]).toMatchObject({ count: 2, unit: ['m/s', 'ms'] })
  })
})
