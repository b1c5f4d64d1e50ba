import { Worker } from 'node:worker_threads'
import { createSharedExchange, sharedAllReduce } from '@skillweave/rl'
import { describe, expect, it } from 'vitest'
import type { PpoWorkerData, PpoWorkerResult } from '../../support/ppo-worker.ts'

/** Runs the built worker on `workers` threads; only the first fails, if one is to. */
function train(
  workers: number,
  { iterations, failAfter }: Pick<PpoWorkerData, 'iterations' | 'failAfter'>,
) {
  const exchange = createSharedExchange(workers, 500)
  return Promise.allSettled(
    Array.from({ length: workers }, (_, rank) => {
      const worker = new Worker(new URL('../../dist/support/ppo-worker.js', import.meta.url), {
        workerData: { exchange, rank, iterations, failAfter: rank === 0 ? failAfter : undefined },
        // The test runner's conditions would make the worker load sources.
        execArgv: [],
      })
      return new Promise<PpoWorkerResult>((resolve, reject) => {
        worker.on('message', resolve)
        worker.on('error', reject)
      })
    }),
  )
}

const values = (results: Awaited<ReturnType<typeof train>>): PpoWorkerResult[] =>
  results.map((r) => {
    if (r.status === 'rejected') throw r.reason
    return r.value
  })

describe('shared all-reduce', () => {
  it('keeps the workers of a run identical, and the run reproducible', async () => {
    const [a, b] = values(await train(2, { iterations: 4 }))
    expect(a.kl).toHaveLength(4)
    expect(b).toEqual(a)
    const [again] = values(await train(2, { iterations: 4 }))
    expect(again).toEqual(a)
    const [alone] = values(await train(1, { iterations: 4 }))
    expect(alone.policy).not.toEqual(a.policy)
  })

  it('ends all workers when one fails', async () => {
    const results = await train(2, { iterations: 4, failAfter: 2 })
    expect(results.map((r) => r.status)).toEqual(['rejected', 'rejected'])
    const reasons = results.map((r) => String((r as PromiseRejectedResult).reason)).sort()
    expect(reasons).toEqual(['Error: meant to fail', 'Error: worker 1: another worker failed'])
  })

  it('gives up when the others do not come', () => {
    const reduce = sharedAllReduce(createSharedExchange(2), 0, { timeout_ms: 20 })
    expect(() => reduce.sum(new Float32Array(3))).toThrow('worker 0 waited 20 ms')
  })

  it('refuses a rank that does not exist', () => {
    expect(() => sharedAllReduce(createSharedExchange(2), 2)).toThrow('ranks are 0 to 1')
  })
})
