import { hashString } from '@skillweave/math'
import { type AllReduce, singleWorker } from './all-reduce.ts'
import type { VecEnv } from './vec-env.ts'

/** What the runner needs of a learner; `createPpo` and `createDistiller` make one. */
export interface Learner<Stats> {
  /** Iterations done. */
  readonly iteration: number
  /** Samples of all workers so far. */
  readonly samples: number
  /** Collect, learn, adapt. `progress` in [0, 1] drives the schedules. */
  iterate(progress: number): Promise<Stats>
  /** Everything needed to continue, except the world the environment is in: the runner starts a
   * fresh one, with the same seed, after saving and after restoring. */
  save(): Uint8Array
  restore(checkpoint: Uint8Array): void
}

export interface RunOptions<Stats> {
  readonly learner: Learner<Stats>
  /** The environment the learner was made for. */
  readonly env: VecEnv
  /** World seeds derive from it. */
  readonly seed: number
  /** End after this many samples. At least one of the two budgets is needed. */
  readonly samples?: number
  /** End after this much time; needs `now`. Not reproducible: schedules follow the clock. */
  readonly seconds?: number
  /** A clock, s. */
  readonly now?: () => number
  /** Iterations between checkpoints. A fresh world starts after each, also in an uninterrupted run,
   * so that a resumed run equals it bit for bit. */
  readonly checkpointEvery: number
  /** A checkpoint of such a run to continue. */
  readonly resume?: Uint8Array
  /** Called after every iteration. */
  readonly onStats?: (stats: Stats) => void | Promise<void>
  /**
   * Called every `checkpointEvery` iterations and at the end. `exact`: resuming from this one equals
   * never having stopped, bit for bit. A run that is stopped between two of those ends with one that
   * is not: keep its policy, but resume from the last exact one.
   */
  readonly onCheckpoint?: (
    checkpoint: Uint8Array,
    info: { readonly exact: boolean },
  ) => void | Promise<void>
  /** Stops after the iteration under way, with a checkpoint. */
  readonly signal?: AbortSignal
  /** The one given to the learner; all workers stop together. */
  readonly reduce?: AllReduce
}

export interface RunResult {
  /** Which budget ended the run, or that it was stopped. */
  readonly end: 'samples' | 'time' | 'stopped'
  readonly iterations: number
  readonly samples: number
}

/** Train until a budget is used up or the signal stops it. */
export async function runTraining<Stats>(options: RunOptions<Stats>): Promise<RunResult> {
  const { learner, env, seed, checkpointEvery, signal, reduce = singleWorker } = options
  const { now, samples = Number.POSITIVE_INFINITY, seconds = Number.POSITIVE_INFINITY } = options
  if (samples === Number.POSITIVE_INFINITY && seconds === Number.POSITIVE_INFINITY) {
    throw new Error('a run needs a budget: samples, or seconds with a clock')
  }
  if (seconds < Number.POSITIVE_INFINITY && !now) throw new Error('seconds need a clock: now')
  if (!(Number.isInteger(checkpointEvery) && checkpointEvery > 0)) {
    throw new Error(`checkpointEvery is ${checkpointEvery}, expected a positive integer`)
  }
  const freshWorld = () =>
    env.restart(hashString(`${seed}/world/${reduce.rank}/${learner.iteration}`))
  if (options.resume) learner.restore(options.resume)
  await freshWorld()

  const start = now?.() ?? 0
  const shared = new Float64Array(2)
  for (;;) {
    // Workers read different clocks and signals; they must take the same decision.
    shared[0] = ((now?.() ?? 0) - start) / seconds
    shared[1] = signal?.aborted ? 1 : 0
    await reduce.sum(shared)
    const used = Math.max(learner.samples / samples, shared[0] / reduce.size)
    const stopped = shared[1] > 0
    if (stopped || used >= 1) {
      const exact = !stopped || learner.iteration % checkpointEvery === 0
      await options.onCheckpoint?.(learner.save(), { exact })
      const end = stopped ? 'stopped' : learner.samples >= samples ? 'samples' : 'time'
      return { end, iterations: learner.iteration, samples: learner.samples }
    }
    const stats = await learner.iterate(used)
    await options.onStats?.(stats)
    if (learner.iteration % checkpointEvery === 0) {
      await options.onCheckpoint?.(learner.save(), { exact: true })
      await freshWorld()
    }
  }
}
