import { robotByName } from '@skillweave/model'
import {
  ballObject,
  DribbleWatch,
  goalView,
  recordedLanding,
  type ShotTracker,
} from '@skillweave/tasks'
import { describe, expect, it } from 'vitest'
import { bindContext } from '../../support/bind-context.ts'
import { syntheticMotion } from '../../support/motions.ts'

const robot = robotByName('ballplayer')
const scene = { ground: { friction: 1, restitution: 0.8 }, objects: [ballObject('regulation')] }
const dt = 1 / 30

describe('a dribble', () => {
  /** Seconds until the dribble counts as lost, 20 when it never does; the ball as a function of time. */
  const lostAfter = (ball: (t: number) => readonly [number, number, number]) => {
    const ctx = bindContext(robot, { scene, controlDt_s: dt })
    const watch = new DribbleWatch(ctx)
    const s = ctx.states[0]
    watch.reset(s)
    for (let t = 0; t < 20; t += dt) {
      s.objectPos_w.set(ball(t))
      watch.step(s)
      if (watch.lost[0] === 1) return t
    }
    return 20
  }

  it('goes on while the ball moves up and down near the body', () => {
    expect(lostAfter((t) => [0.4, -0.2, 0.6 + 0.2 * Math.sin(2 * Math.PI * t)])).toBe(20)
  })

  it('ends 1.5 s after the ball has come to rest', () => {
    expect(lostAfter(() => [0.4, 0, 0.12])).toBeCloseTo(1.5, 1)
    expect(lostAfter((t) => [0.4, 0, t < 3 ? 0.6 + 0.2 * Math.sin(6 * t) : 0.6])).toBeGreaterThan(3)
  })

  it('ends when the ball is more than 1.5 m away', () => {
    expect(lostAfter((t) => [t, 0, 0.6 + 0.2 * Math.sin(2 * Math.PI * t)])).toBeCloseTo(1.5, 1)
  })

  it('does not end for small movements of a held ball that add up to nothing', () => {
    expect(lostAfter((t) => [0.3, 0, 1 + 0.1 * Math.sin(6 * t)])).toBeCloseTo(1.5, 1)
  })
})

describe('the goal as a ball skill sees it', () => {
  const view = (x: number, y: number) => {
    const goal = { target: Float64Array.of(x, y) } as unknown as ShotTracker
    const ctx = bindContext(robot, { scene, commands: { goal } })
    const s = ctx.states[0]
    s.linkPos_w.set([1, 2, 0.9])
    s.heading = Math.PI / 2
    s.headingCos = 0
    s.headingSin = 1
    const out = new Float32Array(3)
    goalView({ command: 'goal' }).bind(ctx).write(s, out, 0)
    return Array.from(out, (v) => Number(v.toFixed(4)))
  }

  it('is a direction in the heading frame and a distance over 8 m', () => {
    expect(view(1, 4)).toEqual([1, 0, 0.25])
    expect(view(-1, 2)).toEqual([0, 1, 0.25])
  })

  it('is never further than 3.5 m', () => {
    expect(view(1, 102)).toEqual([1, 0, 3.5 / 8])
  })
})

describe('where a recorded shot comes down', () => {
  const motion = syntheticMotion(robot, { skill: 'shot', nFrames: 41 })

  it('is unknown for a motion whose ball never leaves the hands above 2 m', () => {
    expect(recordedLanding(motion)).toBeUndefined()
  })

  it('continues the flight to the plane of 2 m', () => {
    const flying = {
      ...motion,
      contact: new Float64Array(2 * motion.nFrames),
      objectPos_w: motion.objectPos_w.slice(),
      objectLinVel_w: motion.objectLinVel_w.slice(),
    }
    // Thrown at frame 10 from 2.2 m: up at 2 m/s, forward at 3 m/s.
    flying.objectPos_w.set([5, 1, 2.2], 30)
    flying.objectLinVel_w.set([3, 0, 2], 30)
    const t = (2 + Math.sqrt(4 + 2 * 9.81 * 0.2)) / 9.81
    const landing = recordedLanding(flying)
    expect(landing?.x).toBeCloseTo(5 + 3 * t)
    expect(landing?.y).toBeCloseTo(1)
    expect(landing?.apex).toBeCloseTo(2.2 + 4 / (2 * 9.81))
  })
})
