/** The last seconds of some numbers: a ring of columns, one per sample. */
export interface History {
  /** Forget everything and hold `width` numbers per column. */
  reset(width: number): void
  /** Columns that are not older than this one are of another future: they go. */
  push(time_s: number, values: ArrayLike<number>): void
  /** A history of its own with the columns after a time. */
  since(time_s: number): History
  readonly capacity: number
  readonly count: number
  readonly width: number
  /** Time of the k-th oldest column, s. */
  timeAt(k: number): number
  valueAt(k: number, i: number): number
  /** First column not before a time, by bisection. */
  firstFrom(time_s: number): number
}

/** Room for `capacity` columns. */
export function createHistory(capacity: number): History {
  let width = 0
  const times = new Float64Array(capacity)
  let values = new Float32Array(0)
  let head = 0
  let count = 0
  const slot = (k: number): number => (head - count + k + capacity) % capacity
  return {
    capacity,
    get count() {
      return count
    },
    get width() {
      return width
    },
    reset(n) {
      if (n !== width) values = new Float32Array(capacity * n)
      width = n
      head = 0
      count = 0
    },
    push(time_s, column) {
      while (count > 0 && time_s <= times[slot(count - 1)]) {
        count--
        head = (head - 1 + capacity) % capacity
      }
      times[head] = time_s
      for (let i = 0; i < width; i++) values[head * width + i] = column[i] ?? 0
      head = (head + 1) % capacity
      count = Math.min(capacity, count + 1)
    },
    since(time_s) {
      let first = this.firstFrom(time_s)
      if (first < count && times[slot(first)] === time_s) first++
      const copy = createHistory(Math.max(1, count - first))
      copy.reset(width)
      for (let k = first; k < count; k++) {
        const at = slot(k) * width
        copy.push(times[slot(k)], values.subarray(at, at + width))
      }
      return copy
    },
    timeAt: (k) => times[slot(k)],
    valueAt: (k, i) => values[slot(k) * width + i],
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
