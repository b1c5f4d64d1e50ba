import { type Learner, runTraining } from '@skillweave/rl'
import { describe, expect, it } from 'vitest'
import { pendulum, toyEnv } from '../../support/toy-envs.ts'

/** 10 samples per iteration; remembers the progress it was told. */
function fakeLearner(): Learner<number> & { readonly progress: number[] } {
  const progress: number[] = []
  return {
    progress,
    get iteration() {
      return progress.length
    },
    get samples() {
      return 10 * progress.length
    },
    iterate: async (p) => progress.push(p),
    save: () => Uint8Array.of(progress.length),
    restore: (bytes) => {
      progress.push(...new Array<number>(bytes[0]).fill(-1))
    },
  }
}

function fakeEnv() {
  const seeds: number[] = []
  const env = toyEnv(pendulum, { nEnvs: 1, seed: 1 })
  return Object.assign(env, { seeds, restart: (seed: number) => seeds.push(seed) && undefined })
}

describe('runner', () => {
  it('trains to the sample budget when nobody listens', async () => {
    const learner = fakeLearner()
    const env = fakeEnv()
    const result = await runTraining({ learner, env, seed: 1, samples: 35, checkpointEvery: 2 })
    expect(result).toEqual({ end: 'samples', iterations: 4, samples: 40 })
    expect(learner.progress).toEqual([0, 10 / 35, 20 / 35, 30 / 35])
  })

  it('ends by the clock, and follows it', async () => {
    const learner = fakeLearner()
    let time = 5
    const now = () => time
    const onStats = () => {
      time += 1
    }
    const options = { learner, env: fakeEnv(), seed: 1, seconds: 4, now, checkpointEvery: 9 }
    expect((await runTraining({ ...options, onStats })).end).toBe('time')
    expect(learner.progress).toEqual([0, 0.25, 0.5, 0.75])
  })

  it('starts a world of its own seed at every checkpoint, the same when resumed', async () => {
    const whole = fakeEnv()
    const saved: number[] = []
    await runTraining({
      learner: fakeLearner(),
      env: whole,
      seed: 1,
      samples: 60,
      checkpointEvery: 2,
      onCheckpoint: (bytes) => {
        saved.push(bytes[0])
      },
    })
    expect(saved).toEqual([2, 4, 6, 6])
    expect(new Set(whole.seeds).size).toBe(4)
    const resumed = fakeEnv()
    await runTraining({
      learner: fakeLearner(),
      env: resumed,
      seed: 1,
      samples: 60,
      checkpointEvery: 2,
      resume: Uint8Array.of(4),
    })
    expect(resumed.seeds).toEqual(whole.seeds.slice(2))
  })

  it('refuses a run without a budget', async () => {
    const options = { learner: fakeLearner(), env: fakeEnv(), seed: 1, checkpointEvery: 1 }
    await expect(runTraining(options)).rejects.toThrow('a run needs a budget')
    await expect(runTraining({ ...options, seconds: 1 })).rejects.toThrow('seconds need a clock')
  })
})
