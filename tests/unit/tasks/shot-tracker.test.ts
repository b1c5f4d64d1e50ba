import type { EnvState } from '@skillweave/mdp'
import { robotByName } from '@skillweave/model'
import { ballObject, hoopObject, ShotTracker } from '@skillweave/tasks'
import { beforeEach, describe, expect, it } from 'vitest'
import { bindContext } from '../../support/bind-context.ts'

const robot = robotByName('ballplayer')
const scene = {
  ground: { friction: 1, restitution: 0.8 },
  objects: [ballObject('regulation'), hoopObject(2.6)],
}
const dt = 1 / 30

describe('the shot tracker', () => {
  let tracker: ShotTracker
  let s: EnvState

  beforeEach(() => {
    const ctx = bindContext(robot, { scene })
    tracker = new ShotTracker({ hoopHeight: 2.6, distance: [2, 8] }, ctx)
    s = ctx.states[0]
    tracker.forced = { x: 4, y: 0 }
    tracker.reset(s)
  })

  /** The ball at a place, moving; one control step. */
  const ball = (pos: readonly number[], vel: readonly number[] = [0, 0, 0]) => {
    s.objectPos_w.set(pos)
    s.objectLinVel_w.set(vel)
    tracker.step(s)
    return {
      shot: tracker.shotNow[0],
      landed: tracker.landedNow[0],
      basket: tracker.basketNow[0],
    }
  }
  /** The ball in the right hand. */
  const hold = () => {
    const hand = robot.model.links.findIndex((l) => l.name === robot.sites.rightPalm.link)
    return ball([...s.linkPos_w.subarray(3 * hand, 3 * hand + 3)])
  }
  /** Throw from 1.9 m so that the ball, in free fall, crosses a height over a point on its way down. */
  const throwAt = (x: number, height: number, flight_s = 1.8) => {
    const from = 1.9
    const vx = x / flight_s
    const vz = (height - from) / flight_s + (9.81 * flight_s) / 2
    const seen = { shots: 0, landings: 0, baskets: 0 }
    for (let t = dt; t < flight_s + 0.4; t += dt) {
      const z = from + vz * t - (9.81 * t * t) / 2
      if (z < 0.2) break
      const now = ball([vx * t, 0, z], [vx, 0, vz - 9.81 * t])
      seen.shots += now.shot
      seen.landings += now.landed
      seen.baskets += now.basket
    }
    return seen
  }

  it('counts a throw through the rim once as attempt, landing and basket', () => {
    hold()
    expect(throwAt(4, 2.6)).toEqual({ shots: 1, landings: 1, baskets: 1 })
    expect([tracker.attempts[0], tracker.landings[0], tracker.baskets[0]]).toEqual([1, 1, 1])
  })

  it.each([
    [4.28, 1],
    [3.72, 1],
    [4.33, 0],
    [3.67, 0],
  ])('judges a throw that comes down at x = %f on the plane of 2 m: %i', (x, landings) => {
    hold()
    expect(throwAt(x, 2).landings).toBe(landings)
    expect(tracker.landingError[0]).toBeCloseTo(Math.abs(x - 4), 6)
    expect(tracker.landed[0]).toBe(landings)
  })

  it('sees no attempt while a hand is at the ball, however high', () => {
    // Lift the whole body.
    for (let k = 2; k < s.linkPos_w.length; k += 3) s.linkPos_w[k] += 1.5
    expect(hold().shot).toBe(0)
    expect(tracker.flying[0]).toBe(0)
    expect(ball([1, 0, 2.6], [3, 0, 4]).shot).toBe(1)
  })

  it('sees no attempt below the plane of 2 m', () => {
    hold()
    expect(ball([1, 0, 1.95], [3, 0, 5]).shot).toBe(0)
    expect(ball([1, 0, 2.05], [3, 0, 5]).shot).toBe(1)
  })

  it('counts the next attempt after the ball has been in a hand again', () => {
    hold()
    throwAt(3, 2)
    hold()
    throwAt(4, 2)
    expect([tracker.attempts[0], tracker.landings[0]]).toEqual([2, 1])
  })

  it('does not count a ball that bounces back above the plane', () => {
    hold()
    throwAt(4, 2.6)
    expect(ball([4, 0, 0.12], [0, 0, 6.5]).shot).toBe(0)
    expect(ball([4, 0, 2.1], [0, 0, 1]).shot).toBe(0)
    expect(tracker.attempts[0]).toBe(1)
  })

  it('does not count a ball that was put into the air', () => {
    expect(ball([1, 0, 3], [2, 0, 1]).shot).toBe(0)
    expect(tracker.attempts[0]).toBe(0)
  })

  it('counts a basket only downwards and inside the ring', () => {
    expect(ball([4, 0, 2.5], [0, 0, 5]).basket).toBe(0)
    expect(ball([4, 0, 2.7], [0, 0, 4]).basket).toBe(0)
    expect(ball([4.1, 0.1, 2.55], [0, 0, -2]).basket).toBe(1)
    expect(ball([4.3, 0, 2.7], [0, 0, -1]).basket).toBe(0)
    expect(ball([4.3, 0, 2.5], [0, 0, -2]).basket).toBe(0)
    expect(tracker.baskets[0]).toBe(1)
  })

  it('begins every episode with nothing thrown and the hoop facing it', () => {
    hold()
    throwAt(4, 2.6)
    tracker.forced = { x: 0, y: 3 }
    tracker.reset(s)
    expect([tracker.attempts[0], tracker.landings[0], tracker.baskets[0]]).toEqual([0, 0, 0])
    expect([tracker.landed[0], tracker.flying[0]]).toEqual([0, 0])
    expect([...s.objectPos_w.subarray(3, 6)]).toEqual([0, 3, 0])
    expect(tracker.facing[0]).toBeCloseTo(-Math.PI / 2, 9)
  })

  it('reports means per episode, once', () => {
    hold()
    throwAt(4, 2.6)
    tracker.finish()
    tracker.finish()
    expect(tracker.metrics()).toEqual({
      'shots/attempts': 0.5,
      'shots/landings': 0.5,
      'shots/baskets': 0.5,
    })
    expect(tracker.metrics()['shots/attempts']).toBe(0)
  })

  it('draws hoops within its distances', () => {
    tracker.forced = undefined
    for (let i = 0; i < 100; i++) {
      tracker.reset(s)
      const d = Math.hypot(tracker.target[0], tracker.target[1])
      expect(d).toBeGreaterThanOrEqual(2)
      expect(d).toBeLessThanOrEqual(8)
    }
  })
})
