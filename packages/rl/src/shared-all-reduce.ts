import type { AllReduce } from './all-reduce.ts'

/** Memory through which the workers of one run exchange numbers; give the same to every thread. */
export interface SharedExchange {
  readonly workers: number
  /** Float64 values each worker can put in at once; longer arrays go in portions. */
  readonly capacity: number
  /** [arrived, generation, aborted] */
  readonly control: Int32Array
  /** [workers, capacity] */
  readonly slots: Float64Array
}

/** Memory for `workers` threads. Post the result to each of them. */
export function createSharedExchange(workers: number, capacity = 1 << 17): SharedExchange {
  return {
    workers,
    capacity,
    control: new Int32Array(new SharedArrayBuffer(12)),
    slots: new Float64Array(new SharedArrayBuffer(8 * workers * capacity)),
  }
}

const arrived = 0
const generation = 1
const aborted = 2

/** Loads before a waiting thread goes to sleep: longer than a free second core needs, and short
 * compared with a scheduler's slice where there is none. */
const spinLoads = 2000

/**
 * Sums over threads of one process. Every worker adds the slots in rank order, so all get the same
 * bits. Blocks its thread while waiting, which is right for workers that do nothing else.
 * `timeout_ms`: how long to wait for the others before giving up.
 */
export function sharedAllReduce(
  exchange: SharedExchange,
  rank: number,
  { timeout_ms = 120_000 }: { timeout_ms?: number } = {},
): AllReduce {
  const { workers, capacity, control, slots } = exchange
  if (!(Number.isInteger(rank) && rank >= 0 && rank < workers)) {
    throw new Error(`worker ${rank} of ${workers}; ranks are 0 to ${workers - 1}`)
  }

  const checkAbort = (): void => {
    if (Atomics.load(control, aborted)) throw new Error(`worker ${rank}: another worker failed`)
  }
  const barrier = (): void => {
    checkAbort()
    const now = Atomics.load(control, generation)
    if (Atomics.add(control, arrived, 1) + 1 === workers) {
      Atomics.store(control, arrived, 0)
      Atomics.add(control, generation, 1)
      Atomics.notify(control, generation)
      return
    }
    for (let i = 0; i < spinLoads && Atomics.load(control, generation) === now; i++);
    while (Atomics.load(control, generation) === now) {
      if (Atomics.wait(control, generation, now, timeout_ms) === 'timed-out') {
        throw new Error(`worker ${rank} waited ${timeout_ms} ms for the others, ${workers} in all`)
      }
    }
    checkAbort()
  }

  return {
    size: workers,
    rank,
    sum: (values) => {
      for (let start = 0; start < values.length; start += capacity) {
        const part = values.subarray(start, start + capacity)
        const n = part.length
        slots.set(part, rank * capacity)
        barrier()
        for (let i = 0; i < n; i++) {
          let sum = slots[i]
          for (let w = 1; w < workers; w++) sum += slots[w * capacity + i]
          part[i] = sum
        }
        // Nobody may write its slot again before all have read.
        barrier()
      }
    },
  }
}

/** Call when a worker fails: the others, waiting for it, throw instead of waiting for ever. */
export function abortExchange({ control }: SharedExchange): void {
  Atomics.store(control, aborted, 1)
  Atomics.add(control, generation, 1)
  Atomics.notify(control, generation)
}
