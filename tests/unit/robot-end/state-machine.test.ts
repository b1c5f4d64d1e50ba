import { atRest, testProfile } from '@skillweave/demos/faults'
import { robotByName } from '@skillweave/model'
import { profileOf, type RobotEnd } from '@skillweave/robot-end'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBench } from '../../support/robot-ends.ts'
import { buildRobot } from '../../support/robots.ts'

describe('a robot end', () => {
  it('goes the whole way: lease, pre-flight, pose, start, expiry, damping, idle', () => {
    const bench = createBench()
    bench.bringUp()
    expect(bench.path).toEqual(['idle', 'armed', 'posing', 'posed', 'active'])
    bench.silent(0.07)
    expect(bench.end.state).toBe('active')
    bench.silent(0.01)
    expect([bench.end.state, bench.end.cause]).toEqual(['holding', 'expired'])
    bench.silent(0.15)
    expect(bench.end.state).toBe('holding')
    bench.silent(0.01)
    expect(bench.end.state).toBe('damping')
    bench.silent(6)
    expect([bench.end.state, bench.end.lease]).toEqual(['idle', null])
  })

  it('goes on when a command comes soon after an expiry, and not later', () => {
    const bench = createBench()
    bench.bringUp()
    bench.silent(0.15)
    expect(bench.end.state).toBe('holding')
    bench.commanded(0.1)
    expect(bench.end.state).toBe('active')
    bench.silent(0.22)
    expect(bench.end.state).toBe('holding')
    bench.commanded(0.1)
    expect(bench.end.state).not.toBe('active')
  })

  it('says who may not do what, with what it found and expected', () => {
    const bench = createBench()
    const { end } = bench
    expect(end.pose('a', 0)).toEqual({ ok: false, text: 'nobody holds the lease, not a' })
    bench.lease()
    expect(end.start('a', 0)).toMatchObject({
      text: 'the robot is idle, expected posed or holding',
    })
    expect(end.requestLease('b', 'controller', bench.channel.hash, 0)).toMatchObject({
      text: 'a holds the lease (controller)',
    })
    expect(end.requestLease('b', 'controller', 'feed', 0)).toMatchObject({
      text: expect.stringContaining('the command layout is feed…, expected '),
    })
    expect(end.requestLease('b', 'operator', bench.channel.hash, 0)).toMatchObject({ ok: true })
  })

  it('does not move by itself: without commands it reaches nothing but posed, holding and damping', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 30 }), (steps) => {
        const bench = createBench()
        for (const step of steps) {
          act(bench.end, step, bench.now_s)
          bench.silent(0.1)
          expect(bench.end.state).not.toBe('active')
          expect(bench.end.actingAge_s).toBe(null)
        }
      }),
    )
  })

  it('is stopped once and for all until it is reset, and then it is idle', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 12 }),
        fc.constantFrom(0 as const, 1 as const),
        (steps, category) => {
          const bench = createBench()
          bench.bringUp()
          bench.end.stop({ category }, 'operator', bench.now_s)
          for (const step of steps) {
            act(bench.end, step, bench.now_s)
            bench.commanded(0.05)
            expect(bench.end.state).toBe('stopped')
            expect([...bench.output.kp]).toEqual([0, 0, 0])
          }
          expect(bench.end.resetStop(bench.now_s).ok).toBe(true)
          bench.commanded(0.5)
          expect(bench.end.state).toBe('idle')
        },
      ),
      { numRuns: 30 },
    )
  })

  it('damps when a joint is too fast, and stops when the robot falls over', () => {
    const fast = createBench()
    fast.bringUp()
    fast.measured = { ...fast.measured, dq: [16, 0, 0] }
    fast.commanded(0.002)
    expect([fast.end.state, fast.end.cause]).toEqual(['damping', 'speed'])
    const fallen = createBench({ ...testProfile, tiltMax: 1 })
    fallen.bringUp()
    fallen.measured = { ...atRest(testProfile), imuQuat_wb: [Math.SQRT1_2, 0, 0, Math.SQRT1_2] }
    fallen.commanded(0.002)
    expect([fallen.end.state, fallen.end.stopCause]).toEqual(['stopped', 'tilt'])
  })
})

/** Anything anybody may ask. */
function act(end: RobotEnd, what: number, now_s: number): void {
  if (what === 0) end.runPreflight('a', now_s)
  else if (what === 1) end.pose('a', now_s)
  else if (what === 2) end.start('a', now_s)
  else if (what === 3) end.hold('a', now_s)
  else if (what === 4) end.damp('a', now_s)
  else if (what === 5) end.linkDown('a', now_s)
  else end.releaseLease('b', now_s)
}

describe('a profile', () => {
  it('is the robot’s own figures', () => {
    const robot = robotByName('g1-29')
    const { kp, kd, effort } = robot
    const profile = profileOf(robot, {
      gains: { kp, kd },
      startPose: robot.qDefault,
      tickDt_s: 0.002,
    })
    expect(profile).toMatchObject({ real: false, kpMax: kp, effort, tiltMax: 1 })
    expect(profile.joints).toBe(robot.model.dofNames)
  })
  it('does not exist for spherical joints', () => {
    const robot = buildRobot('ball', 'fixed', [{ joint: { type: 'spherical' } }])
    const options = { gains: robot, startPose: robot.qDefault, tickDt_s: 0.002 }
    expect(() => profileOf(robot, options)).toThrow('joint part1 is spherical')
  })
})
