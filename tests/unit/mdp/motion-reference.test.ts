import { createRng, type Quat, quatConj, quatLog, quatMul, quatRotate } from '@skillweave/math'
import { MotionReference, type MotionReferenceParams } from '@skillweave/mdp'
import { robotByName } from '@skillweave/model'
import { describe, expect, it } from 'vitest'
import { bindContext } from '../../support/bind-context.ts'
import { syntheticMotion } from '../../support/motions.ts'

const robot = robotByName('ballplayer')
const walk = syntheticMotion(robot, { skill: 'walk', nFrames: 31 })
const circle = syntheticMotion(robot, {
  skill: 'circle',
  nFrames: 41,
  turning: 1.1,
  loop: { start: 5 },
})

function bind(params: Partial<MotionReferenceParams> = {}, { nEnvs = 1, seed = 1 } = {}) {
  const ctx = bindContext(robot, { nEnvs, rng: createRng(seed) })
  const motions = params.motions ?? [walk, circle]
  const skills = params.skills ?? motions.map((m) => m.skill)
  const reference = new MotionReference({ motions, skills, adaptive: 0, ...params }, ctx)
  return { reference, states: ctx.states, s: ctx.states[0] }
}

/** Base position and facing direction of the reference now. */
function basePose(reference: MotionReference, e = 0, frame = reference.frame[e]) {
  const motion = reference.motion(e)
  const pos = new Float64Array(3)
  const quat = new Float64Array(4)
  reference.placePoint(e, motion.basePos_w, 3 * frame, pos, 0)
  reference.placeQuat(e, motion.baseQuat_w, 4 * frame, quat, 0)
  const [x, y] = quatRotate([...quat] as unknown as Quat, robot.forward)
  return { x: pos[0], y: pos[1], z: pos[2], heading: Math.atan2(y, x) }
}

describe('placement', () => {
  it('puts the start at the origin, facing ahead', () => {
    const { reference, s } = bind()
    for (let i = 0; i < 20; i++) {
      reference.reset(s)
      const { x, y, z, heading } = basePose(reference)
      expect(Math.hypot(x, y, heading)).toBeLessThan(1e-9)
      expect(z).toBe(reference.motion(0).basePos_w[3 * reference.frame[0] + 2])
    }
  })

  it('keeps body, object and velocities together', () => {
    const { reference, s } = bind()
    reference.forced = { clip: 0, frame: 10 }
    reference.reset(s)
    const point = (from: Float64Array, t: number) => {
      const out = new Float64Array(3)
      reference.placePoint(0, from, 3 * t, out, 0)
      return out
    }
    for (const [pos, vel] of [
      [walk.basePos_w, walk.baseLinVel_w],
      [walk.objectPos_w, walk.objectLinVel_w],
    ]) {
      const [before, after] = [point(pos, 11), point(pos, 13)]
      const v = new Float64Array(3)
      reference.placeVector(0, vel, 3 * 12, v, 0)
      for (let k = 0; k < 3; k++) expect((after[k] - before[k]) * 15).toBeCloseTo(v[k], 1)
    }
    // The ball is as far from the base as it was recorded, on the same side.
    const { x, y, heading } = basePose(reference, 0, 12)
    const ball = point(walk.objectPos_w, 12)
    const ahead = Math.cos(heading) * (ball[0] - x) + Math.sin(heading) * (ball[1] - y)
    const left = Math.cos(heading) * (ball[1] - y) - Math.sin(heading) * (ball[0] - x)
    expect([ahead, left]).toEqual([expect.closeTo(0.45, 6), expect.closeTo(-0.25, 6)])
  })

  it('turns orientations by the yaw it turns points by', () => {
    const { reference, s } = bind()
    reference.forced = { clip: 1, frame: 8 }
    reference.reset(s)
    const placed = new Float64Array(4)
    reference.placeQuat(0, circle.baseQuat_w, 4 * 8, placed, 0)
    const recorded = [...circle.baseQuat_w.subarray(32, 36)] as unknown as Quat
    const turn = quatLog(quatMul([...placed] as unknown as Quat, quatConj(recorded)))
    expect(turn).toEqual([
      expect.closeTo(0, 9),
      expect.closeTo(0, 9),
      expect.closeTo(reference.yaw(0), 9),
    ])
  })

  it('moves with displace', () => {
    const { reference, s } = bind()
    reference.forced = { clip: 1, frame: 8 }
    reference.reset(s)
    reference.displace(0, 0.3, -0.2, 0.1)
    const { x, y, heading } = basePose(reference)
    expect([x, y, heading]).toEqual([0.3, -0.2, expect.closeTo(0.1, 9)])
  })
})

