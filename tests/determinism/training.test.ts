import { createPpo, type PpoConfig, runTraining } from '@skillweave/rl'
import { describe, expect, it } from 'vitest'
import { pendulum, toyEnv } from '../support/toy-envs.ts'

const config: Partial<PpoConfig> = {
  steps: 16,
  epochs: 2,
  hidden: [16, 16],
  criticHidden: [16, 16],
  std: { kind: 'learned', start: 0.5, min: 0.1, max: 1, entropy: 0.001 },
}
const perIteration = 16 * 16

/** Train to a budget; returns the exported policy, all checkpoints and the KL of every iteration. */
async function train({
  seed = 1,
  iterations = 6,
  resume,
  stopAfter = Number.POSITIVE_INFINITY,
}: {
  seed?: number
  iterations?: number
  resume?: Uint8Array
  stopAfter?: number
}) {
  const env = toyEnv(pendulum, { nEnvs: 16, seed: 99 })
  const learner = await createPpo({ env, config, seed })
  const checkpoints: Uint8Array[] = []
  const kl: number[] = []
  const stop = new AbortController()
  const result = await runTraining({
    learner,
    env,
    seed,
    // The first iteration collects twice.
    samples: (iterations + 1) * perIteration,
    checkpointEvery: 2,
    ...(resume ? { resume } : {}),
    signal: stop.signal,
    onStats: (stats) => {
      kl.push(stats.kl)
      if (stats.iteration === stopAfter) stop.abort()
    },
    onCheckpoint: (bytes) => {
      checkpoints.push(bytes)
    },
  })
  const policy = learner.exportOnnx({ note: 'test' })
  await learner.dispose()
  return { result, policy, checkpoints, kl }
}

describe('training', () => {
  it('gives the same bytes for the same seed, and others for another', async () => {
    const [a, b, c] = [await train({}), await train({}), await train({ seed: 2 })]
    expect(a.policy).toEqual(b.policy)
    expect(a.checkpoints).toEqual(b.checkpoints)
    expect(a.policy).not.toEqual(c.policy)
  })

  it('resumed from a checkpoint equals the uninterrupted run bit for bit', async () => {
    const whole = await train({})
    const stopped = await train({ stopAfter: 4 })
    expect(stopped.result).toEqual({ end: 'stopped', iterations: 4, samples: 5 * perIteration })
    const resume = stopped.checkpoints.at(-1) as Uint8Array
    const rest = await train({ resume })
    expect([...stopped.kl, ...rest.kl]).toEqual(whole.kl)
    expect(rest.policy).toEqual(whole.policy)
    expect(rest.checkpoints.at(-1)).toEqual(whole.checkpoints.at(-1))
  })
})
