/** Limits how often something may happen: `rate_hz` on average, `burst` at once. */
export interface TokenBucket {
  /** True if it may happen now. */
  take(now_s: number): boolean
  /** How long it has been too fast without a moment's rest, s; 0 when it is not. */
  excess_s(now_s: number): number
}

export function createTokenBucket(rate_hz: number, burst: number): TokenBucket {
  let tokens = burst
  let last_s = Number.NaN
  let over: number | null = null
  return {
    take(now_s) {
      if (!Number.isNaN(last_s)) tokens = Math.min(burst, tokens + (now_s - last_s) * rate_hz)
      last_s = now_s
      if (tokens >= burst - 1) over = null
      if (tokens >= 1) {
        tokens--
        return true
      }
      over ??= now_s
      return false
    },
    excess_s: (now_s) => (over === null ? 0 : now_s - over),
  }
}
