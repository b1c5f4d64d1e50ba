import { createSensedPolicy, createSensedState } from '@skillweave/controllers'
import { createRng } from '@skillweave/math'
import { robots } from '@skillweave/model'
import { createInterpreter, readOnnx, writeOnnx } from '@skillweave/policy'
import { buildManifest, readRlGymConfig, torchScriptToOnnx } from '@skillweave/policy-import'
import { describe, expect, it } from 'vitest'
import { type Scripted, torchScriptFile } from '../../support/torch-script.ts'

const robot = robots['g1-29']
const [observed, hidden, legs] = [47, 8, 12]
const rng = createRng('torch-script')
const tensor = (...shape: number[]) => ({
  shape,
  data: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.range(-0.3, 0.3)),
})
const linear = (out: number, inputs: number): Scripted => ({
  className: 'torch.nn.modules.linear.___torch_mangle_3.Linear',
  fields: { training: false, weight: tensor(out, inputs), bias: tensor(out) },
})

const lstm = {
  weight_ih_l0: tensor(4 * hidden, observed),
  weight_hh_l0: tensor(4 * hidden, hidden),
  bias_ih_l0: tensor(4 * hidden),
  bias_hh_l0: tensor(4 * hidden),
}
const layers = [linear(6, hidden), linear(legs, 6)] as { fields: Record<string, Scripted> }[]
const actor: Scripted = {
  className: 'torch.nn.modules.container.Sequential',
  fields: {
    training: false,
    0: layers[0] as Scripted,
    1: { className: 'torch.nn.modules.activation.ELU', fields: { training: false } },
    2: layers[1] as Scripted,
  },
}
const exporter = (
  memory: Record<string, Scripted>,
  more: Record<string, Scripted> = {},
): Scripted => ({
  className: 'legged_gym.utils.helpers.PolicyExporterLSTM',
  fields: {
    training: false,
    is_recurrent: true,
    hidden_state: { shape: [1, 1, hidden], data: Array(hidden).fill(0) },
    cell_state: { shape: [1, 1, hidden], data: Array(hidden).fill(0) },
    actor,
    memory: {
      className: 'torch.nn.modules.rnn.LSTM',
      fields: {
        training: false,
        dropout: 0.5,
        _flat_weights: { list: [lstm.bias_ih_l0] },
        ...memory,
      },
    },
    ...more,
  },
})
const file = torchScriptFile(exporter(lstm))

/** The same network, written out. */
function reference() {
  let [h, c] = [new Float64Array(hidden), new Float64Array(hidden)]
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))
  const dot = (w: readonly number[], row: number, x: ArrayLike<number>) => {
    let sum = 0
    for (let i = 0; i < x.length; i++) sum += w[row * x.length + i] * x[i]
    return sum
  }
  const apply = (module: { fields: Record<string, Scripted> }, x: ArrayLike<number>) => {
    const { weight, bias } = module.fields as Record<string, { shape: number[]; data: number[] }>
    return bias.data.map((b, r) => b + dot(weight.data, r, x))
  }
  return (x: ArrayLike<number>): number[] => {
    const gate = (k: number, j: number) => {
      const r = k * hidden + j
      return (
        dot(lstm.weight_ih_l0.data, r, x) +
        dot(lstm.weight_hh_l0.data, r, h) +
        lstm.bias_ih_l0.data[r] +
        lstm.bias_hh_l0.data[r]
      )
    }
    const next = Float64Array.from(
      c,
      (v, j) => sigmoid(gate(1, j)) * v + sigmoid(gate(0, j)) * Math.tanh(gate(2, j)),
    )
    h = Float64Array.from(next, (v, j) => sigmoid(gate(3, j)) * Math.tanh(v))
    c = next
    return apply(
      layers[1],
      apply(layers[0], h).map((v) => (v > 0 ? v : Math.exp(v) - 1)),
    )
  }
}

const config = `
control_dt: 0.02
leg_joint2motor_idx: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
kps: [100, 100, 100, 150, 40, 40, 100, 100, 100, 150, 40, 40]
kds: [2, 2, 2, 4, 2, 2, 2, 2, 2, 4, 2, 2]
default_angles: [-0.1, 0, 0, 0.3, -0.2, 0, -0.1, 0, 0, 0.3, -0.2, 0]
arm_waist_target: [0, 0, 0]
ang_vel_scale: 0.25
dof_pos_scale: 1.0
dof_vel_scale: 0.05
action_scale: 0.25
cmd_scale: [2.0, 2.0, 0.25]
max_cmd: [0.8, 0.5, 1.57]
num_actions: 12
num_obs: 47
`

