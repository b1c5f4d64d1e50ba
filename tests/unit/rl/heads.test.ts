import { createRng } from '@skillweave/math'
import { createInterpreter, type OnnxModel, writeOnnx } from '@skillweave/policy'
import {
  createSession,
  type FrozenSkill,
  floatTensor,
  type SkillHeadOptions,
  skillHead,
  strideHead,
  Tape,
  zeroTensor,
} from '@skillweave/rl'
import { blendTargets } from '@skillweave/skills'
import { describe, expect, it } from 'vitest'

const bodySize = 3
const actionSize = 2
const goalSize = 2

/** A skill with fixed random weights: tanh(x·W + b). */
function skillModel(name: string, inputs: number): OnnxModel {
  const rng = createRng(name)
  const random = (n: number) => Float32Array.from({ length: n }, () => rng.normal())
  const tape = new Tape(name)
  const obs = tape.input('obs', ['N', inputs])
  const weight = tape.constant(random(inputs * actionSize), [inputs, actionSize])
  const bias = tape.constant(random(actionSize), [actionSize])
  tape.output('actions', tape.tanh(tape.gemm(obs, weight, bias)))
  return tape.model()
}

const skill = (name: string, goal: number, limit = 0.5): FrozenSkill => ({
  name,
  model: skillModel(name, goal + bodySize),
  goalMin: new Array<number>(goal).fill(-limit),
  goalMax: new Array<number>(goal).fill(limit),
  prior: name === 'walk' ? [1.5, -1.5] : [-1.5, 1.5],
})

const options = (change: Partial<SkillHeadOptions> = {}): SkillHeadOptions => ({
  skills: [skill('walk', 1), skill('reach', 2)],
  goalSize,
  bodySize,
  actionSize,
  weights: 'perJoint',
  normalisation: 'softmax',
  ...change,
})

/** Network output and observation → action, and what explains it. */
function run(o: SkillHeadOptions, output: readonly number[], obs: readonly number[]) {
  const head = skillHead(o)
  const tape = new Tape('head')
  const y = tape.input('output', ['N', head.size])
  const x = tape.input('obs', ['N', goalSize + bodySize])
  tape.output('actions', head.build(tape, y, x))
  for (const [name, value] of Object.entries(head.explain?.(tape, y, x) ?? {})) {
    tape.output(name, value)
  }
  const net = createInterpreter(writeOnnx(tape.model()))
  net.inputs.output.set(output)
  net.inputs.obs.set(obs)
  net.run(1)
  const read = (name: string) => Array.from(net.outputs[name])
  return {
    actions: read('actions'),
    weights: read('weights'),
    subgoals: read('subgoals'),
    targets: read('targets'),
  }
}

const obs = [9, 9, 0.3, -0.2, 0.1]

