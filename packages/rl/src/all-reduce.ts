/** How the workers of one run agree: each adds its numbers, all get the same totals. */
export interface AllReduce {
  /** Number of workers. */
  readonly size: number
  /** Which one this is, 0 … size - 1. */
  readonly rank: number
  /** Replace `values` by the sum over all workers, in the same order everywhere. */
  sum(values: Float32Array | Float64Array): void | Promise<void>
}

/** One worker. */
export const singleWorker: AllReduce = { size: 1, rank: 0, sum: () => {} }
