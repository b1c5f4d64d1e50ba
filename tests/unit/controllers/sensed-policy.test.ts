import { createSensedPolicy, createSensedState, withPolicyGains } from '@skillweave/controllers'
import { robotByName } from '@skillweave/model'
import { OnnxBuilder, type PolicyManifest, writeOnnx } from '@skillweave/policy'
import { describe, expect, it } from 'vitest'

const robot = robotByName('arm7')
const [first, second] = robot.model.dofNames
const joints = [second, first]

/** actions = the first two numbers of the observation. */
function firstTwo(size: number): Uint8Array {
  const graph = new OnnxBuilder('net')
  const x = graph.input('obs', ['N', size])
  const weights = graph.constant(
    Float32Array.from({ length: 2 * size }, (_, i) => (i === 0 || i === 3 ? 1 : 0)),
    [size, 2],
  )
  graph.output(graph.node('MatMul', [x, weights], {}, 'actions'), ['N', 2])
  return writeOnnx(graph.model())
}

const manifest: PolicyManifest = {
  formatVersion: 1,
  name: 'test',
  robot: 'arm7',
  task: 'imported',
  jointNames: joints,
  observation: [
    { name: 'jointPos', size: 6, scale: [2, 10], history: 3, offset: [0.5, 0], clip: [-1, 1] },
    { name: 'gravity_b', size: 3, scale: 1, history: 1 },
    { name: 'velocityCommand', size: 3, scale: 1, history: 1 },
    { name: 'lastAction', size: 2, scale: 1, history: 1 },
    { name: 'gaitPhase', size: 2, scale: 1, history: 1, params: { period_s: 0.08 } },
  ],
  action: {
    kind: 'jointPosition',
    joints,
    scale: [1, 0.5],
    offset: [0.1, 0.2],
    clip: [
      [-9, 9],
      [0, 1],
    ],
  },
  gains: { kp: [11, 12], kd: [1, 2], effort: [5, 1000] },
  controlDt_s: 0.02,
  physics: {},
  commands: {
    velocity: [
      [-1, 1],
      [-1, 1],
      [-1, 1],
    ],
  },
  provenance: { command: '', seed: 0, samples: 0, minutes: 0, buildHash: '', parents: [] },
}

describe('a sensed policy', () => {
  it('sees offset, clip, scale and history as the manifest says, by joint name', () => {
    const policy = createSensedPolicy({ onnx: firstTwo(16), manifest, robot })
    const sensed = createSensedState(robot)
    const q = new Float64Array(robot.qDefault.length)
    sensed.q[0] = 0.02
    sensed.q[1] = 0.75
    policy.decide(sensed, { velocity: [3, 0, -0.5] }, q)
    const near = (values: number[]) => values.map((v) => expect.closeTo(v, 5))
    // The first frame fills the history: second joint (0.75 − 0.5) · 2, first joint 0.02 · 10.
    expect([...policy.observation.slice(0, 6)]).toEqual(near([0.5, 0.2, 0.5, 0.2, 0.5, 0.2]))
    expect([...policy.observation.slice(6)]).toEqual(near([0, 0, -1, 1, 0, -0.5, 0, 0, 1, 0]))
    sensed.q[1] = 9
    policy.decide(sensed, {}, q)
    expect([...policy.observation.slice(0, 6)]).toEqual(near([0.5, 0.2, 0.5, 0.2, 2, 0.2]))
    // Its own last action, and a quarter of the period later.
    expect([...policy.observation.slice(12)]).toEqual(near([0.5, 0.2, 0, -1]))
    policy.reset()
    policy.decide(sensed, {}, q)
    expect([...policy.observation.slice(0, 6)]).toEqual(near([2, 0.2, 2, 0.2, 2, 0.2]))
    expect([...policy.observation.slice(12, 14)]).toEqual([0, 0])
  })

  it('turns actions into targets of the named joints and leaves the others at home', () => {
    const policy = createSensedPolicy({ onnx: firstTwo(16), manifest, robot })
    const sensed = createSensedState(robot)
    sensed.q[0] = 0.1
    sensed.q[1] = 0.75
    const q = new Float64Array(robot.qDefault.length)
    policy.decide(sensed, {}, q)
    expect(q[1]).toBeCloseTo(0.1 + 0.5, 6)
    expect(q[0]).toBeCloseTo(0.2 + 0.5, 6)
    expect([...q.slice(2)]).toEqual(robot.qDefault.slice(2))
  })

  it('refuses another robot, an unknown term and a network of another size', () => {
    const make = (change: Partial<PolicyManifest>, size = 16) =>
      createSensedPolicy({ onnx: firstTwo(size), manifest: { ...manifest, ...change }, robot })
    expect(() => make({ robot: 'g1' })).toThrow('robot: needs g1, has arm7')
    expect(() => make({}, 17)).toThrow('the network takes obs [17]')
    expect(() => make({ observation: [{ name: 'smell', size: 1, scale: 1, history: 1 }] })).toThrow(
      'no observation term "smell"',
    )
  })

  it('brings its gains, but not more torque than the robot has', () => {
    const strong = withPolicyGains(robot, manifest)
    expect([strong.kp[1], strong.kp[0], strong.effort[1], strong.effort[0]]).toEqual([
      11,
      12,
      5,
      robot.effort[0],
    ])
    expect(strong.kp.slice(2)).toEqual(robot.kp.slice(2))
  })
})
