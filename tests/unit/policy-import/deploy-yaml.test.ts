import { robotByName } from '@skillweave/model'
import { OnnxBuilder, type OnnxModel } from '@skillweave/policy'
import { buildManifest, describeImport, readDeployYaml } from '@skillweave/policy-import'
import { describe, expect, it } from 'vitest'

const robot = robotByName('g1-29')
/** The default pose, with the zeros of mirrored joints without a sign. */
const home = robot.qDefault.map((x) => x + 0)
const n = robot.model.dofNames.length
/** Left and right side by side, as Isaac orders joints. */
const order = [
  0, 6, 12, 1, 7, 13, 2, 8, 14, 3, 9, 15, 22, 4, 10, 16, 23, 5, 11, 17, 24, 18, 25, 19, 26,
]
const map = [...order, 20, 27, 21, 28]

/** A file as unitree_rl_lab writes it; `change` replaces lines. */
function deployYaml(change: Readonly<Record<string, string>> = {}): string {
  const list = (values: readonly number[]) => `[${values.join(', ')}]`
  const inPolicyOrder = (values: readonly number[]) => list(map.map((m) => values[m]))
  const lines: Record<string, string> = {
    joint_ids_map: list(map),
    step_dt: '0.02',
    stiffness: list(robot.kp),
    damping: list(robot.kd),
    default_joint_pos: inPolicyOrder(home),
    commands:
      '{base_velocity: {ranges: {lin_vel_x: [-0.5, 1.0], lin_vel_y: [-0.3, 0.3], ang_vel_z: [-0.2, 0.2], heading: null}}}',
    actions: `
  JointPositionAction:
    clip: null
    joint_names: [.*]
    scale: ${list(map.map(() => 0.25))}
    offset: ${inPolicyOrder(home)}
    joint_ids: !!python/object/apply:builtins.slice [null, null, null]`,
    observations: `
  base_ang_vel: {params: {}, clip: null, scale: [0.2, 0.2, 0.2], history_length: 5}
  joint_pos_rel: {params: {}, clip: [-3, 3], scale: ${list(map.map(() => 1))}, history_length: 5}
  last_action: {params: {}, clip: null, scale: ${list(map.map(() => 1))}, history_length: 5}`,
    ...change,
  }
  return Object.entries(lines)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('')
}

/** A network of these sizes that computes nothing in particular. */
function network(inputs: number, outputs: number): OnnxModel {
  const graph = new OnnxBuilder('net')
  const x = graph.input('obs', ['N', inputs])
  const weights = graph.constant(new Float32Array(inputs * outputs), [inputs, outputs])
  graph.output(graph.node('MatMul', [x, weights], {}, 'actions'), ['N', outputs])
  return graph.model()
}

const size = 5 * (3 + n + n)
const build = (text: string, onnx = network(size, n), more = {}) =>
  buildManifest(readDeployYaml(text, robot), {
    name: 'walk',
    robot,
    onnx,
    command: 'import',
    files: {},
    ...more,
  })

describe('a deploy.yaml', () => {
  it('gives joints by name, in the policy’s order, with gains from motor order', () => {
    const { action, gains, jointNames } = build(deployYaml())
    expect(jointNames.slice(0, 3)).toEqual([
      'left_hip_pitch_joint',
      'right_hip_pitch_joint',
      'waist_yaw_joint',
    ])
    jointNames.forEach((name, i) => {
      const d = robot.model.dofNames.indexOf(name)
      expect([gains.kp[i], gains.kd[i], action.offset[i]], name).toEqual([
        robot.kp[d],
        robot.kd[d],
        home[d],
      ])
    })
  })

  it('gives terms with scale, clip, history and the pose they are relative to', () => {
    const [gyro, pos, last] = build(deployYaml()).observation
    expect(gyro).toEqual({ name: 'angVel_b', size: 15, scale: [0.2, 0.2, 0.2], history: 5 })
    expect(pos).toMatchObject({ name: 'jointPos', size: 5 * n, history: 5, clip: [-3, 3] })
    expect(pos.offset).toEqual(map.map((m) => home[m]))
    expect(last.name).toBe('lastAction')
  })

  it('is described with every joint and every range of numbers', () => {
    const foreign = readDeployYaml(deployYaml(), robot)
    const text = describeImport(foreign, build(deployYaml()), robot)
    for (const name of robot.model.dofNames) expect(text).toContain(name)
    expect(text).toMatch(/15–159 +joint_pos_rel +jointPos +1 +-3 to 3 +5/)
    expect(text).toContain('velocity command: -0.5 to 1; -0.3 to 0.3; -0.2 to 0.2')
  })
})

describe('what does not fit is refused', () => {
  const cases: readonly [string, () => unknown, string][] = [
    [
      'a robot whose motors we cannot number',
      () => readDeployYaml(deployYaml(), robotByName('h1')),
      'the motor order of h1 is unknown, known are g1-29',
    ],
    [
      'a map that names a motor twice',
      () => build(deployYaml({ joint_ids_map: `[${[0, ...map.slice(1, -1), 0].join(', ')}]` })),
      'expected each motor 0…28 of g1-29 once',
    ],
    [
      'a list that is too short',
      () => build(deployYaml({ stiffness: '[100, 100]' })),
      'deploy.yaml.stiffness is 2 values, expected 29 finite numbers',
    ],
    [
      'an observation nobody has defined',
      () =>
        build(
          deployYaml({
            observations: '{height_scan: {params: {}, clip: null, scale: null, history_length: 1}}',
          }),
        ),
      'observation "height_scan" of unitree_rl_lab has no fixed meaning',
    ],
    [
      'frames interleaved over terms',
      () => build(deployYaml({ observations: '{use_gym_history: true}' })),
      'changes the order of the numbers',
    ],
    [
      'another network',
      () => build(deployYaml(), network(size + 1, n)),
      `the network takes obs [N, ${size + 1}], expected obs [1, ${size}] (angVel_b 15 + jointPos 145`,
    ],
    [
      'gains in the policy’s order, which makes left differ from right',
      () => build(deployYaml({ stiffness: `[${map.map((m) => robot.kp[m]).join(', ')}]` })),
      'the joint order is probably wrong',
    ],
    [
      'a missing field',
      () => build(deployYaml({ step_dt: 'null' })),
      'deploy.yaml.step_dt is missing; there is joint_ids_map',
    ],
    [
      'a velocity action',
      () => build(deployYaml({ actions: '{JointVelocityAction: {}}' })),
      'only one JointPositionAction is read',
    ],
  ]
  it.each(cases)('%s', (_name, run, text) => {
    expect(run).toThrow(text)
  })

  it('unless the user says what an observation means', () => {
    const text = deployYaml({
      observations: '{imu: {params: {}, clip: null, scale: null, history_length: 1}}',
    })
    const meanings = { imu: 'angVel_b' }
    expect(build(text, network(3, n), { meanings }).observation).toEqual([
      { name: 'angVel_b', size: 3, scale: 1, history: 1 },
    ])
    expect(() => build(text, network(3, n), { meanings: { imu: 'smell' } })).toThrow(
      'no observation term "smell"; a robot senses angVel_b',
    )
  })
})
