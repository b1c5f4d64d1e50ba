import { type Command, jointTarget, MotionReference, referenceResidual } from '@skillweave/mdp'
import { robotByName } from '@skillweave/model'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bindContext } from '../../support/bind-context.ts'
import { syntheticMotion } from '../../support/motions.ts'
import { buildRobot } from '../../support/robots.ts'

const robot = buildRobot('arm', 'fixed', [{}, {}, {}], {
  qDefault: [0.3, -0.2, 0.1],
  kp: [100, 50, 0],
  kd: [5, 2, 1],
})
const actions = (n: number) =>
  fc.array(fc.float({ min: -20, max: 20, noNaN: true }), { minLength: n, maxLength: n })

describe('jointTarget', () => {
  it('moves the named joints from the default pose and holds the others there', () => {
    const ctx = bindContext(robot)
    const term = jointTarget({ scale: 0.5, joints: ['part3', 'part1'] }).bind(ctx)
    const [controls] = ctx.simulator.controls
    controls.qTarget.fill(9)
    controls.dqTarget.fill(9)
    term.apply(ctx.states[0], new Float32Array([1, -2]), controls)
    expect([...controls.qTarget]).toEqual([0.3 - 1, -0.2, 0.1 + 0.5])
    expect([...controls.dqTarget]).toEqual([0, 0, 0])
    expect(term.size).toBe(2)
  })

  it('names the joints there are when one does not exist', () => {
    expect(() => jointTarget({ scale: 1, joints: ['knee'] }).bind(bindContext(robot))).toThrow(
      'arm has no joint "knee"; it has part1, part2, part3',
    )
  })

  it('is undone by invert, within its limit of 8', () => {
    const ctx = bindContext(robot)
    const [controls] = ctx.simulator.controls
    const clamped = fc.tuple(actions(3), fc.constantFrom(0.1, 0.25, 1))
    fc.assert(
      fc.property(clamped, ([list, scale]) => {
        const term = jointTarget({ scale }).bind(ctx)
        const out = new Float32Array(5)
        term.apply(ctx.states[0], Float32Array.from(list), controls)
        term.invert?.(ctx.states[0], controls, out, 1)
        list.forEach((a, j) => {
          expect(out[1 + j]).toBeCloseTo(Math.min(8, Math.max(-8, a)), 4)
        })
        expect([out[0], out[4]]).toEqual([0, 0])
      }),
    )
  })

  it('turns a rate target into the position target of equal torque', () => {
    const ctx = bindContext(robot)
    const term = jointTarget({ scale: 0.5 }).bind(ctx)
    const [controls] = ctx.simulator.controls
    controls.qTarget.set(robot.qDefault)
    controls.dqTarget.set([2, -1, 3])
    const out = new Float32Array(3)
    term.invert?.(ctx.states[0], controls, out, 0)
    const torque = robot.kp.map((kp, j) => kp * 0.5 * out[j])
    // A joint without stiffness has no such target.
    expect(torque).toEqual([expect.closeTo(10, 5), expect.closeTo(-2, 5), 0])
  })
})

describe('referenceResidual', () => {
  it('follows the next frame and adds to the named joints only', () => {
    const player = robotByName('ballplayer')
    const motion = syntheticMotion(player, { skill: 'walk' })
    const base = bindContext(player)
    const reference = new MotionReference(
      { motions: [motion], skills: ['walk'], adaptive: 0 },
      base,
    )
    const ctx = bindContext(player, { commands: { reference: reference as Command } })
    const joints = player.model.dofNames.slice(3, 5)
    const term = referenceResidual({ command: 'reference', scale: 0.25, joints }).bind(ctx)
    reference.forced = { clip: 0, frame: 4 }
    reference.reset(ctx.states[0])
    const [controls] = ctx.simulator.controls
    term.apply(ctx.states[0], new Float32Array([1, 100]), controls)
    const nDof = player.model.dofNames.length
    const expected = motion.q.slice(5 * nDof, 6 * nDof)
    expected[3] += 0.25
    expected[4] += 0.25 * 8
    expect([...controls.qTarget]).toEqual([...expected])
    expect([...controls.dqTarget]).toEqual([...motion.dq.subarray(5 * nDof, 6 * nDof)])
  })
})
