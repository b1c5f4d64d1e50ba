import { GaitClock } from '@skillweave/mdp'
import { robotByName } from '@skillweave/model'
import { describe, expect, it } from 'vitest'
import { bindContext } from '../../support/bind-context.ts'

const robot = robotByName('ballplayer')
const dt = 1 / 30
const swing = 0.08

/** A clock that follows feet whose height over the ground is given by time, and its phase after each step. */
function follow(
  left: (t: number) => number,
  right: (t: number) => number,
  steps: number,
  shouldWalk?: boolean,
): number[] {
  const idle = { reset: () => {}, step: () => {} }
  const commands = { velocity: { ...idle, isWalking: () => shouldWalk === true } }
  const ctx = bindContext(robot, { controlDt_s: dt, commands })
  const walk = shouldWalk === undefined ? {} : { walk: 'velocity' }
  const clock = new GaitClock({ period_s: 0.72, swing, ...walk }, ctx)
  const s = ctx.states[0]
  clock.reset(s)
  const link = (name: string) => robot.model.links.findIndex((l) => l.name === name)
  return Array.from({ length: steps }, (_, i) => {
    const t = i * dt
    s.linkPos_w[3 * link('leftFoot') + 2] = left(t)
    s.linkPos_w[3 * link('rightFoot') + 2] = right(t)
    clock.step(s)
    return Math.atan2(clock.sin[0], clock.cos[0]) / (2 * Math.PI)
  })
}

/** Least difference of two phases, in periods. */
const apart = (a: number, b: number) => Math.abs(a - b - Math.round(a - b))

describe('a gait clock that follows the feet', () => {
  it('waits at the beginning of a left step while both rest', () => {
    for (const phase of follow(
      () => 0.1,
      () => 0.1,
      20,
    ))
      expect(phase).toBeCloseTo(0)
  })

  it('waits a little way into a left step while both rest that should walk', () => {
    const rest = () => 0.1
    expect(follow(rest, rest, 20, true).at(-1)).toBeCloseTo(0.12)
    expect(follow(rest, rest, 20, false).at(-1)).toBeCloseTo(0)
  })

  it('finds the phase of a gait within a period, whatever its own was', () => {
    for (const offset of [0, 0.25, 0.5, 0.75]) {
      const sine = (t: number) => Math.sin(2 * Math.PI * (t / 0.72 + offset))
      const phases = follow(
        (t) => Math.max(0, swing * sine(t)),
        (t) => Math.max(0, -swing * sine(t)),
        45,
      )
      phases.slice(25).forEach((phase, i) => {
        expect(apart(phase, ((i + 25) * dt) / 0.72 + offset), `${offset}`).toBeLessThan(0.12)
      })
    }
  })

  it('keeps up with a gait that is slower than its own', () => {
    const sine = (t: number) => Math.sin((2 * Math.PI * t) / 0.85)
    const phases = follow(
      (t) => Math.max(0, swing * sine(t)),
      (t) => Math.max(0, -swing * sine(t)),
      120,
    )
    phases.slice(30).forEach((phase, i) => {
      expect(apart(phase, ((i + 30) * dt) / 0.85)).toBeLessThan(0.15)
    })
  })
})
