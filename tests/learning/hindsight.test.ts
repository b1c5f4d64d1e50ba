import { createRng } from '@skillweave/math'
import { createInterpreter, writeOnnx } from '@skillweave/policy'
import { createHindsightLearner, type HindsightEnv } from '@skillweave/rl'
import { describe, expect, it } from 'vitest'
import { actorModel } from '../support/actor-model.ts'

const nEnvs = 16

/** A throw lands at 2 a + 0.5; some throws are worth repeating. */
function throwing(isGood = (_goal: number): boolean => true): HindsightEnv {
  const rng = createRng(3)
  const goal = () => rng.range(-0.8, 0.8)
  const actorObs = Float32Array.from({ length: nEnvs }, goal)
  const landing = new Float64Array(nEnvs)
  const achieved = new Uint8Array(nEnvs)
  const truncated = new Uint8Array(nEnvs)
  let t = 0
  return {
    nEnvs,
    actorSize: 1,
    criticSize: 0,
    actionSize: 1,
    rewardGroups: [],
    actorObs,
    criticObs: new Float32Array(0),
    rewards: new Float32Array(0),
    terminated: new Uint8Array(nEnvs),
    truncated,
    finalCriticObs: new Float32Array(0),
    achieved,
    noteSize: 1,
    note: (e, out, at) => {
      out[at] = 10 * e + t
    },
    relabel: (e, notes, noteAt, obs, obsAt) => {
      // The note is of this env and of the first step, on which it threw.
      expect(notes[noteAt]).toBe(10 * e)
      obs[obsAt] = landing[e]
    },
    step: (actions) => {
      for (let e = 0; e < nEnvs; e++) {
        if (t === 0) landing[e] = 2 * actions[e] + 0.5
        achieved[e] = t === 0 && isGood(actorObs[e]) ? 1 : 0
        truncated[e] = t === 2 ? 1 : 0
        if (t === 2) actorObs[e] = goal()
      }
      t = (t + 1) % 3
    },
    restart: () => {
      t = 0
    },
    save: () => null,
    restore: () => {},
    metrics: () => ({}),
  }
}

const initial = writeOnnx(actorModel(createRng(8), [1, 16, 1]))

function act(bytes: Uint8Array, goal: number): number {
  const policy = createInterpreter(bytes)
  policy.inputs.obs.set([goal])
  policy.run()
  return policy.outputs.actions[0]
}

const settings = { hidden: [16], steps: 30, noise: 0.3, noiseEnd: 0.1, lr: 1e-2, lrEnd: 1e-3 }

async function learn(env: HindsightEnv, anchorShare: number): Promise<Uint8Array> {
  const config = { ...settings, anchorShare }
  const learner = await createHindsightLearner({ env, initial, seed: 1, config })
  const n = 60
  for (let i = 0; i < n; i++) await learner.iterate(i / n)
  const policy = learner.exportOnnx()
  await learner.dispose()
  return policy
}

describe('learning in hindsight', () => {
  it('learns to reach goals from what was reached', async () => {
    const error = (policy: Uint8Array, goal: number) => Math.abs(2 * act(policy, goal) + 0.5 - goal)
    const goals = [-0.6, 0, 0.6]
    expect(Math.max(...goals.map((g) => error(initial, g)))).toBeGreaterThan(0.5)
    const learned = await learn(throwing(), 0.25)
    for (const goal of goals) expect(error(learned, goal)).toBeLessThan(0.1)
  })

  it('stays what it was where nothing is achieved', async () => {
    const isGood = (goal: number) => goal < 0
    const moved = async (anchorShare: number) => {
      const learned = await learn(throwing(isGood), anchorShare)
      return Math.abs(act(learned, 0.6) - act(initial, 0.6))
    }
    expect(await moved(0.25)).toBeLessThan(0.2 * (await moved(0)))
  })

  it('goes on from a checkpoint', async () => {
    const start = () =>
      createHindsightLearner({ env: throwing(), initial, seed: 1, config: { hidden: [16] } })
    const learner = await start()
    await learner.iterate(0)
    const other = await start()
    other.restore(learner.save())
    expect(other.exportOnnx()).toEqual(learner.exportOnnx())
    expect(other.samples).toBe(learner.samples)
    await learner.dispose()
    await other.dispose()
  })
})
