import { robotByName } from '@skillweave/model'
import { holdEnd } from '@skillweave/motion'
import { describe, expect, it } from 'vitest'
import { syntheticMotion } from '../../support/motions.ts'

const robot = robotByName('ballplayer')
const motion = syntheticMotion(robot, { skill: 'pickUp', nFrames: 31 })
const last = motion.nFrames - 1

describe('a motion whose end is held', () => {
  it('stands in its last pose, still, for the time asked', () => {
    const held = holdEnd(motion, robot, 1.5)
    expect(held.nFrames).toBe(motion.nFrames + 45)
    const nDof = robot.qDefault.length
    const pose = (t: number) => Array.from(held.q.subarray(t * nDof, (t + 1) * nDof))
    expect(pose(held.nFrames - 1)).toEqual(pose(last))
    expect(Array.from(held.basePos_w.subarray(-3))).toEqual(
      Array.from(motion.basePos_w.subarray(3 * last, 3 * last + 3)),
    )
    expect(Math.max(...held.dq.subarray((last + 2) * nDof).map(Math.abs))).toBeLessThan(1e-9)
  })

  it('keeps a held ball in the hands', () => {
    const contact = motion.contact.slice()
    contact[2 * last] = 0.9
    const held = holdEnd({ ...motion, contact }, robot, 1)
    expect(Array.from(held.objectPos_w.subarray(-3))).toEqual(
      Array.from(held.objectPos_w.subarray(3 * last, 3 * last + 3)),
    )
  })

  it('lets a thrown ball fly on, and bounce', () => {
    const contact = new Float64Array(2 * motion.nFrames)
    const objectPos_w = motion.objectPos_w.slice()
    const objectLinVel_w = motion.objectLinVel_w.slice()
    objectPos_w.set([0, 0, 1.12], 3 * last)
    objectLinVel_w.set([3, 0, 0], 3 * last)
    const held = holdEnd({ ...motion, contact, objectPos_w, objectLinVel_w }, robot, 1.5)
    const height = (t_s: number) => held.objectPos_w[3 * (last + Math.round(30 * t_s)) + 2]
    expect(held.objectPos_w[held.objectPos_w.length - 3]).toBeCloseTo(4.5)
    // Falls 1 m in 0.45 s; comes back to 0.775² of it 0.35 s later.
    expect(height(0.3)).toBeCloseTo(1.12 - 0.5 * 9.81 * 0.09, 2)
    expect(height(0.8)).toBeCloseTo(0.12 + 0.775 ** 2, 1)
  })

  it('is a cycle as it is', () => {
    const cycle = syntheticMotion(robot, { skill: 'dribble', loop: { start: 0 } })
    expect(holdEnd(cycle, robot, 1)).toBe(cycle)
  })
})
