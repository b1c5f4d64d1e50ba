import { createPpo, type PpoConfig } from '@skillweave/rl'
import { expect, it } from 'vitest'
import { pendulum, reacher, type ToyTask, toyEnv } from '../support/toy-envs.ts'

const small: Partial<PpoConfig> = { hidden: [64, 64], criticHidden: [64, 64], minibatches: 4 }

async function train(
  task: ToyTask,
  { nEnvs, iterations, config }: { nEnvs: number; iterations: number; config: Partial<PpoConfig> },
): Promise<number> {
  const env = toyEnv(task, { nEnvs, seed: 1 })
  const ppo = await createPpo({ env, seed: 1, config: { ...small, ...config } })
  let last = Number.NaN
  for (let i = 0; i < iterations; i++) {
    const { env: metrics, ...stats } = await ppo.iterate(i / iterations)
    last = metrics.return
    if (process.env.VERBOSE && i % 10 === 0) console.log(i, last, JSON.stringify(stats))
  }
  await ppo.dispose()
  return last
}

it('swings a pendulum up', async () => {
  const value = await train(pendulum, {
    nEnvs: 64,
    iterations: 60,
    config: {
      steps: 64,
      rewardScale: 0.1,
      gamma: 0.97,
      lr: 1e-3,
      lrMax: 3e-3,
      std: { kind: 'fixed', start: 0.6, end: 0.2 },
    },
  })
  expect(value).toBeGreaterThan(-220)
})

it('brings a two-link arm to its target', async () => {
  const value = await train(reacher, {
    nEnvs: 256,
    iterations: 200,
    config: {
      steps: 24,
      rewardScale: 0.1,
      gamma: 0.98,
      lr: 1e-3,
      lrMax: 3e-3,
      klTarget: 0.01,
      std: { kind: 'learned', start: 1, min: 0.05, max: 1, entropy: 0.001 },
    },
  })
  expect(value).toBeGreaterThan(20)
})