describe('time', () => {
  /** Frame the reference is at after each step of a robot that is at `frameOf(step)` of the walk. */
  const follow = (frameOf: (step: number) => number, steps: number) => {
    const { reference, s } = bind({ inStep: true })
    reference.forced = { clip: 0, frame: 0 }
    reference.reset(s)
    return Array.from({ length: steps }, (_, i) => {
      const row = 3 * frameOf(i + 1) * robot.model.links.length
      for (let l = 0; l < robot.model.links.length; l++) {
        reference.placePoint(0, walk.linkPos_w, row + 3 * l, s.linkPos_w as Float64Array, 3 * l)
      }
      reference.step(s)
      return reference.frame[0]
    })
  }

  it('waits for a robot that is late, when in step', () => {
    expect(follow((t) => Math.floor(t / 2), 8)).toEqual([0, 1, 1, 2, 2, 3, 3, 4])
  })

  it('hurries after a robot that is early, when in step', () => {
    expect(follow((t) => 2 * t, 4)).toEqual([2, 4, 6, 8])
  })

  it('keeps the pace of a robot that keeps it', () => {
    expect(follow((t) => t, 5)).toEqual([1, 2, 3, 4, 5])
  })

  it('advances a frame per step and stops a clip at its end', () => {
    const { reference, s } = bind()
    reference.forced = { clip: 0, frame: 0 }
    reference.reset(s)
    for (let t = 0; t < walk.nFrames - 2; t++) {
      expect(reference.isOver(0)).toBe(false)
      expect(reference.frame[0]).toBe(t)
      reference.step(s)
    }
    expect(reference.isOver(0)).toBe(true)
    expect(reference.nextFrame(0, 10)).toBe(walk.nFrames - 1)
  })

  it('goes round a cycle for ever without a jump', () => {
    const { reference, s } = bind()
    reference.forced = { clip: 1, frame: 0 }
    reference.reset(s)
    let last = basePose(reference)
    let turned = 0
    for (let t = 0; t < 5 * circle.nFrames; t++) {
      reference.step(s)
      expect(reference.isOver(0)).toBe(false)
      const now = basePose(reference)
      const step = Math.hypot(now.x - last.x, now.y - last.y)
      expect(step).toBeCloseTo(0.8 / 30, 4)
      const turn = now.heading - last.heading
      turned += Math.atan2(Math.sin(turn), Math.cos(turn))
      last = now
    }
    expect(turned).toBeCloseTo((1.1 * 5 * circle.nFrames) / 30, 6)
    expect(reference.frame[0]).toBeGreaterThanOrEqual(5)
  })
})

