import { createRng, type Rng } from '@skillweave/math'
import { createPlayoutClock, type PlayoutOptions } from '@skillweave/stream/client'
import { describe, expect, it } from 'vitest'

interface Link {
  /** Delay of each frame, s. */
  readonly delay: (rng: Rng) => number
  readonly rate_hz?: number
  readonly duration_s?: number
  /** Simulated seconds per real second. */
  readonly speed?: number
}

interface Drawn {
  readonly frozen: number
  readonly backward: number
  /** Mean of (what would be newest without any delay − what was drawn), s. */
  readonly delay_s: number
  readonly delayMax_s: number
  /** Largest step of drawn time per step of real time. */
  readonly rateMax: number
}

/** Send frames over a link that keeps order but not pace; draw at 60 fps; look after 2 s. */
function play(link: Link, options: PlayoutOptions = {}, seed = 1): Drawn {
  const { rate_hz = 60, duration_s = 20, speed = 1 } = link
  const rng = createRng(seed)
  const clock = createPlayoutClock(options)
  const frames: { time_s: number; arrival_s: number }[] = []
  let last = 0
  for (let i = 0; i < duration_s * rate_hz; i++) {
    const sent_s = i / rate_hz
    last = Math.max(last, sent_s + link.delay(rng))
    frames.push({ time_s: sent_s * speed, arrival_s: last })
  }
  let next = 0
  let drawn = Number.NEGATIVE_INFINITY
  let frozen = 0
  let backward = 0
  let delay = 0
  let delayMax_s = 0
  let rateMax = 0
  let n = 0
  for (let now_s = 0; now_s < duration_s; now_s += 1 / 60) {
    while (next < frames.length && frames[next].arrival_s <= now_s) {
      clock.push(frames[next].time_s, frames[next].arrival_s, false)
      next++
    }
    const time_s = clock.advance(now_s)
    if (time_s < drawn) backward++
    if (now_s > 2) {
      n++
      if (time_s === drawn) frozen++
      delay += now_s - time_s / speed
      delayMax_s = Math.max(delayMax_s, now_s - time_s / speed)
      rateMax = Math.max(rateMax, (time_s - drawn) * 60)
    }
    drawn = time_s
  }
  return { frozen: frozen / n, backward, delay_s: delay / n, delayMax_s, rateMax }
}

const exponential = (rng: Rng, mean_s: number): number => -mean_s * Math.log(1 - rng.uniform())
const loopback: Link = { delay: (rng) => 0.001 + 0.001 * rng.uniform() }
const goodWifi: Link = { delay: (rng) => 0.004 + exponential(rng, 0.004) }
const poorWifi: Link = { delay: (rng) => 0.01 + exponential(rng, 0.015) }
const mobile: Link = {
  delay: (rng) => 0.03 + exponential(rng, 0.008) + (rng.uniform() < 0.01 ? 0.15 : 0),
}

describe('the playout clock', () => {
  it.each([
    ['loopback', loopback, 0.0, 0.035],
    ['good Wi-Fi', goodWifi, 0.01, 0.06],
    ['poor Wi-Fi', poorWifi, 0.03, 0.13],
    ['mobile with stalls', mobile, 0.03, 0.26],
    ['30 Hz over good Wi-Fi', { ...goodWifi, rate_hz: 30 }, 0.01, 0.08],
  ] as const)('draws evenly over %s', (_, link, frozenMax, delayMax_s) => {
    const drawn = play(link)
    expect(drawn.frozen).toBeLessThanOrEqual(frozenMax)
    expect(drawn.delay_s).toBeLessThan(delayMax_s)
    expect(drawn.backward).toBe(0)
  })

  it('changes pace by no more than 6 % while nothing breaks', () => {
    expect(play(loopback).rateMax).toBeLessThan(1.0601)
    expect(play(goodWifi).rateMax).toBeLessThan(1.0601)
  })

  it('never runs backward, on any link', () => {
    for (let seed = 0; seed < 20; seed++) {
      const wild: Link = {
        delay: (rng) => (rng.uniform() < 0.02 ? 1.5 * rng.uniform() : exponential(rng, 0.03)),
        duration_s: 8,
      }
      expect(play(wild, {}, seed).backward).toBe(0)
    }
  })

  it('follows slow motion, fast motion, and a machine that cannot keep up', () => {
    for (const speed of [0.25, 0.62, 2]) {
      const drawn = play({ ...goodWifi, speed })
      expect(drawn.frozen, `speed ${speed}`).toBeLessThan(0.02)
      expect(drawn.delay_s, `speed ${speed}`).toBeLessThan(0.08)
    }
  })

  it('shows the newest frame in the mode with the lowest delay', () => {
    expect(play(loopback, { mode: 'lowest-delay' }).delay_s).toBeLessThan(0.02)
  })

  it('starts over at a cut, even into the past', () => {
    const clock = createPlayoutClock()
    for (let i = 0; i < 60; i++) clock.push(100 + i / 60, i / 60, false)
    clock.advance(1)
    expect(clock.advance(1.01)).toBeGreaterThan(100)
    clock.push(5, 1.02, true)
    expect(clock.advance(1.03)).toBe(5)
  })

  it('goes on after a pause without leaping or hanging', () => {
    const clock = createPlayoutClock()
    let now_s = 0
    let time_s = 0
    const run = (seconds: number): number[] => {
      const steps: number[] = []
      let drawn = clock.advance(now_s)
      for (let i = 0; i < seconds * 60; i++) {
        now_s += 1 / 60
        time_s += 1 / 60
        clock.push(time_s, now_s, false)
        const next = clock.advance(now_s)
        steps.push(next - drawn)
        drawn = next
      }
      return steps
    }
    run(3)
    for (let i = 0; i < 600; i++) {
      now_s += 1 / 60
      clock.advance(now_s)
    }
    expect(clock.isFrozen).toBe(true)
    expect(clock.advance(now_s)).toBe(time_s)
    const steps = run(3).slice(60)
    expect(Math.max(...steps) * 60).toBeLessThan(1.07)
    expect(Math.min(...steps) * 60).toBeGreaterThan(0.9)
  })
})
