import { quatAngleAt } from '@skillweave/math'
import { bindKinematics, robotByName } from '@skillweave/model'
import {
  ballPlayLinks,
  bodyPoses,
  findBounces,
  type Reference,
  retarget,
  syntheticClip,
} from '@skillweave/motion'
import { describe, expect, it } from 'vitest'
import { lowestSole, palmToBall } from '../../support/references.ts'

const robot = robotByName('ballplayer')
const dribble = retarget(syntheticClip('dribble', 2), robot)
const hold = retarget(syntheticClip('hold', 1), robot)
const thrown = retarget(syntheticClip('throw', 1.5), robot)

describe('a retargeted clip', () => {
  it('keeps the recorded orientation of links that no correction touches', () => {
    const clip = syntheticClip('dribble', 1)
    const { quat } = bodyPoses(clip)
    const { reference } = retarget(clip, robot)
    const chest = robot.model.links.findIndex((l) => l.name === 'chest')
    const shin = robot.model.links.findIndex((l) => l.name === 'leftShin')
    for (let t = 0; t < clip.nFrames; t++) {
      for (const [link, body] of [
        [0, 0],
        [chest, 12],
        [shin, 2],
      ]) {
        const i = 4 * (t * robot.model.links.length + link)
        expect(quatAngleAt(reference.linkQuat_w, i, quat, 4 * (t * 53 + body))).toBeLessThan(1e-6)
      }
    }
  })

  it('has link poses and velocities that follow exactly from its joint coordinates', () => {
    const { reference } = dribble
    const kinematics = bindKinematics(robot.model)
    const pos = reference.linkPos_w.slice()
    const quat = reference.linkQuat_w.slice()
    for (let t = 0; t < reference.nFrames; t++) kinematics.poses({ pos, quat }, reference.q, t)
    expect(pos).toEqual(reference.linkPos_w)
    expect(quat).toEqual(reference.linkQuat_w)
  })

  it('has link velocities that agree with differences of its link positions', () => {
    const { reference } = dribble
    const width = 3 * robot.model.links.length
    let worst = 0
    for (let t = 1; t + 1 < reference.nFrames; t++) {
      for (let i = 0; i < width; i++) {
        const x = reference.linkPos_w
        const v = ((x[(t + 1) * width + i] - x[(t - 1) * width + i]) * reference.fps) / 2
        worst = Math.max(worst, Math.abs(v - reference.linkLinVel_w[t * width + i]))
      }
    }
    // Chained central differences of rotations: second order in the frame time.
    expect(worst).toBeLessThan(0.2)
  })

  it('stands on the floor, not in it', () => {
    for (const { reference } of [dribble, hold, thrown]) {
      const lowest = lowestSole(reference, robot)
      expect(Math.min(...lowest)).toBeGreaterThan(-1e-3)
      expect(Math.min(...lowest)).toBeLessThan(0.01)
    }
  })

  it('has the ball on the palm wherever it says so', () => {
    for (const { reference } of [dribble, hold, thrown]) {
      for (let t = 0; t < reference.nFrames; t++) {
        for (const hand of [0, 1]) {
          const d = palmToBall(reference, robot, t, hand)
          expect(reference.contact[2 * t + hand]).toBeCloseTo(
            1 / (1 + Math.exp((d - 0.22) / 0.04)),
            9,
          )
          if (reference.contact[2 * t + hand] > 0.5) expect(d).toBeLessThan(0.22)
        }
      }
    }
  })

  it('touches with both palms when both hands hold', () => {
    const { reference } = hold
    for (let t = 3; t < reference.nFrames - 3; t++) {
      for (const hand of [0, 1]) {
        expect(Math.abs(palmToBall(reference, robot, t, hand) - 0.119)).toBeLessThan(0.01)
      }
    }
  })

  it('never has the ball in the floor', () => {
    for (const { reference } of [dribble, hold, thrown]) {
      for (let t = 0; t < reference.nFrames; t++) {
        expect(reference.objectPos_w[3 * t + 2]).toBeGreaterThanOrEqual(0.12 - 1e-12)
      }
    }
  })

  it('lets the ball fly on parabolas with consistent velocities', () => {
    const { reference, report } = thrown
    const [flight] = report.flights.flights
    expect(flight.to - flight.from).toBeGreaterThan(30)
    for (let t = Math.ceil(flight.from); t + 1 < flight.to; t++) {
      expect(flightError(reference, t)).toBeLessThan(1e-9)
    }
  })

  it('gives the ball one-sided velocities at a bounce, never a stop in mid-air', () => {
    const { reference } = dribble
    const bounces = findBounces(reference.objectPos_w, reference.fps)
    expect(bounces.map((b) => b.frame)).toEqual([9, 63, 117])
    for (const { frame } of bounces) {
      const vz = (t: number) => reference.objectLinVel_w[3 * t + 2]
      expect(vz(frame)).toBeLessThan(-4)
      expect(vz(frame + 1)).toBeGreaterThan(3)
    }
  })

  it('leaves the clip alone', () => {
    const clip = syntheticClip('throw', 1)
    const copy = structuredClone(clip)
    retarget(clip, robot)
    expect(clip).toEqual(copy)
  })

  it('refuses a robot whose links it cannot place, naming them', () => {
    expect(() => retarget(syntheticClip('hold', 0.5), robotByName('h1'))).toThrow(
      /cannot retarget to h1: no skeleton body for .*pelvis|cannot retarget to h1: no skeleton body for/,
    )
    const { head: _, ...headless } = ballPlayLinks
    expect(() => retarget(syntheticClip('hold', 0.5), robot, { links: headless })).toThrow(
      'no skeleton body for head',
    )
  })
})

/** How far the ball is from where its state one frame earlier would take it in free flight, m. */
function flightError(r: Reference, t: number): number {
  const dt = 1 / r.fps
  return Math.hypot(
    ...[0, 1, 2].map((k) => {
      const fall = k === 2 ? (9.81 * dt * dt) / 2 : 0
      const expected = r.objectPos_w[3 * t + k] + r.objectLinVel_w[3 * t + k] * dt - fall
      return expected - r.objectPos_w[3 * (t + 1) + k]
    }),
  )
}
