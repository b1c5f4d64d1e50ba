/** Durations of the last control steps, for percentiles. */
export interface Timing {
  add(ms: number): void
  /** [0, 1] → ms; 0 when nothing was measured. */
  percentile(p: number): number
}

export function createTiming(capacity = 2048): Timing {
  const ring = new Float64Array(capacity)
  let n = 0
  return {
    add: (ms) => {
      ring[n++ % capacity] = ms
    },
    percentile: (p) => {
      const count = Math.min(n, capacity)
      if (count === 0) return 0
      const sorted = ring.slice(0, count).sort()
      return sorted[Math.min(count - 1, Math.floor(p * count))]
    },
  }
}
