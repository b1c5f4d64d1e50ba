/**
 * Decides which moment to draw. Frames arrive late and bunched; drawing a fixed, small distance
 * behind them makes motion even. One clock serves all channels of a connection: feed it the frames
 * of the fastest one.
 */
export interface PlayoutClock {
  /** A frame came. `time_s` its stamp, `arrival_s` our monotonic clock, `isCut`: time jumped before it. */
  push(time_s: number, arrival_s: number, isCut: boolean): void
  /** The moment to draw now, in the stamps' time. Never goes backward, except across a cut. */
  advance(now_s: number): number
  /** Say what speed the run was asked for, times real time; a measured one replaces it when they differ. */
  setSpeed(speed: number): void
  /** How far behind a frame that arrives without delay we draw, s. */
  readonly delay_s: number
  /** Times real time, as used. */
  readonly speed: number
  /** True while the newest frame is held because nothing newer has come. */
  readonly isFrozen: boolean
}

export interface PlayoutOptions {
  /** `smooth`: as above. `lowest-delay`: the newest frame, for operators who drive by eye. */
  readonly mode?: 'smooth' | 'lowest-delay'
  /** Between frames as sent, s; measured from then on. Default 1/60. */
  readonly interval_s?: number
}

/** Arrivals are remembered for so long. */
const window_s = 5
const delayMax_s = 0.25
/** Beyond this the clock jumps instead of running faster. */
const jump_s = 0.4
/** A gap between arrivals that means the run or the link stood still. */
const gap_s = 0.4
const rateChangeMax = 0.06
const capacity = 512

/**
 * Target delay = clamp(1.5 interval, p98 of the delay beyond the least one + 1 interval, 250 ms). It
 * grows by up to 20 % per frame and shrinks by 0.5 %, so a bad second is paid for once. The
 * drawn time runs at the run's speed ± 6 % towards its place.
 */
export function createPlayoutClock(options: PlayoutOptions = {}): PlayoutClock {
  const { mode = 'smooth' } = options
  const arrivals = new Float64Array(capacity)
  const times = new Float64Array(capacity)
  const sorted = new Float64Array(capacity)
  let count = 0
  let newest_s = Number.NEGATIVE_INFINITY
  let interval_s = options.interval_s ?? 1 / 60
  let speed = 1
  let asked = 1
  let base_s = 0
  let target_s = 1.5 * interval_s
  let wanted_s = target_s
  let playhead_s = Number.NEGATIVE_INFINITY
  let drawn_s = Number.NaN
  let isFrozen = false

  /** Arrival − stamp / speed: constant plus the link's delay. */
  const lateness = (i: number): number => arrivals[i] - times[i] / speed

  function forget(): void {
    count = 0
    target_s = Math.max(target_s, 1.5 * interval_s)
  }

  function review(first: number): void {
    const n = count - first
    const oldest = first % capacity
    const last = (count - 1) % capacity
    const wall_s = arrivals[last] - arrivals[oldest]
    if (n >= 16 && wall_s > 1) {
      const measured = (times[last] - times[oldest]) / wall_s
      const used = Math.abs(measured / asked - 1) < 0.1 ? asked : measured
      if (used > 0 && Math.abs(used / speed - 1) > 0.02) speed = used
    }
    interval_s = Math.min(
      1,
      Math.max(1e-3, (times[last] - times[oldest]) / speed / Math.max(1, n - 1)),
    )
    base_s = Number.POSITIVE_INFINITY
    for (let i = first; i < count; i++) base_s = Math.min(base_s, lateness(i % capacity))
    for (let i = 0; i < n; i++) sorted[i] = lateness((first + i) % capacity) - base_s
    const p98 = sorted.subarray(0, n).sort()[Math.floor(0.98 * (n - 1))]
    wanted_s = Math.min(delayMax_s, Math.max(1.5 * interval_s, p98 + interval_s))
  }

  return {
    get delay_s() {
      return mode === 'smooth' ? target_s : 0
    },
    get speed() {
      return speed
    },
    get isFrozen() {
      return isFrozen
    },
    setSpeed(value) {
      if (value === asked || !(value > 0)) return
      asked = value
      speed = value
      forget()
    },
    push(time_s, arrival_s, isCut) {
      const previous = (count - 1) % capacity
      if (isCut || time_s < newest_s) {
        forget()
        playhead_s = time_s
      } else if (count > 0 && arrival_s - arrivals[previous] > gap_s) forget()
      newest_s = time_s
      times[count % capacity] = time_s
      arrivals[count % capacity] = arrival_s
      count++
      if (playhead_s === Number.NEGATIVE_INFINITY) playhead_s = time_s
      review(firstOfWindow(arrival_s))
      if (wanted_s > target_s) target_s = Math.min(wanted_s, 1.2 * target_s)
      else target_s = Math.max(wanted_s, 0.995 * target_s)
    },
    advance(now_s) {
      if (count === 0) return playhead_s
      if (mode === 'lowest-delay') {
        isFrozen = newest_s === playhead_s
        playhead_s = newest_s
        return playhead_s
      }
      const dt_s = Number.isNaN(drawn_s) ? 0 : Math.max(0, now_s - drawn_s)
      drawn_s = now_s
      const ideal_s = (now_s - base_s - target_s) * speed
      const error_s = (ideal_s - playhead_s) / speed
      if (error_s > jump_s) playhead_s = ideal_s
      else {
        const rate = 1 + Math.min(rateChangeMax, Math.max(-rateChangeMax, error_s / 0.5))
        if (error_s > -jump_s) playhead_s += rate * dt_s * speed
      }
      isFrozen = playhead_s >= newest_s
      if (isFrozen) playhead_s = newest_s
      return playhead_s
    },
  }

  function firstOfWindow(now: number): number {
    let first = Math.max(0, count - capacity)
    while (first < count - 2 && arrivals[first % capacity] < now - window_s) first++
    return first
  }
}
