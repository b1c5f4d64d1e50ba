import { Worker } from 'node:worker_threads'
import { createEnv, type Env } from '@skillweave/mdp'
import type { Robot } from '@skillweave/model'
import {
  abortExchange,
  createPpo,
  createSharedExchange,
  type Ppo,
  type PpoStats,
  type SharedExchange,
} from '@skillweave/rl'
import { createSimulator } from '@skillweave/sim'
import { standTask } from './stand-task.ts'
import { median } from './statistics.ts'

export interface TrainingResult {
  /** Control steps of all robots per second, rollouts and learning. */
  readonly samplesPerSecond: number
  /** The same over what the simulator alone steps per second. */
  readonly ratioToWorldStep: number
  /** Samples per second of two workers over those of one. */
  readonly twoWorkersRatio: number
  /** Share of the time spent on learning instead of collecting. */
  readonly learnerShare: number
}

const now = () => performance.now() / 1000

/** PPO from end to end on a standing robot, at the settings of training. */
export async function benchTraining(
  robot: Robot,
  options: { readonly rounds: number; readonly nEnvs: number },
): Promise<TrainingResult> {
  const { rounds, nEnvs } = options
  const { env, learner } = await createTrainer(robot, nEnvs)
  const rates: number[] = []
  const shares: number[] = []
  const ratios: number[] = []
  // The first iterations learn the scale of observations and fill caches.
  for (let i = 0; i < 2; i++) await learner.iterate(0)
  for (let round = 0; round < rounds; round++) {
    const { rate, share } = await measure(learner)
    rates.push(rate)
    shares.push(share)
    ratios.push(rate / worldRate(env))
  }
  await learner.dispose()
  env.dispose()
  const one = await workersRate(1, options)
  const two = await workersRate(2, options)
  return {
    samplesPerSecond: median(rates),
    ratioToWorldStep: median(ratios),
    twoWorkersRatio: two / one,
    learnerShare: median(shares),
  }
}

/** What a worker thread is told. */
export interface BenchWorkerData {
  readonly exchange: SharedExchange
  readonly rank: number
  readonly robot: string
  readonly nEnvs: number
  readonly rounds: number
}

/** A learner on the standing task. */
export async function createTrainer(
  robot: Robot,
  nEnvs: number,
  reduce?: Parameters<typeof createPpo>[0]['reduce'],
): Promise<{ env: Env; learner: Ppo }> {
  const seed = 1 + (reduce?.rank ?? 0)
  const env = await createEnv({ task: standTask(robot), robot, nEnvs, seed, createSimulator })
  const learner = await createPpo({ env, seed: 1, now, ...(reduce ? { reduce } : {}) })
  return { env, learner }
}

/** Samples per second of one iteration, and the learner's share of its time. */
export async function measure(learner: Ppo): Promise<{ rate: number; share: number }> {
  const before = learner.samples
  const { timing, samples }: PpoStats = await learner.iterate(0)
  return {
    rate: (samples - before) / timing.total_s,
    share: timing.update_s / timing.total_s,
  }
}

/** Control steps per second of the simulator alone, robots as training leaves them. */
function worldRate(env: Env): number {
  const { simulator, task, robot, nEnvs } = env
  const steps = 32
  for (let e = 0; e < nEnvs; e++) env.resetEnv(e)
  for (const { qTarget } of simulator.controls) qTarget.set(robot.qDefault)
  const start = now()
  for (let step = 0; step < steps; step++) simulator.step(task.decimation)
  const rate = (steps * nEnvs) / (now() - start)
  for (let e = 0; e < nEnvs; e++) env.resetEnv(e)
  return rate
}

/** Samples per second of `workers` threads that learn together. */
async function workersRate(
  workers: number,
  { nEnvs, rounds }: { readonly nEnvs: number; readonly rounds: number },
): Promise<number> {
  const exchange = createSharedExchange(workers)
  const threads = Array.from({ length: workers }, (_, rank) => {
    const workerData: BenchWorkerData = { exchange, rank, robot: 'h1', nEnvs, rounds }
    // The built file: threads of Node 20 cannot run sources.
    const entry = new URL('../../dist/workers/bench-worker.js', import.meta.url)
    const worker = new Worker(entry, { workerData, execArgv: [] })
    return new Promise<number>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', (error) => {
        abortExchange(exchange)
        reject(error)
      })
    })
  })
  return (await Promise.all(threads))[0]
}
