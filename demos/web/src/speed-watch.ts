import { lags } from './sentences.ts'

/** Slower than asked for this long is worth a sentence, s. */
const slowFor_s = 3
/** Speed is measured over this long, and believed after half of it, s. */
const window_s = 1.6

/** How fast a run really is, times real time. */
export interface SpeedWatch {
  /** Begin anew: it was held, or asked for another speed. */
  restart(): void
  /** Ten times a second or so. `before`: what it was, while it is not known yet. */
  look(
    now_s: number,
    live_s: number,
    asked: { readonly speed: number; readonly isRunning: boolean; readonly before: number },
  ): { readonly reached: number; readonly isSlow: boolean }
}

export function createSpeedWatch(): SpeedWatch {
  let simAtMark = 0
  /** 0: there is no mark. */
  let wallAtMark = 0
  let slowSince_s: number | null = null
  return {
    restart() {
      wallAtMark = 0
    },
    look(now_s, live_s, { speed, isRunning, before }) {
      if (wallAtMark === 0 || !(live_s >= simAtMark)) {
        wallAtMark = now_s
        simAtMark = live_s
      }
      const span_s = now_s - wallAtMark
      const rate = (live_s - simAtMark) / span_s
      const reached = span_s > window_s / 2 && Number.isFinite(rate) ? rate : before
      if (span_s > window_s) {
        wallAtMark = now_s
        simAtMark = live_s
      }
      slowSince_s = isRunning && lags(speed, reached) ? (slowSince_s ?? now_s) : null
      return { reached, isSlow: slowSince_s !== null && now_s - slowSince_s > slowFor_s }
    },
  }
}