describe('where episodes start', () => {
  /** How often each frame of the walk is drawn. */
  const histogram = (reference: MotionReference, states: ReturnType<typeof bind>['states']) => {
    const count = new Array<number>(walk.nFrames).fill(0)
    for (let i = 0; i < 2000; i++) {
      reference.reset(states[0])
      count[reference.startFrame[0]]++
    }
    return count
  }

  it('is anywhere but in the last frames', () => {
    const { reference, states } = bind({ motions: [walk] })
    const count = histogram(reference, states)
    expect(Math.min(...count.slice(0, -4))).toBeGreaterThan(30)
    expect(count.slice(-4)).toEqual([0, 0, 0, 0])
  })

  it('is more often where episodes fail, and this is saved', () => {
    const { reference, states, s } = bind({ motions: [walk], adaptive: 0.9 })
    // Only episodes that start at frame 7 fail.
    for (let round = 0; round < 40; round++) {
      for (let frame = 0; frame < walk.nFrames - 4; frame++) {
        reference.forced = { clip: 0, frame }
        reference.reset(s)
        s.step = 0
        reference.finish(s, { terminated: frame === 7 })
      }
    }
    reference.forced = undefined
    const count = histogram(reference, states)
    const others = count.filter((_, t) => t !== 7 && t < walk.nFrames - 4)
    expect(count[7]).toBeGreaterThan(3 * Math.max(...others))
    expect(Math.min(...others)).toBeGreaterThan(20)

    const [fresh, other] = [bind({ motions: [walk], adaptive: 0.9 }), bind({ motions: [walk] })]
    fresh.reference.restore(JSON.parse(JSON.stringify(reference.save())))
    const restored = histogram(fresh.reference, fresh.states)
    expect(restored[7]).toBeGreaterThan(3 * Math.max(...restored.filter((_, t) => t !== 7)))
    expect(histogram(other.reference, other.states)[7]).toBeLessThan(200)
  })

  it('may be a matching frame of another skill, where there is one', () => {
    const toCircle = Int32Array.from([-1, 20])
    const matches = [
      Array.from({ length: walk.nFrames }, () => toCircle),
      Array.from({ length: circle.nFrames }, () => Int32Array.from([-1, -1])),
    ]
    const { reference, s } = bind({ crossStarts: 1, matches })
    const seen = new Set<string>()
    for (let i = 0; i < 200; i++) {
      reference.reset(s)
      seen.add(`${reference.startClip[0]}→${reference.clip[0]}`)
      if (reference.startClip[0] === reference.clip[0]) continue
      expect(reference.frame[0]).toBe(20)
      expect(reference.skillOf[0]).toBe(1)
      expect(Math.hypot(basePose(reference).x, basePose(reference).y)).toBeLessThan(1e-9)
    }
    expect([...seen].sort()).toEqual(['0→0', '0→1'])
  })

  it('is the same for the same seed', () => {
    const starts = (seed: number) => {
      const { reference, s } = bind({ adaptive: 0.5 }, { seed })
      return Array.from({ length: 30 }, () => {
        reference.reset(s)
        return [reference.clip[0], reference.frame[0]]
      })
    }
    expect(starts(3)).toEqual(starts(3))
    expect(starts(3)).not.toEqual(starts(4))
  })
})

describe('survival', () => {
  it('is reported per skill, once', () => {
    const { reference, s } = bind()
    reference.forced = { clip: 1, frame: 6 }
    reference.reset(s)
    s.step = 15
    reference.finish(s, { terminated: true })
    reference.finish(s, { terminated: false })
    // A failure after half a second counts a quarter.
    expect(reference.metrics()).toEqual({ 'survival/walk': 0, 'survival/circle': 0.625 })
    expect(reference.metrics()).toEqual({ 'survival/walk': 0, 'survival/circle': 0 })
  })
})

describe('motions that do not fit', () => {
  it('are refused with what is wrong', () => {
    const slow = syntheticMotion(robot, { skill: 'walk', name: 'slow', fps: 20 })
    expect(() => bind({ motions: [slow] })).toThrow(
      'motion slow has 20 frames/s, but the task needs 30',
    )
    expect(() => bind({ motions: [walk], skills: ['run'] })).toThrow(
      'shows "walk"; the task\'s skills are run',
    )
    expect(() => bind({ motions: [walk], skills: ['walk', 'run'] })).toThrow(
      'no motion shows the skill "run"',
    )
  })
})
