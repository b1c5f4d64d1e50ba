import { createRng } from '@skillweave/math'
import { defineObservation, history, noisy } from '@skillweave/mdp'
import { describe, expect, it } from 'vitest'
import { bindContext } from '../../support/bind-context.ts'
import { buildRobot } from '../../support/robots.ts'

/** The joint's angle and its negative, which swap in the mirror. */
const angle = defineObservation('angle', (_: Record<string, never>) => ({
  size: 2,
  write: (s, out, at) => {
    out[at] = s.q[0]
    out[at + 1] = -s.q[0]
  },
  mirror: { index: [1, 0], sign: [1, 1] },
}))

function bind(frames = 3, nEnvs = 2) {
  const ctx = bindContext(buildRobot('arm', 'fixed', [{}]), { nEnvs })
  const term = history({ frames }, { angle: angle({}) }).bind(ctx)
  const at = (e: number, step: number, q: number): number[] => {
    const s = ctx.states[e]
    s.step = step
    s.q[0] = q
    const out = new Float32Array(term.size + 1)
    term.write(s, out, 1)
    return Array.from(out.subarray(1)).filter((_, i) => i % 2 === 0)
  }
  return { term, at }
}

describe('history', () => {
  it('fills all frames when an episode begins, then moves on, newest last', () => {
    const { at } = bind()
    expect(at(0, 0, 1)).toEqual([1, 1, 1])
    expect(at(0, 1, 2)).toEqual([1, 1, 2])
    expect(at(0, 2, 3)).toEqual([1, 2, 3])
    expect(at(0, 3, 4)).toEqual([2, 3, 4])
    expect(at(0, 0, 7)).toEqual([7, 7, 7])
  })

  it('moves on once a step, however often it is asked', () => {
    const { at } = bind()
    at(0, 0, 1)
    at(0, 1, 2)
    expect(at(0, 1, 2)).toEqual([1, 1, 2])
  })

  it('keeps environments apart', () => {
    const { at } = bind()
    at(0, 0, 1)
    at(1, 0, 5)
    expect(at(0, 1, 2)).toEqual([1, 1, 2])
    expect(at(1, 1, 6)).toEqual([5, 5, 6])
  })

  it('mirrors every frame as its terms do', () => {
    const { term } = bind()
    expect(term.mirror?.index).toEqual([1, 0, 3, 2, 5, 4])
    expect(term.frames).toBe(3)
  })
})

it('noise has the deviation it says, and stays as it was in the history', () => {
  const ctx = bindContext(buildRobot('arm', 'fixed', [{}]), { rng: createRng(3) })
  const term = history({ frames: 2 }, { angle: noisy(0.1, angle({})) }).bind(ctx)
  const [s] = ctx.states
  const out = new Float32Array(term.size)
  let sum = 0
  let before = 0
  for (let step = 0; step < 2000; step++) {
    s.step = step
    term.write(s, out, 0)
    if (step > 0) expect(out[0]).toBe(before)
    before = out[2]
    sum += out[2] ** 2
  }
  expect(Math.sqrt(sum / 2000)).toBeCloseTo(0.1, 2)
})
