/** Thread entry: one worker of a data-parallel run on the pendulum. Runs built code. */
import { parentPort, workerData } from 'node:worker_threads'
import {
  abortExchange,
  createPpo,
  runTraining,
  type SharedExchange,
  sharedAllReduce,
} from '@skillweave/rl'
import { pendulum, toyEnv } from './toy-envs.ts'

export interface PpoWorkerData {
  readonly exchange: SharedExchange
  readonly rank: number
  readonly iterations: number
  /** Throw after this many iterations. */
  readonly failAfter?: number | undefined
}

export interface PpoWorkerResult {
  readonly policy: Uint8Array
  readonly kl: readonly number[]
  readonly returns: readonly number[]
}

const { exchange, rank, iterations, failAfter } = workerData as PpoWorkerData
try {
  const reduce = sharedAllReduce(exchange, rank, { timeout_ms: 30_000 })
  const env = toyEnv(pendulum, { nEnvs: 16, seed: rank })
  const config = { steps: 16, epochs: 2, hidden: [16, 16], criticHidden: [16, 16] }
  const learner = await createPpo({ env, config, seed: 5, reduce })
  const kl: number[] = []
  const returns: number[] = []
  await runTraining({
    learner,
    env,
    seed: 5,
    samples: (iterations + 1) * 16 * 16 * exchange.workers,
    checkpointEvery: 2,
    reduce,
    onStats: (stats) => {
      kl.push(stats.kl)
      returns.push(stats.reward)
      if (stats.iteration === failAfter) throw new Error('meant to fail')
    },
  })
  const result: PpoWorkerResult = { policy: learner.exportOnnx(), kl, returns }
  await learner.dispose()
  parentPort?.postMessage(result)
} catch (error) {
  abortExchange(exchange)
  throw error
}
