import { harness } from '@skillweave/mdp'
import { robotByName } from '@skillweave/model'
import { describe, expect, it } from 'vitest'
import { bindContext } from '../../support/bind-context.ts'

function bind() {
  const robot = robotByName('h1')
  const ctx = bindContext(robot, { controlDt_s: 0.02 })
  const [s] = ctx.states
  const event = harness({ height: 1, shrinkBelow: 1 / 400, growAbove: 4 / 400 }).bind(ctx)
  const stand = (tilt: number) => {
    ctx.simulator.reset(0, {
      basePos_w: [0, 0, robot.standingHeight],
      baseQuat_w: [0, Math.sin(tilt / 2), 0, Math.cos(tilt / 2)],
      q: robot.qDefault,
    })
  }
  const level = () => event.metrics?.()['curriculum/harness'] ?? Number.NaN
  return { ctx, s, event, stand, level, pull: ctx.simulator.disturbances[0] }
}

describe('harness', () => {
  it('turns a leaning base back and leaves an upright one alone', () => {
    const { s, event, stand, pull } = bind()
    // Leaning forward is a positive turn about y.
    stand(0.2)
    event.apply(s)
    expect(pull.torque_w[1]).toBeLessThan(-50)
    expect(Math.abs(pull.torque_w[0])).toBeLessThan(1e-6)
    stand(0)
    event.apply(s)
    expect(Math.abs(pull.torque_w[1])).toBeLessThan(1e-6)
    expect(Math.abs(pull.force_w[2])).toBeLessThan(1e-6)
  })

  it('fades while nobody falls, and is gone for good at the end', () => {
    const { s, event, stand, level, pull } = bind()
    stand(0.2)
    for (let i = 0; i < 4100; i++) event.apply(s)
    expect(level()).toBeCloseTo(0.95, 5)
    for (let i = 0; i < 70 * 4096; i++) event.apply(s)
    expect(level()).toBe(0)
    expect(pull.enabled).toBe(false)
    expect(Array.from(pull.torque_w).every((x) => x === 0)).toBe(true)
    for (let i = 0; i < 100; i++) event.finish?.(s, { terminated: true })
    for (let i = 0; i < 5000; i++) event.apply(s)
    expect(level()).toBe(0)
  })

  it('comes back when falls are many, and remembers its level', () => {
    const { s, event, stand, level } = bind()
    stand(0)
    event.restore?.({ level: 0.5 })
    for (let i = 0; i < 4100; i++) {
      event.apply(s)
      if (i % 50 === 0) event.finish?.(s, { terminated: true })
    }
    expect(level()).toBeCloseTo(0.51, 5)
    expect(event.save?.()).toEqual({ level: level() })
  })
})
