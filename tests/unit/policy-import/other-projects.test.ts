import { robotByName } from '@skillweave/model'
import { OnnxBuilder } from '@skillweave/policy'
import { buildManifest, readIoDescriptors, readMjlabMetadata } from '@skillweave/policy-import'
import { describe, expect, it } from 'vitest'

const robot = robotByName('g1-29')
const names = robot.model.dofNames
const n = names.length

function onnx(size: number) {
  const graph = new OnnxBuilder('net')
  const x = graph.input('obs', ['N', size])
  const weights = graph.constant(new Float32Array(size * n), [size, n])
  graph.output(graph.node('MatMul', [x, weights], {}, 'actions'), ['N', n])
  return graph.model()
}

const options = (size: number) => ({
  name: 'walk',
  robot,
  onnx: onnx(size),
  command: 'import',
  files: {},
})

describe('mjlab metadata', () => {
  const metadata = {
    joint_names: names.join(','),
    joint_stiffness: robot.kp.map((x) => x.toFixed(3)).join(','),
    joint_damping: robot.kd.map((x) => x.toFixed(3)).join(','),
    default_joint_pos: robot.qDefault.map((x) => x.toFixed(3)).join(','),
    action_scale: names.map(() => '0.440').join(','),
    observation_names: 'base_ang_vel,joint_pos,joint_vel,actions',
    observation_terms_scale: '0.250,1.000,1.000,1.000',
    observation_terms_history_length: '0,0,3,0',
    observation_terms_flatten_history_dim: '1,1,1,1',
    observation_terms_clip: '-inf;inf,-inf;inf,-10.000;10.000,-inf;inf',
  }
  it('becomes a manifest', () => {
    const m = buildManifest(readMjlabMetadata(metadata, 0.02), options(3 + n + 3 * n + n))
    expect(m.observation.map((t) => [t.name, t.size, t.scale])).toEqual([
      ['angVel_b', 3, 0.25],
      ['jointPos', n, 1],
      ['jointVel', 3 * n, 1],
      ['lastAction', n, 1],
    ])
    expect(m.observation[2].clip).toEqual([-10, 10])
    expect(m.action.offset).toEqual(robot.qDefault.map((x) => x + 0))
  })
  it('needs the period, which it does not have', () => {
    expect(() => readMjlabMetadata(metadata, undefined)).toThrow('--period')
  })
  it('does not guess what a command is', () => {
    const foreign = readMjlabMetadata({ ...metadata, observation_names: 'command,a,b,c' }, 0.02)
    expect(() => buildManifest(foreign, options(4))).toThrow(
      'observation "command" of mjlab has no fixed meaning',
    )
  })
})

describe('Isaac Lab’s descriptors', () => {
  const list = (values: readonly unknown[]) => `[${values.join(', ')}]`
  const text = (jointsOfTerm = names) => `
actions:
- {name: joint_position_action, joint_names: ${list(names)}, scale: 0.5, offset: ${list(robot.qDefault)}, clip: null}
articulations:
  robot:
    joint_names: ${list(names)}
    default_joint_pos: ${list(robot.qDefault)}
    default_joint_stiffness: ${list(robot.kp)}
    default_joint_damping: ${list(robot.kd)}
observations:
  policy:
  - {name: projected_gravity, overloads: {clip: null, scale: null, history_length: 0, flatten_history_dim: true}}
  - {name: joint_vel_rel, joint_names: ${list(jointsOfTerm)}, overloads: {clip: [-5, 5], scale: 0.05, history_length: 2}}
scene: {dt: 0.02, physics_dt: 0.005, decimation: 4}
`
  it('become a manifest', () => {
    const m = buildManifest(readIoDescriptors(text()), options(3 + 2 * n))
    expect(m.observation).toEqual([
      { name: 'gravity_b', size: 3, scale: 1, history: 1 },
      { name: 'jointVel', size: 2 * n, scale: 0.05, history: 2, clip: [-5, 5] },
    ])
    expect([m.controlDt_s, m.action.scale[0], m.gains.kp]).toEqual([0.02, 0.5, robot.kp])
  })
  it('are refused where a term has another joint order than the action', () => {
    expect(() => readIoDescriptors(text([...names].reverse()))).toThrow('another order')
  })
})
