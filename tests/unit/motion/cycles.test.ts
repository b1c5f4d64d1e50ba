import { robotByName } from '@skillweave/model'
import {
  closeLoop,
  cutReference,
  findLoops,
  loopTransform,
  mirrorReference,
  type Reference,
  resample,
  retarget,
  skillReferences,
  syntheticClip,
  turnReference,
} from '@skillweave/motion'
import { describe, expect, it } from 'vitest'
import { seamError } from '../../support/references.ts'

const robot = robotByName('ballplayer')
const nLinks = robot.model.links.length
const dribble = retarget(syntheticClip('dribble', 2.2), robot).reference
const [best] = findLoops(dribble, robot)
const loop = closeLoop(dribble, robot, best)

describe('a cycle', () => {
  it('is found where the motion repeats: one dribble of 54 frames', () => {
    expect(best.end - best.start).toBe(54)
    expect(best.mismatch).toBeLessThan(1e-6)
  })

  it('closes: its last frame is its first, moved on', () => {
    for (const wayIn of [true, false]) {
      const closed = closeLoop(dribble, robot, { ...best, wayIn })
      expect(closed.loop).toMatchObject({ start: wayIn ? best.start : 0 })
      expect(seamError(closed, nLinks)).toBeLessThan(1e-9)
      expect(closed.loop?.dx).toBeCloseTo(0.9, 2)
    }
  })

  it('closes also when its ends differ, at any rate', () => {
    const rough = closeLoop(dribble, robot, { start: 40, end: 89 })
    for (const fps of [60, 50, 30])
      expect(seamError(resample(rough, robot, fps), nLinks)).toBeLessThan(1e-9)
  })

  it('keeps what came before it as the way in', () => {
    const { start } = loop.loop!
    const steps = (r: Reference, t: number) =>
      Math.hypot(
        r.basePos_w[3 * t + 3] - r.basePos_w[3 * t],
        r.basePos_w[3 * t + 4] - r.basePos_w[3 * t + 1],
      )
    for (let i = 0; i < start * 51; i++) expect(loop.q[i]).toBeCloseTo(dribble.q[i], 9)
    expect(steps(loop, 3)).toBeCloseTo(steps(dribble, 3), 9)
    expect(loop.basePos_w.subarray(3 * start, 3 * start + 2)).toEqual(new Float64Array(2))
  })

  it('is refused outside the motion', () => {
    expect(() => closeLoop(dribble, robot, { start: 10, end: 500 })).toThrow('has frames 0 to 132')
  })

  it('cannot be found in a motion that is too short', () => {
    const short = syntheticClip('dribble', 0.4)
    expect(() =>
      skillReferences([short], robot, { skill: 'dribble', cyclic: true, fps: 30 }),
    ).toThrow('no cycle in 013_synthetic_dribble (0.42 s): a cycle takes at least 0.6 s')
  })
})

describe('resampling', () => {
  it('to every second frame keeps those frames', () => {
    const half = resample(dribble, robot, 30)
    expect(half.nFrames).toBe(67)
    for (let t = 0; t < half.nFrames; t++) {
      for (let k = 0; k < 3; k++) {
        expect(half.basePos_w[3 * t + k]).toBeCloseTo(dribble.basePos_w[6 * t + k], 9)
        expect(half.objectPos_w[3 * t + k]).toBeCloseTo(dribble.objectPos_w[6 * t + k], 9)
        expect(half.objectLinVel_w[3 * t + k]).toBeCloseTo(dribble.objectLinVel_w[6 * t + k], 9)
      }
    }
  })

  it('to a finer rate lets the ball bounce on the floor between frames', () => {
    const fine = resample(dribble, robot, 240)
    const z = Array.from({ length: fine.nFrames }, (_, t) => fine.objectPos_w[3 * t + 2])
    expect(Math.min(...z)).toBeGreaterThanOrEqual(0.12)
    expect(Math.min(...z)).toBeLessThan(0.135)
    // In flight the next state follows from this one.
    let checked = 0
    for (let t = 0; t + 1 < fine.nFrames; t++) {
      const v = fine.objectLinVel_w[3 * t + 2]
      if (fine.label[t] || fine.label[t + 1] || v * fine.objectLinVel_w[3 * t + 5] < 0) continue
      expect(z[t + 1]).toBeCloseTo(z[t] + v / 240 - 9.81 / 2 / 240 ** 2, 6)
      checked++
    }
    expect(checked).toBeGreaterThan(100)
  })

  it('back and forth loses less than a millimetre of the body', () => {
    const back = resample(resample(dribble, robot, 120), robot, 60)
    let worst = 0
    for (let i = 0; i < dribble.linkPos_w.length; i++) {
      worst = Math.max(worst, Math.abs(back.linkPos_w[i] - dribble.linkPos_w[i]))
    }
    expect(worst).toBeLessThan(1e-3)
  })

  it('refuses a rate it cannot have', () => {
    expect(() => resample(dribble, robot, 0)).toThrow('cannot resample to 0 frames/s')
    expect(() => resample(dribble, robot, 0.1)).toThrow('too short for 0.1 frames/s')
  })

  it('cuts a part out', () => {
    const part = cutReference(dribble, robot, 10, 20)
    expect(part.nFrames).toBe(11)
    expect(part.linkPos_w[0]).toBeCloseTo(dribble.linkPos_w[3 * 10 * nLinks], 9)
    expect(() => cutReference(dribble, robot, 20, 10)).toThrow('cannot cut 20 to 10')
  })
})

