import { testProfile } from '@skillweave/demos/faults'
import { createLimiter, createMotorCommand, type RobotProfile } from '@skillweave/robot-end'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const n = testProfile.joints.length
const list = (max: number) =>
  fc.array(fc.double({ min: -max, max, noNaN: true }), { minLength: n, maxLength: n })
const command = fc.record({
  qTarget: list(1e3),
  dqTarget: list(1e3),
  tauFf: list(1e4),
  kp: list(1e5),
  kd: list(1e4),
})

function torqueOf(
  profile: RobotProfile,
  out: ReturnType<typeof createMotorCommand>,
  q: readonly number[],
  dq: readonly number[],
): number[] {
  return profile.joints.map(
    (_, i) =>
      out.tauFf[i] + out.kp[i] * (out.qTarget[i] - q[i]) + out.kd[i] * (out.dqTarget[i] - dq[i]),
  )
}

describe('the limiter', () => {
  it('lets nothing out that is outside the profile, whatever comes in', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(command, list(2), list(20)), { maxLength: 20 }), (ticks) => {
        const limiter = createLimiter(testProfile)
        limiter.restart(testProfile.startPose)
        const out = createMotorCommand(n)
        ticks.forEach(([wanted, q, dq], t) => {
          for (const key of ['qTarget', 'dqTarget', 'tauFf', 'kp', 'kd'] as const) {
            out[key].set(wanted[key])
          }
          limiter.begin(0.002 * t)
          limiter.apply(out, q, dq)
          const torque = torqueOf(testProfile, out, q, dq)
          for (let i = 0; i < n; i++) {
            expect(out.kp[i]).toBeGreaterThanOrEqual(0)
            expect(out.kp[i]).toBeLessThanOrEqual(testProfile.kpMax[i])
            expect(out.kd[i]).toBeGreaterThanOrEqual(0)
            expect(out.kd[i]).toBeLessThanOrEqual(testProfile.kdMax[i])
            expect(Math.abs(torque[i])).toBeLessThanOrEqual(0.85 * testProfile.effort[i] + 1e-6)
            expect(Math.abs(out.qTarget[i] - q[i])).toBeLessThanOrEqual(
              Math.max((1.5 * testProfile.effort[i]) / Math.max(out.kp[i], 1e-9), 0) + 1e-6,
            )
          }
        })
      }),
    )
  })

  it('changes nothing about a command that is within the profile', () => {
    const limiter = createLimiter(testProfile)
    limiter.restart(testProfile.startPose)
    const out = createMotorCommand(n)
    const q = [...testProfile.startPose]
    for (let t = 0; t < 200; t++) {
      out.qTarget.set(q.map((x) => x + 0.01))
      out.kp.set(testProfile.poseKp)
      out.kd.set(testProfile.poseKd)
      out.tauFf.fill(0)
      limiter.begin(0.002 * t)
      limiter.apply(out, q, [0, 0, 0])
    }
    expect([...limiter.bits]).toEqual([0, 0, 0])
    expect([...out.kp]).toEqual([...testProfile.poseKp])
    expect(limiter.saturation).toBe(0)
  })

  it('says which limit acted on which joint', () => {
    const limiter = createLimiter(testProfile)
    limiter.restart([0, 0.5, 0])
    const out = createMotorCommand(n)
    out.qTarget.set([5, 0.51, 0])
    out.kd.set([0, 0, 100])
    out.tauFf.set([0, 1000, 0])
    limiter.begin(1)
    limiter.begin(1.002)
    limiter.apply(out, [0, 0.5, 0], [0, 0, 0])
    // Position and step; torque; gain.
    expect([...limiter.bits]).toEqual([1 | 2, 4, 8])
  })
})
