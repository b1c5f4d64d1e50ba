import { Worker } from 'node:worker_threads'
import {
  type AllReduce,
  abortExchange,
  createSharedExchange,
  type SharedExchange,
  sharedAllReduce,
} from '@skillweave/rl'
import type { TrainOptions } from './recipe.ts'

/** What a training thread is told. */
export interface TrainWorkerData {
  readonly exchange: SharedExchange
  readonly rank: number
  readonly taskName: string
  readonly options: TrainOptions
  /** The run's name, under which each worker keeps its own checkpoint. */
  readonly run: string
}

/** The other workers of a run; this thread is worker 0. */
export interface Team {
  readonly reduce: AllReduce
  /** Start the others. */
  start(data: Omit<TrainWorkerData, 'exchange' | 'rank'>): void
  /** Wait until the others are done; throws what went wrong in one of them. */
  finish(): Promise<void>
  /** Tell the others to give up. */
  abort(): void
}

/** How long a worker may be late, ms: reading clips and starting a runtime take their time. */
const patience_ms = 600_000

export const joinTeam = (exchange: SharedExchange, rank: number): AllReduce =>
  sharedAllReduce(exchange, rank, { timeout_ms: patience_ms })

export function createTeam(workers: number): Team {
  const exchange = createSharedExchange(workers)
  let others: Promise<void>[] = []
  return {
    reduce: joinTeam(exchange, 0),
    start: (data) => {
      others = Array.from({ length: workers - 1 }, (_, k) => {
        const workerData: TrainWorkerData = { ...data, exchange, rank: k + 1 }
        // The built file: threads of Node 20 cannot run sources.
        const entry = new URL('../../dist/workers/train-worker.js', import.meta.url)
        const worker = new Worker(entry, { workerData, execArgv: [] })
        return new Promise<void>((resolve, reject) => {
          worker.once('error', reject)
          worker.once('exit', () => resolve())
        })
      })
      // A failure is reported by `finish`; until then it must not count as unhandled.
      for (const other of others) other.catch(() => {})
    },
    finish: async () => {
      await Promise.all(others)
    },
    abort: () => abortExchange(exchange),
  }
}
