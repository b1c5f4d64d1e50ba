import { quatAngleAt } from '@skillweave/math'
import {
  bodyErrors,
  bodyPoses,
  type Clip,
  checkClip,
  repairClip,
  syntheticClip,
} from '@skillweave/motion'
import { describe, expect, it } from 'vitest'

const clean = syntheticClip('dribble', 1)
const kinds = (clip: Clip) => checkClip(clip).map((p) => p.kind)

/** The clip with its root's rotation vectors replaced by the other way round from frame `from`. */
function wrapped(clip: Clip, from: number): Clip {
  const rootRot = clip.rootRot.slice()
  for (let i = 3 * from; i < rootRot.length; i += 3) {
    const angle = Math.hypot(rootRot[i], rootRot[i + 1], rootRot[i + 2])
    for (let k = 0; k < 3; k++) rootRot[i + k] *= 1 - (2 * Math.PI) / angle
  }
  return { ...clip, rootRot }
}

describe('checking a clip', () => {
  it('finds nothing wrong with a synthetic one but its stiff fingers', () => {
    expect(kinds(clean)).toEqual(['frozenFingers'])
    for (const error of Object.values(bodyErrors(clean))) expect(error).toBeLessThan(1e-9)
  })

  it('finds a jump at ±π and repairs it without changing the pose', () => {
    const jumping = wrapped(clean, 20)
    const [problem] = checkClip(jumping)
    expect(problem).toMatchObject({ kind: 'rotationJump', frames: [20] })
    expect(problem.size).toBeCloseTo(2 * Math.PI, 6)
    const { clip, repairs } = repairClip(jumping)
    expect(repairs.map((r) => r.kind)).toEqual(['rotationJump'])
    expect(kinds(clip)).toEqual(['frozenFingers'])
    const before = bodyPoses(jumping).quat
    const after = bodyPoses(clip).quat
    for (let i = 0; i < before.length; i += 4)
      expect(quatAngleAt(before, i, after, i)).toBeLessThan(1e-6)
  })

  it('finds a ball and feet in the floor; lifts the ball', () => {
    const low: Clip = {
      ...clean,
      ballPos_w: clean.ballPos_w.slice(),
      bodyPos_w: clean.bodyPos_w.slice(),
    }
    low.ballPos_w[3 * 7 + 2] = 0.1
    low.bodyPos_w[3 * (9 * 53 + 3) + 2] = 0.05
    const problems = checkClip(low)
    expect(problems.find((p) => p.kind === 'ballBelowFloor')).toMatchObject({ frames: [7] })
    expect(problems.find((p) => p.kind === 'ballBelowFloor')?.size).toBeCloseTo(0.02, 9)
    expect(problems.find((p) => p.kind === 'feetBelowFloor')).toMatchObject({ frames: [9] })
    expect(repairClip(low).clip.ballPos_w[3 * 7 + 2]).toBe(0.12)
  })

  it('finds a ball that jumps and positions that contradict the angles', () => {
    const odd: Clip = {
      ...clean,
      ballPos_w: clean.ballPos_w.slice(),
      bodyPos_w: clean.bodyPos_w.map((x) => x + 0.05),
    }
    odd.ballPos_w[3 * 40] += 0.2
    expect(kinds(odd)).toEqual(expect.arrayContaining(['ballJump', 'kinematicsError']))
  })

  it('fills frames that are all zero from their neighbours', () => {
    const gap: Clip = {
      ...clean,
      rootPos_w: clean.rootPos_w.slice(),
      rootRot: clean.rootRot.slice(),
      ballPos_w: clean.ballPos_w.slice(),
    }
    for (const x of [gap.rootPos_w, gap.rootRot, gap.ballPos_w]) x.fill(0, 3 * 30, 3 * 33)
    expect(checkClip(gap).find((p) => p.kind === 'missingFrames')).toMatchObject({
      frames: [30, 31, 32],
    })
    const { clip } = repairClip(gap)
    for (let i = 3 * 30; i < 3 * 33; i++) {
      expect(clip.rootPos_w[i]).toBeCloseTo(clean.rootPos_w[i], 2)
      expect(clip.rootRot[i]).toBeCloseTo(clean.rootRot[i], 2)
    }
  })
})
