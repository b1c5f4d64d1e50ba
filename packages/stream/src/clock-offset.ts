/**
 * How far a peer's clock is from ours, from beats that came back. For display and logs only: nothing
 * that acts may depend on it.
 */
export interface ClockOffset {
  /** A beat came: `now_s` our clock at its arrival, `peer_s` its stamp, `echo_s` our stamp in it, `held_s` its wait there. */
  sample(now_s: number, peer_s: number, echo_s: number, held_s: number): void
  /** Round trip of the best recent sample, s; null before the first. */
  readonly rtt_s: number | null
  /** Peer's clock − ours, s, ± rtt / 2; null before the first sample. */
  readonly offset_s: number | null
}

/**
 * rtt = now − echo − held, offset = peer + rtt/2 − now. The sample with the smallest rtt of the last
 * 8 within 30 s counts; one outside its interval opens a new window, because a clock has jumped.
 */
export function createClockOffset(): ClockOffset {
  let samples: { at_s: number; rtt_s: number; offset_s: number }[] = []
  let best: { rtt_s: number; offset_s: number } | null = null
  return {
    get rtt_s() {
      return best?.rtt_s ?? null
    },
    get offset_s() {
      return best?.offset_s ?? null
    },
    sample(now_s, peer_s, echo_s, held_s) {
      const rtt_s = Math.max(0, now_s - echo_s - held_s)
      const offset_s = peer_s + rtt_s / 2 - now_s
      if (best && Math.abs(offset_s - best.offset_s) > (rtt_s + best.rtt_s) / 2 + 1e-3) samples = []
      samples.push({ at_s: now_s, rtt_s, offset_s })
      samples = samples.filter((s) => now_s - s.at_s <= 30).slice(-8)
      best = samples.reduce((a, b) => (b.rtt_s < a.rtt_s ? b : a))
    },
  }
}
