import { jointPosRel } from '@skillweave/mdp'
import { type BlendActionParams, blendSkills, type SkillSet } from '@skillweave/skills'
import { describe, expect, it } from 'vitest'
import { bindContext } from '../../support/bind-context.ts'
import { buildRobot } from '../../support/robots.ts'

const robot = buildRobot('arm', 'fixed', [{}, {}], { qDefault: [0.5, -0.5] })
const nSkills = 3

/** Skill k proposes k + 1 on every joint, plus what it senses of that joint. Counts its rows. */
function skillSet(): SkillSet & { rows: number[] } {
  const rows: number[] = []
  return {
    rows,
    names: ['one', 'two', 'three'],
    senses: { jointPos: jointPosRel({}) },
    scale: 0.1,
    network: {
      inputSize: 2 + nSkills,
      outputSize: 2,
      run: (input, output, n) => {
        rows.push(n)
        for (let row = 0; row < n; row++) {
          const label = input.subarray(row * 5 + 2, row * 5 + 5)
          const k = label.indexOf(1)
          expect([...label].sort()).toEqual([0, 0, 1])
          for (let j = 0; j < 2; j++) output[row * 2 + j] = k + 1 + input[row * 5 + j]
        }
      },
    },
  }
}

function bind(params: BlendActionParams = { sharpness: 1 }, nEnvs = 1) {
  const set = skillSet()
  const ctx = bindContext(robot, { nEnvs, actionSize: nSkills })
  const action = blendSkills(set, params).bind(ctx)
  const run = async () => {
    await action.applyAll?.(ctx.states, ctx.simulator.controls)
    return ctx.simulator.controls.map((c) => [...c.qTarget])
  }
  return { action, run, set, states: ctx.states, controls: ctx.simulator.controls }
}

describe('blendSkills', () => {
  it('averages what the skills propose by their weights', async () => {
    const { action, run, states } = bind()
    states[0].action.set([Math.log(0.5), Math.log(0.3), Math.log(0.2)])
    const [targets] = await run()
    const mean = 0.1 * (0.5 * 1 + 0.3 * 2 + 0.2 * 3)
    expect(targets).toEqual([expect.closeTo(0.5 + mean, 6), expect.closeTo(-0.5 + mean, 6)])
    expect([...action.weights]).toEqual([0.5, 0.3, 0.2].map((w) => expect.closeTo(w, 6)))
  })

  it('lets every skill sense the state of now', async () => {
    const { run, states } = bind()
    states[0].action.set([100, 0, 0])
    states[0].q.set([0.7, -0.5])
    expect((await run())[0][0]).toBeCloseTo(0.5 + 0.1 * (1 + 0.2), 6)
    states[0].q.set([0.5, 0.5])
    expect((await run())[0][1]).toBeCloseTo(-0.5 + 0.1 * (1 + 1), 6)
  })

  it('runs only skills that have a weight, for all environments in one batch', async () => {
    const { run, set, states } = bind({ sharpness: 1 }, 2)
    states[0].action.set([0, 0, -100])
    states[1].action.set([-100, -100, 0])
    const [first, second] = await run()
    expect(set.rows).toEqual([3])
    expect(first[0]).toBeCloseTo(0.5 + 0.1 * 1.5, 6)
    expect(second[0]).toBeCloseTo(0.5 + 0.1 * 3, 6)
  })

  it('sharpens, and starts from the prior', async () => {
    const { action, run, states } = bind({ sharpness: 4, bias: [0, 0, Math.log(2)] })
    await run()
    expect([...action.weights]).toEqual([0.25, 0.25, 0.5].map((w) => expect.closeTo(w, 6)))
    states[0].action.set([1, 0, -1])
    await run()
    expect(action.weights[0]).toBeGreaterThan(0.95)
  })

  it('does what the override says, until it is gone', async () => {
    const { action, run } = bind()
    action.override.replace({ two: 1 })
    expect((await run())[0][0]).toBeCloseTo(0.7, 6)
    expect([...action.jointWeights()]).toEqual([0, 0, 1, 1, 0, 0])
    action.override.clear()
    await run()
    expect(action.weights[0]).toBeCloseTo(1 / 3, 6)
    expect(action.jointWeights()[5]).toBeCloseTo(1 / 3, 6)
  })

  it('takes weights by hand on one joint and leaves the others to the policy', async () => {
    const { action, run, states } = bind({ sharpness: 1 }, 2)
    const [, joint] = robot.model.dofNames
    const [free] = await run()
    action.override.replace({ three: 1 }, [joint])
    states[1].action.set([100, 0, 0])
    const [first, second] = await run()
    expect(first).toEqual([free[0], expect.closeTo(-0.5 + 0.3, 6)])
    expect(second).toEqual([expect.closeTo(0.5 + 0.1, 6), expect.closeTo(-0.5 + 0.3, 6)])
    expect(action.weights[2]).toBeCloseTo((1 / 3 + 1) / 2, 6)
  })

  it('goes back in time with what was set by hand', async () => {
    const { action, run } = bind()
    action.override.replace({ two: 0.5 })
    const [set] = await run()
    const kept = action.snapshot?.()
    action.override.clear()
    expect((await run())[0]).not.toEqual(set)
    action.rewind?.(kept)
    expect(action.weights[1]).toBeCloseTo(0.5, 6)
    expect((await run())[0]).toEqual(set)
  })

  it('leaves no rate targets behind', async () => {
    const { run, controls } = bind()
    controls[0].dqTarget.fill(3)
    await run()
    expect([...controls[0].dqTarget]).toEqual([0, 0])
  })

  it('refuses a network of another size and a prior of another length', () => {
    const set = skillSet()
    const ctx = bindContext(robot, { actionSize: nSkills })
    const wrong = { ...set, network: { ...set.network, outputSize: 19 } }
    expect(() => blendSkills(wrong, { sharpness: 1 }).bind(ctx)).toThrow(
      "the skill network maps 5 to 19, but the senses (2) with 3 labels and arm's 2 joints need 5 to 2",
    )
    expect(() => blendSkills(set, { sharpness: 1, bias: [0] }).bind(ctx)).toThrow(
      'the prior has 1 logits for 3 skills',
    )
  })
})
