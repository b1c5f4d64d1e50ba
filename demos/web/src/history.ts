/** The last seconds of skill weights, for the strip: a ring of columns, written at the channel's rate. */
export interface WeightHistory {
  /** Forget everything and hold `skills` weights per column. */
  reset(skills: number): void
  push(time_s: number, weights: ArrayLike<number>): void
  readonly count: number
  readonly skills: number
  /** Time of the k-th oldest column, s. */
  timeAt(k: number): number
  weightAt(k: number, skill: number): number
  /** First column not before a time, by bisection. */
  firstFrom(time_s: number): number
}

/** Room for `capacity` columns. */
export function createWeightHistory(capacity: number): WeightHistory {
  let skills = 0
  const times = new Float64Array(capacity)
  let values = new Float32Array(0)
  let head = 0
  let count = 0
  const slot = (k: number): number => (head - count + k + capacity) % capacity
  return {
    get count() {
      return count
    },
    get skills() {
      return skills
    },
    reset(n) {
      if (n !== skills) values = new Float32Array(capacity * n)
      skills = n
      head = 0
      count = 0
    },
    push(time_s, weights) {
      // Time that jumps back begins another story.
      if (count > 0 && time_s < times[slot(count - 1)]) count = 0
      times[head] = time_s
      for (let i = 0; i < skills; i++) values[head * skills + i] = weights[i] ?? 0
      head = (head + 1) % capacity
      count = Math.min(capacity, count + 1)
    },
    timeAt: (k) => times[slot(k)],
    weightAt: (k, skill) => values[slot(k) * skills + skill],
    firstFrom(time_s) {
      let low = 0
      let high = count
      while (low < high) {
        const mid = (low + high) >> 1
        if (times[slot(mid)] < time_s) low = mid + 1
        else high = mid
      }
      return low
    },
  }
}
