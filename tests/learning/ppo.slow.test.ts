import { createRng } from '@skillweave/math'
import { createInterpreter } from '@skillweave/policy'
import { createPpo, type PpoConfig, runTraining } from '@skillweave/rl'
import { expect, it } from 'vitest'
import { pendulum, reacher, type ToyTask, toyEnv } from '../support/toy-envs.ts'

/** Seconds on a free core; a busy one may take many times that. */
const slow = { timeout: 300_000 }

/** Train on `samples` samples; mean return of 64 episodes with the exported, deterministic policy. */
async function trainedReturn(
  task: ToyTask,
  options: { seed: number; nEnvs: number; samples: number; config: Partial<PpoConfig> },
): Promise<number> {
  const { seed, nEnvs, samples, config } = options
  const env = toyEnv(task, { nEnvs, seed })
  const learner = await createPpo({
    env,
    seed,
    config: { hidden: [64, 64], criticHidden: [64, 64], rewardScale: 0.1, ...config },
  })
  await runTraining({ learner, env, seed, samples, checkpointEvery: 1000 })
  const policy = createInterpreter(learner.exportOnnx())
  await learner.dispose()

  const rng = createRng('evaluation')
  const state = new Float64Array(task.stateSize)
  let total = 0
  for (let episode = 0; episode < 64; episode++) {
    task.reset(state, rng)
    for (let t = 0; t < task.episodeSteps; t++) {
      task.observe(state, policy.inputs.obs)
      policy.run()
      total += task.step(state, policy.outputs.actions)
    }
  }
  return total / 64
}

it.each([1, 2, 3])('swings a pendulum up and holds it, seed %i', slow, async (seed) => {
  const value = await trainedReturn(pendulum, {
    seed,
    nEnvs: 64,
    samples: 200_000,
    config: {
      steps: 64,
      gamma: 0.97,
      lr: 1e-3,
      lrMax: 3e-3,
      std: { kind: 'fixed', start: 0.6, end: 0.2 },
    },
  })
  // Known good controllers reach about -150; doing nothing gives about -1200.
  expect(value).toBeGreaterThan(-190)
})

it('brings a two-link arm to its target', slow, async () => {
  const value = await trainedReturn(reacher, {
    seed: 1,
    nEnvs: 128,
    samples: 500_000,
    config: {
      steps: 16,
      gamma: 0.95,
      lr: 1e-3,
      lrMax: 3e-3,
      lrDecayFrom: 0.8,
      klTarget: 0.02,
      std: { kind: 'learned', start: 1, min: 0.05, max: 1, entropy: 0.001 },
    },
  })
  // Close to 1 per step at the target; reached is about 30, doing nothing gives about -80.
  expect(value).toBeGreaterThan(15)
})
