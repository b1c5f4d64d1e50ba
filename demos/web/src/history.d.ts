/** The last seconds of some numbers: a ring of columns, one per sample. */
export interface History {
  /** Forget everything and hold `width` numbers per column. */
  reset(width: number): void
  /** Columns that are not older than this one are of another future: they go. */
  push(time_s: number, values: ArrayLike<number>): void
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
export declare function createHistory(capacity: number): History
//# sourceMappingURL=history.d.ts.map