describe('a mirror image', () => {
  const mirrored = mirrorReference(loop, robot)

  it('of a mirror image is the motion itself', () => {
    const twice = mirrorReference(mirrored, robot)
    for (const key of [
      'basePos_w',
      'q',
      'dq',
      'objectPos_w',
      'objectLinVel_w',
      'contact',
    ] as const) {
      expect(twice[key]).toEqual(loop[key])
    }
    expect(twice.loop).toEqual(loop.loop)
    for (let i = 0; i < loop.linkPos_w.length; i++) {
      expect(twice.linkPos_w[i]).toBeCloseTo(loop.linkPos_w[i], 9)
      expect(twice.linkLinVel_w[i]).toBeCloseTo(loop.linkLinVel_w[i], 9)
    }
  })

  it('has every link where a mirror shows it, moving as a mirror shows it', () => {
    const twin = robot.mirror!.link
    for (let t = 0; t < loop.nFrames; t++) {
      for (let i = 0; i < nLinks; i++) {
        for (let k = 0; k < 3; k++) {
          const sign = k === 1 ? -1 : 1
          const at = 3 * (t * nLinks + i) + k
          const from = 3 * (t * nLinks + twin[i]) + k
          expect(mirrored.linkPos_w[at]).toBeCloseTo(sign * loop.linkPos_w[from], 9)
          expect(mirrored.linkLinVel_w[at]).toBeCloseTo(sign * loop.linkLinVel_w[from], 9)
        }
      }
    }
  })

  it('dribbles with the other hand and still closes', () => {
    for (let t = 0; t < loop.nFrames; t++) {
      expect(mirrored.contact[2 * t]).toBeCloseTo(loop.contact[2 * t + 1], 9)
    }
    expect(seamError(mirrored, nLinks)).toBeLessThan(1e-9)
  })
})

describe('a bent motion', () => {
  it('turns at the rate asked, keeps its speed and still closes', () => {
    const bent = turnReference(loop, robot, 0.8)
    expect(bent.loop!.yaw).toBeCloseTo(loop.loop!.yaw + (0.8 * 54) / 60, 9)
    expect(seamError(bent, nLinks)).toBeLessThan(1e-9)
    expect(bent.q).toEqual(loop.q)
    const { start } = loop.loop!
    for (let t = start + 1; t + 1 < bent.nFrames; t++) {
      const speed = (r: Reference) => Math.hypot(r.baseLinVel_w[3 * t], r.baseLinVel_w[3 * t + 1])
      expect(speed(bent)).toBeCloseTo(speed(loop), 3)
      expect(bent.baseAngVel_w[3 * t + 2]).toBeCloseTo(loop.baseAngVel_w[3 * t + 2] + 0.8, 2)
    }
  })

  it('lets a free ball fly straight, not along the curve', () => {
    const bent = turnReference(loop, robot, 0.8)
    let checked = 0
    for (let t = loop.loop!.start; t + 2 < bent.nFrames; t++) {
      const v = bent.objectLinVel_w
      if (bent.label[t] || bent.label[t + 1] || v[3 * t + 2] * v[3 * t + 5] < 0) continue
      expect(v[3 * t]).toBeCloseTo(v[3 * t + 3], 9)
      expect(v[3 * t + 1]).toBeCloseTo(v[3 * t + 4], 9)
      checked++
    }
    expect(checked).toBeGreaterThan(10)
  })

  it('by nothing is the motion itself', () => {
    const same = turnReference(loop, robot, 0)
    for (let i = 0; i < loop.linkPos_w.length; i++) {
      expect(same.linkPos_w[i]).toBeCloseTo(loop.linkPos_w[i], 6)
    }
  })
})

it('a loop moved forward and back is where it was', () => {
  const seam = loopTransform(turnReference(loop, robot, 1))
  const p = Float64Array.of(1, 2, 3)
  seam.point(p, 0, 1)
  seam.point(p, 0, -1)
  expect([...p].map((x) => Math.round(x * 1e9) / 1e9)).toEqual([1, 2, 3])
})
