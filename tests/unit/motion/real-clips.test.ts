import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { robotByName } from '@skillweave/model'
import {
  bodyErrors,
  checkClip,
  closeLoop,
  findLoops,
  type Reference,
  readClip,
  repairClip,
  retarget,
} from '@skillweave/motion'
import { readTorchTensor } from '@skillweave/torch-files'
import { describe, expect, it } from 'vitest'
import { lowestSole, palmToBall, seamError } from '../../support/references.ts'

const data = process.env.SKILLWEAVE_DATA
const folder = data ? join(data, 'ballplay-m') : ''
const present = data !== undefined && existsSync(folder)
if (!present) console.info('real clips are not checked: SKILLWEAVE_DATA has no ballplay-m')

const robot = robotByName('ballplayer')
const filesOf = (skill: string) =>
  readdirSync(join(folder, skill))
    .filter((f) => f.endsWith('.pt'))
    .sort()
    .map((f) => join(folder, skill, f))
const load = (path: string) => readClip(readFileSync(path), path)
const first = (skill: string) => load(filesOf(skill)[0])
const fit = (skill: string): Reference => retarget(first(skill), robot).reference

describe.skipIf(!present)('BallPlay-M', () => {
  it('reads completely', () => {
    const skills = readdirSync(folder, { withFileTypes: true }).filter((e) => e.isDirectory())
    expect(skills.length).toBeGreaterThanOrEqual(5)
    for (const skill of skills) {
      const clip = first(skill.name)
      expect(clip.nFrames).toBeGreaterThan(40)
      expect(clip.label.every((x) => x === 0 || x === 1)).toBe(true)
    }
    expect(first('run').skillNumber).toBe(13)
  })

  it('has files of ParaHome refused for their columns', () => {
    const household = join(data ?? '', 'skillmimic-v2')
    if (!existsSync(household)) return
    const other = readdirSync(household, { recursive: true, encoding: 'utf8' })
      .filter((f) => f.endsWith('.pt'))
      .map((f) => join(household, f))
      .find((f) => readTorchTensor(readFileSync(f)).shape[1] !== 337)
    if (other) expect(() => load(other)).toThrow(/expected \[frames, 337\]/)
  })

  it('agrees with forward kinematics as well as it ever did', () => {
    for (const skill of ['run', 'shot_style1', 'layup']) {
      const e = bodyErrors(first(skill))
      for (const body of ['L_Knee', 'R_Knee', 'L_Ankle', 'R_Ankle'])
        expect(e[body]).toBeLessThan(0.03)
      for (const body of ['Head', 'L_Shoulder', 'R_Shoulder']) expect(e[body]).toBeLessThan(0.04)
      for (const body of ['L_Wrist', 'R_Wrist']) expect(e[body]).toBeLessThan(0.06)
    }
  })

  it('has its 18-link reduction near the stored bodies', () => {
    const clip = first('run')
    const { reference } = retarget(clip, robot, { hands: 'recorded' })
    const mean = (link: string, body: number) => {
      const l = robot.model.links.findIndex((x) => x.name === link)
      let sum = 0
      for (let t = 0; t < clip.nFrames; t++) {
        const a = 3 * (t * robot.model.links.length + l)
        const b = 3 * (t * 53 + body)
        // Without the lift that puts the soles on the floor.
        const lift = reference.basePos_w[3 * t + 2] - clip.rootPos_w[3 * t + 2]
        sum += Math.hypot(
          reference.linkPos_w[a] - clip.bodyPos_w[b],
          reference.linkPos_w[a + 1] - clip.bodyPos_w[b + 1],
          reference.linkPos_w[a + 2] - lift - clip.bodyPos_w[b + 2],
        )
      }
      return sum / clip.nFrames
    }
    expect(mean('head', 13)).toBeLessThan(0.03)
    expect(mean('rightUpperArm', 35)).toBeLessThan(0.03)
    expect(mean('rightForearm', 36)).toBeLessThan(0.045)
    expect(mean('rightHand', 37)).toBeLessThan(0.065)
    expect(mean('leftFoot', 3)).toBeLessThan(0.035)
  })

  it('turns without a jump of the root once repaired', () => {
    const clip = first('turn')
    const jump = (rot: Float64Array) => {
      let worst = 0
      for (let i = 3; i < rot.length; i += 3) {
        worst = Math.max(worst, Math.hypot(...[0, 1, 2].map((k) => rot[i + k] - rot[i + k - 3])))
      }
      return worst
    }
    expect(checkClip(clip).map((p) => p.kind)).toContain('rotationJump')
    expect(jump(clip.rootRot)).toBeGreaterThan(5)
    expect(jump(repairClip(clip).clip.rootRot)).toBeLessThan(0.3)
  })

  it('shows shots whose balls fly on parabolas within 8 mm of the recording', () => {
    for (const skill of ['shot_style1', 'shot_style2', 'shot_style3']) {
      const clip = first(skill)
      const { reference, report } = retarget(clip, robot)
      const flight = report.flights.flights.at(-1)!
      expect(flight.to - flight.from).toBeGreaterThan(30)
      const errors: number[] = []
      for (let t = Math.ceil(flight.from) + 3; t <= flight.to; t++) {
        errors.push(
          Math.hypot(
            ...[0, 1, 2].map((k) => reference.objectPos_w[3 * t + k] - clip.ballPos_w[3 * t + k]),
          ),
        )
      }
      errors.sort((a, b) => a - b)
      expect(errors[Math.floor(errors.length / 2)]).toBeLessThan(0.008)
    }
  })

  it('retargets to motions with soles on the floor and palms at the ball', () => {
    for (const skill of ['run', 'rrun', 'pick_40', 'shot_style1', 'catch']) {
      const r = fit(skill)
      expect(Math.min(...lowestSole(r, robot))).toBeGreaterThan(-1e-3)
      let touching = 0
      let labelled = 0
      for (let t = 0; t < r.nFrames; t++) {
        expect(r.objectPos_w[3 * t + 2]).toBeGreaterThanOrEqual(0.12 - 1e-9)
        if (r.label[t] < 0.5) continue
        labelled++
        if (Math.min(palmToBall(r, robot, t, 0), palmToBall(r, robot, t, 1)) < 0.16) touching++
      }
      // Labels reach beyond the contact at both ends.
      expect(touching / labelled).toBeGreaterThan(0.65)
    }
  })

  it('closes dribbles into cycles', () => {
    for (const [skill, frames, mismatch] of [
      ['run', 50, 0.3],
      ['rrun', 50, 0.25],
      ['lrun', 46, 1],
    ] as const) {
      const r = fit(skill)
      const [best] = findLoops(r, robot)
      expect(best.end - best.start).toBe(frames)
      expect(best.mismatch).toBeLessThan(mismatch)
      expect(seamError(closeLoop(r, robot, best), robot.model.links.length)).toBeLessThan(1e-9)
    }
  })
})