describe('a TorchScript file of legged_gym’s exporter', () => {
  it('becomes a graph that computes the same, with its memory as inputs and outputs', () => {
    const { onnx, state, notes } = torchScriptToOnnx(file)
    expect(state).toEqual([
      { input: 'hidden0', output: 'nextHidden0', size: hidden },
      { input: 'cell0', output: 'nextCell0', size: hidden },
    ])
    expect(notes[0]).toContain('an LSTM of 8')
    const net = createInterpreter(readOnnx(writeOnnx(onnx)))
    const compute = reference()
    for (let step = 0; step < 10; step++) {
      const x = Float32Array.from({ length: observed }, () => rng.range(-1, 1))
      net.inputs.obs.set(x)
      net.run(1)
      for (const s of state) net.inputs[s.input].set(net.outputs[s.output])
      compute(x).forEach((value, i) => {
        expect(net.outputs.actions[i]).toBeCloseTo(value, 5)
      })
    }
  })

  it('runs with its configuration on a robot, remembers, and forgets at a reset', () => {
    const scripted = torchScriptToOnnx(file)
    const foreign = readRlGymConfig(config, robot, scripted)
    const manifest = buildManifest(foreign, {
      ...{ name: 'walk', robot, onnx: scripted.onnx, command: 'test', files: {} },
    })
    expect(manifest.observation.map((t) => t.name)).toEqual([
      ...[
        'angVel_b',
        'gravity_b',
        'velocityCommand',
        'jointPos',
        'jointVel',
        'lastAction',
        'gaitPhase',
      ],
    ])
    expect(manifest.observation[2].scale).toEqual([2, 2, 0.25])
    expect(manifest.action.offset[3]).toBe(0.3)
    expect(manifest.commands?.velocity[1]).toEqual([-0.5, 0.5])
    expect(foreign.notes.join('\n')).toMatch(/17 joints are not driven[\s\S]*\[0, 0, 0\]/)
    const policy = createSensedPolicy({ onnx: writeOnnx(scripted.onnx), manifest, robot })
    const sensed = createSensedState(robot)
    sensed.linVel_b.fill(0)
    sensed.q.set(robot.qDefault)
    const qTarget = new Float64Array(robot.qDefault.length)
    const decide = () => {
      policy.decide(sensed, { velocity: [0.5, 0, 0] }, qTarget)
      return [...policy.action]
    }
    const compute = reference()
    for (let i = 0; i < 3; i++) {
      const action = decide()
      compute(policy.observation).forEach((value, j) => {
        expect(action[j]).toBeCloseTo(value, 5)
      })
    }
    policy.reset()
    const first = decide()
    const second = decide()
    expect(second).not.toEqual(first)
    policy.reset()
    expect(decide()).toEqual(first)
  })

  it.each([
    [
      'a layer nobody knows',
      exporter(lstm, {
        actor: { className: 'x.Sequential', fields: { 0: { className: 'x.Magic', fields: {} } } },
      }),
      'layer 0 of the actor is Magic; known are Linear, ELU, ReLU, Tanh',
    ],
    [
      'another memory',
      exporter(lstm, { memory: { className: 'torch.nn.modules.rnn.GRU', fields: {} } }),
      'the memory is GRU, expected LSTM',
    ],
    [
      'two directions',
      exporter({ ...lstm, weight_ih_l0_reverse: lstm.weight_ih_l0 }),
      'two directions or projections are not read',
    ],
    [
      'weights of another shape',
      exporter({ ...lstm, bias_hh_l0: tensor(3) }),
      'LSTM.bias_hh_l0 is [3], expected [32]',
    ],
    [
      'nothing of the kind',
      { className: 'a.Thing', fields: { x: 1 } } as Scripted,
      'the file holds Thing with x',
    ],
  ])('%s is refused with what was found', (_what, root, text) => {
    expect(() => torchScriptToOnnx(torchScriptFile(root))).toThrow(text)
  })

  it('a file that was changed on the way is refused before its pickle is read', () => {
    const changed = torchScriptFile(exporter(lstm))
    const text = Buffer.from(changed)
    const at = text.indexOf('collections\nOrderedDict')
    text.write('posix.sy1\nsystem', at)
    expect(() => torchScriptToOnnx(text)).toThrow(/data\.pkl" is damaged/)
  })

  it.each([
    ['num_obs: 47', 'num_obs: 48', 'num_obs is 48, expected 47 for 12 joints'],
    ['leg_joint2motor_idx', 'legs', 'has no leg_joint2motor_idx, so no joint has a name'],
    ['[0, 1, 2, 3, 4, 5,', '[0, 0, 2, 3, 4, 5,', 'expected different motors 0…28'],
    ['kds: [2,', 'kds: [', 'configuration.kds is 11 values, expected 12'],
  ])('a configuration with %s → %s is refused', (from, to, text) => {
    const scripted = torchScriptToOnnx(file)
    expect(() => readRlGymConfig(config.replace(from, to), robot, scripted)).toThrow(text)
  })
})
