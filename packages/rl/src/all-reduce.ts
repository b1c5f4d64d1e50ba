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

/** Mean over the workers that have a finite value; all must report the same names. */
export async function reduceMetrics(
  metrics: Record<string, number>,
  reduce: AllReduce,
): Promise<Record<string, number>> {
  if (reduce.size === 1) return metrics
  const names = Object.keys(metrics).sort()
  const sums = new Float64Array(2 * names.length)
  names.forEach((name, i) => {
    const finite = Number.isFinite(metrics[name])
    sums[i] = finite ? metrics[name] : 0
    sums[names.length + i] = finite ? 1 : 0
  })
  await reduce.sum(sums)
  return Object.fromEntries(names.map((name, i) => [name, sums[i] / sums[names.length + i]]))
}