describe('the head of a controller', () => {
  it('blends as the blend rule does, joint by joint', () => {
    const result = run(options(), [0.2, 0.1, -0.3, 1, 2, 0.5, -1], obs)
    const out = new Float64Array(actionSize)
    const weights = Float32Array.from(result.weights)
    blendTargets(Float32Array.from(result.targets), weights, 0, true, 2, out)
    result.actions.forEach((a, j) => {
      expect(a).toBeCloseTo(out[j], 5)
      expect(weights[j] + weights[actionSize + j]).toBeCloseTo(1, 5)
    })
    expect(weights[0]).toBeCloseTo(1 / (1 + Math.exp(0.5 - 1)), 5)
  })

  it('gives each skill its clamped sub-goal and the body, not the task’s goal', () => {
    const net = createInterpreter(writeOnnx(skillModel('walk', 1 + bodySize)))
    net.inputs.obs.set([0.5, ...obs.slice(goalSize)])
    net.run(1)
    const { targets, subgoals } = run(options(), [7, 0, 0, 0, 0, 0, 0], obs)
    expect(subgoals).toEqual([0.5, 0, 0])
    targets.slice(0, actionSize).forEach((t, j) => {
      expect(t).toBeCloseTo(net.outputs.actions[j], 5)
    })
  })

  it('with one weight per skill treats all joints alike', () => {
    const { weights, actions, targets } = run(
      options({ weights: 'perSkill' }),
      [0, 0, 0, 1, 0],
      obs,
    )
    expect(weights).toHaveLength(2)
    actions.forEach((a, j) => {
      expect(a).toBeCloseTo(weights[0] * targets[j] + weights[1] * targets[actionSize + j], 5)
    })
  })

  it('with a choice is one skill alone', () => {
    const { actions, targets } = run(options({ weights: 'one' }), [0, 0, 0, 0.1, 0.2], obs)
    expect(actions.map((a) => +a.toFixed(5))).toEqual(
      targets.slice(actionSize).map((t) => +t.toFixed(5)),
    )
  })

  it('without softmax adds to equal shares', () => {
    const { weights } = run(options({ normalisation: 'free' }), [0, 0, 0, 1, 0, -2, 0], obs)
    expect(weights).toEqual([1.5, 0.5, -1.5, 0.5])
  })

  it('starts with the prior as logits, the mean of it when weights are per skill', () => {
    expect(skillHead(options()).bias).toEqual([0, 0, 0, 1.5, -1.5, -1.5, 1.5])
    expect(skillHead(options({ weights: 'perSkill' })).bias).toEqual([0, 0, 0, 0, 0])
  })

  it.each(['perJoint', 'perSkill', 'one'] as const)(
    'passes gradients through the frozen skills to the sub-goals (%s)',
    async (weights) => {
      const head = skillHead(options({ weights }))
      const tape = new Tape('gradient')
      const y = tape.param('output', [1, head.size])
      const x = tape.input('obs', [1, goalSize + bodySize])
      const loss = tape.sum(head.build(tape, y, x))
      tape.output('loss', loss)
      tape.gradients(loss)
      const session = await createSession(tape.model())
      const at = async (values: readonly number[]) => {
        const out = { loss: zeroTensor([]), 'grad.output': zeroTensor([1, head.size]) }
        await session.run(
          {
            output: floatTensor(Float32Array.from(values), [1, head.size]),
            obs: floatTensor(Float32Array.from(obs), [1, obs.length]),
          },
          out,
        )
        return { loss: out.loss.data[0], grad: Array.from(out['grad.output'].data) }
      }
      const start = Array.from({ length: head.size }, (_, i) => (i < 3 ? 0.1 * i : 0.3 * (i % 2)))
      const { grad } = await at(start)
      for (let i = 0; i < 3; i++) {
        const h = 1e-2
        const shifted = (d: number) => at(start.map((v, k) => (k === i ? v + d : v)))
        const numeric = ((await shifted(h)).loss - (await shifted(-h)).loss) / (2 * h)
        expect(grad[i]).toBeCloseTo(numeric, 2)
      }
      expect(grad.slice(3).some((g) => g !== 0)).toBe(true)
      await session.dispose()
    },
  )

  it('refuses a skill with another body, saying what it found', () => {
    const other = { ...skill('walk', 1), model: skillModel('walk', 9) }
    expect(() => skillHead(options({ skills: [other] }))).toThrow(
      'skill walk maps 9 numbers to 2, expected 4 (goal 1, body 3) to 2',
    )
  })
})

it('a stride lifts the leg whose half of the period it is', () => {
  const head = strideHead({ sinAt: 1, left: [1, 0], right: [0, 2] })
  const tape = new Tape('stride')
  const y = tape.input('output', ['N', 2])
  const x = tape.input('obs', ['N', 3])
  tape.output('actions', head.build(tape, y, x))
  const net = createInterpreter(writeOnnx(tape.model()))
  const at = (sin: number) => {
    net.inputs.output.set([0.1, 0.1])
    net.inputs.obs.set([5, sin, 5])
    net.run(1)
    return Array.from(net.outputs.actions, (v) => +v.toFixed(5))
  }
  expect(at(0.5)).toEqual([0.6, 0.1])
  expect(at(-0.5)).toEqual([0.1, 1.1])
  expect(at(0)).toEqual([0.1, 0.1])
})
