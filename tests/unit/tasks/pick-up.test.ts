import { type Command, type EnvState, MotionReference } from '@skillweave/mdp'
import { robotByName } from '@skillweave/model'
import {
  approachChoice,
  ballObject,
  carryChoice,
  HoldWatch,
  handoverStarts,
  handoverState,
  type TeacherChoice,
} from '@skillweave/tasks'
import { beforeEach, describe, expect, it } from 'vitest'
import { bindContext } from '../../support/bind-context.ts'
import { syntheticMotion } from '../../support/motions.ts'

const robot = robotByName('ballplayer')
const scene = { ground: { friction: 1, restitution: 0.8 }, objects: [ballObject('regulation')] }
const skills = ['shot', 'pickUp']
const motions = skills.map((skill) => syntheticMotion(robot, { skill, nFrames: 41 }))

const bound = (more: Readonly<Record<string, Command>> = {}) => {
  const ctx = bindContext(robot, { scene })
  const reference = new MotionReference({ motions, skills, adaptive: 0 }, ctx)
  return { reference, ctx: bindContext(robot, { scene, commands: { reference, ...more } }) }
}

describe('holding a ball', () => {
  const watch = (z: number, steps: number) => {
    const { ctx } = bound()
    const hold = new HoldWatch(ctx)
    const s = ctx.states[0]
    s.linkPos_w.set([0, 0, Math.min(0.9, z + 0.3)])
    s.objectPos_w.set([0.3, 0, z])
    hold.reset(s)
    for (let i = 0; i < steps; i++) hold.step(s)
    return { held: hold.held[0], lifted: hold.lifted[0], steps: hold.liftedSteps[0] }
  }

  it('takes more than a second near the pelvis', () => {
    expect(watch(0.9, 30).held).toBe(0)
    expect(watch(0.9, 31)).toEqual({ held: 1, lifted: 1, steps: 31 })
  })

  it('is not lifting while the ball is near the floor', () => {
    expect(watch(0.2, 60)).toEqual({ held: 1, lifted: 0, steps: 0 })
  })
})

describe('who teaches a pick-up', () => {
  let choice: TeacherChoice
  let s: EnvState
  const at = (x: number, y: number, z = 0.12) => {
    s.objectPos_w.set([x, y, z])
    choice.step(s)
    return choice.teacherOf[0]
  }
  const grasp = 1
  const approach = 2

  beforeEach(() => {
    const { ctx, reference } = bound()
    reference.skillOf[0] = 1
    choice = approachChoice({ reference: 'reference' }).bind(ctx) as TeacherChoice
    s = ctx.states[0]
    s.linkPos_w.set([0, 0, 0.9])
    choice.reset(s)
  })

  it('is the approach until the ball lies before the feet', () => {
    expect(at(2, 0)).toBe(approach)
    expect(at(0.8, 0)).toBe(approach)
    expect(at(0.1, 0.5)).toBe(approach)
    expect(at(0.6, 0)).toBe(grasp)
  })

  it('is the grasp until the ball has rolled away', () => {
    expect(at(0.5, 0)).toBe(grasp)
    expect(at(0.8, 0.1)).toBe(grasp)
    expect(at(1, 0)).toBe(approach)
  })

  it('is the grasp while the ball is in the air', () => {
    expect(at(1.2, 0, 0.8)).toBe(grasp)
  })

  it('is left to other skills', () => {
    const { ctx, reference } = bound()
    const other = approachChoice({ reference: 'reference' }).bind(ctx) as TeacherChoice
    reference.skillOf[0] = 0
    ctx.states[0].objectPos_w.set([2, 0, 0.12])
    other.reset(ctx.states[0])
    other.step(ctx.states[0])
    expect(other.teacherOf[0]).toBe(0)
  })
})

describe('who teaches to bring a ball', () => {
  const pickUp = 1
  const carry = 2

  it('is who carries it, from when it is held to where it can be thrown from', () => {
    const idle = { reset: () => {}, step: () => {} }
    const goal = { ...idle, target: Float64Array.of(6, 0) }
    const hold = { ...idle, liftedSteps: Int32Array.of(0) }
    const { ctx, reference } = bound({ goal, hold })
    reference.skillOf[0] = 1
    const terms = { reference: 'reference', goal: 'goal', hold: 'hold' }
    const choice = carryChoice(terms).bind(ctx) as TeacherChoice
    const s = ctx.states[0]
    choice.reset(s)
    const at = (x: number, held: number) => {
      s.linkPos_w.set([x, 0, 0.9])
      hold.liftedSteps[0] = held
      choice.step(s)
      return choice.teacherOf[0]
    }
    expect(at(0, 0)).toBe(pickUp)
    expect(at(0, 31)).toBe(carry)
    // Further than where it would begin, nearer than where it ends.
    expect(at(3, 40)).toBe(carry)
    expect(at(3.2, 50)).toBe(pickUp)
    expect(at(3, 60)).toBe(pickUp)
    expect(at(2, 70)).toBe(carry)
  })
})

describe('a start where a pick-up ended', () => {
  it('puts body and ball there and turns the recording to face as the body does', () => {
    const { ctx, reference } = bound()
    const s = ctx.states[0]
    const [x, y, z, w] = robot.standingQuat
    const half = 0.5
    // Turned to the left by 1 rad, 2 m from the origin.
    s.linkQuat_w.set([
      Math.cos(half) * x - Math.sin(half) * y,
      Math.cos(half) * y + Math.sin(half) * x,
      Math.cos(half) * z + Math.sin(half) * w,
      Math.cos(half) * w - Math.sin(half) * z,
    ])
    s.linkPos_w.set([2, 0, 0.9])
    s.objectPos_w.set([2.3, 0, 1])
    const state = handoverState(s, 0)
    expect(state.basePos_w).toEqual([0, 0, 0.9])
    expect(state.ballPos_w[0]).toBeCloseTo(0.3)
    reference.reset(s)
    reference.clip[0] = reference.skillOf[0] = 0
    handoverStarts({ reference: 'reference', share: 1, states: [state] })
      .bind(ctx)
      .apply(s)
    expect(reference.startClip[0]).toBe(-1)
    expect(reference.frame[0]).toBeLessThan(10)
    const facing = reference.headingOf(motions[0], reference.frame[0]) + reference.yaw(0)
    expect(Math.cos(facing - 1)).toBeCloseTo(1)
  })

  it('is only for skills that follow a pick-up', () => {
    const { ctx, reference } = bound()
    const s = ctx.states[0]
    const state = handoverState(s, 0)
    reference.reset(s)
    reference.skillOf[0] = 1
    const { startClip } = reference
    const before = startClip[0]
    handoverStarts({ reference: 'reference', share: 1, states: [state] })
      .bind(ctx)
      .apply(s)
    expect(startClip[0]).toBe(before)
  })
})
