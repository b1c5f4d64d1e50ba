import type { Rng } from '@skillweave/math'
import { floatTensor, type Session, type Tensors } from './session.ts'
import type { VecEnv } from './vec-env.ts'

/** The samples of one iteration, step-major: sample k = step · nEnvs + env. */
export interface Rollout {
  readonly nSteps: number
  readonly nEnvs: number
  /** nSteps · nEnvs */
  readonly nSamples: number
  readonly actorObs: Float32Array // [nSamples, actorSize] raw
  readonly criticObs: Float32Array // [nSamples, criticSize] raw
  readonly actions: Float32Array // [nSamples, actionSize]
  readonly means: Float32Array // [nSamples, actionSize]
  readonly rewards: readonly Float32Array[] // per group [nSamples], scaled
  readonly values: readonly Float32Array[] // per group [nSamples + nEnvs]
  readonly ended: Uint8Array // [nSamples] terminated or truncated
  /** Run the policy for `nSteps` control steps and fill the arrays. */
  collect(source: RolloutSource): Promise<RolloutTiming>
}

export interface RolloutSource {
  /** `actGraph` and `valueGraph`, and the parameters they need. */
  readonly act: Session
  readonly value: Session
  readonly actParams: Tensors
  readonly valueParams: Tensors
  /** Standard deviation of the exploration, [actionSize]. */
  readonly std: Float32Array
  readonly rng: Rng
  /** Discount of each reward group. */
  readonly gammas: readonly number[]
  readonly rewardScale: number
  /** A clock for the timing, s. */
  readonly now: () => number
}

/** Where the time went, s. */
export interface RolloutTiming {
  readonly env_s: number
  readonly inference_s: number
}

export function createRollout(env: VecEnv, nSteps: number): Rollout {
  const { nEnvs, actorSize, criticSize, actionSize } = env
  const nGroups = env.rewardGroups.length
  const nSamples = nSteps * nEnvs
  const perGroup = (length: number) =>
    env.rewardGroups.map(() => new Float32Array(length)) as readonly Float32Array[]

  const actorObs = new Float32Array(nSamples * actorSize)
  const criticObs = new Float32Array(nSamples * criticSize)
  const means = new Float32Array(nSamples * actionSize)
  const actions = new Float32Array(nSamples * actionSize)
  const rewards = perGroup(nSamples)
  const values = perGroup(nSamples + nEnvs)
  const ended = new Uint8Array(nSamples)
  const valueOut = floatTensor(new Float32Array(nEnvs * nGroups), [nEnvs, nGroups])
  // Steps read and write their rows of the arrays in place.
  const rows = (array: Float32Array, t: number, size: number) =>
    array.subarray(t * nEnvs * size, (t + 1) * nEnvs * size)
  const inputs: Tensors[] = []
  const outputs: Tensors[] = []
  for (let t = 0; t < nSteps; t++) {
    inputs.push({
      actorObs: floatTensor(rows(actorObs, t, actorSize), [nEnvs, actorSize]),
      criticObs: floatTensor(rows(criticObs, t, criticSize), [nEnvs, criticSize]),
    })
    outputs.push({
      mean: floatTensor(rows(means, t, actionSize), [nEnvs, actionSize]),
      value: valueOut,
    })
  }
  // Last observations of truncated episodes wait here until there is a batch to evaluate.
  const waiting = floatTensor(new Float32Array(nEnvs * criticSize), [nEnvs, criticSize])
  const waitingSample = new Int32Array(nEnvs)

  const keepValues = (t: number): void => {
    for (let g = 0; g < nGroups; g++) {
      for (let e = 0; e < nEnvs; e++) values[g][t * nEnvs + e] = valueOut.data[e * nGroups + g]
    }
  }

  const collect = async (source: RolloutSource): Promise<RolloutTiming> => {
    const { act, value, actParams, valueParams, std, rng, gammas, rewardScale, now } = source
    let env_s = 0
    let inference_s = 0
    let nWaiting = 0
    const bootstrap = async (): Promise<void> => {
      if (nWaiting === 0) return
      const start = now()
      await value.run({ ...valueParams, criticObs: waiting }, { value: valueOut })
      inference_s += now() - start
      for (let i = 0; i < nWaiting; i++) {
        for (let g = 0; g < nGroups; g++) {
          rewards[g][waitingSample[i]] += gammas[g] * valueOut.data[i * nGroups + g]
        }
      }
      nWaiting = 0
    }

    for (let t = 0; t < nSteps; t++) {
      rows(actorObs, t, actorSize).set(env.actorObs)
      rows(criticObs, t, criticSize).set(env.criticObs)
      const t0 = now()
      await act.run({ ...actParams, ...inputs[t] }, outputs[t])
      inference_s += now() - t0
      keepValues(t)
      const action = rows(actions, t, actionSize)
      const mean = rows(means, t, actionSize)
      for (let i = 0; i < action.length; ) {
        for (let j = 0; j < actionSize; j++, i++) action[i] = mean[i] + std[j] * rng.normal()
      }
      const t1 = now()
      await env.step(action)
      env_s += now() - t1
      for (let e = 0; e < nEnvs; e++) {
        const k = t * nEnvs + e
        for (let g = 0; g < nGroups; g++) rewards[g][k] = env.rewards[e * nGroups + g] * rewardScale
        ended[k] = env.terminated[e] | env.truncated[e]
        if (env.truncated[e] && !env.terminated[e]) {
          const last = env.finalCriticObs.subarray(e * criticSize, (e + 1) * criticSize)
          waiting.data.set(last, nWaiting * criticSize)
          waitingSample[nWaiting++] = k
          if (nWaiting === nEnvs) await bootstrap()
        }
      }
    }
    await bootstrap()
    waiting.data.set(env.criticObs)
    const start = now()
    await value.run({ ...valueParams, criticObs: waiting }, { value: valueOut })
    inference_s += now() - start
    keepValues(nSteps)
    return { env_s, inference_s }
  }

  return {
    nSteps,
    nEnvs,
    nSamples,
    actorObs,
    criticObs,
    actions,
    means,
    rewards,
    values,
    ended,
    collect,
  }
}
