import { robotByName } from '@skillweave/model'
import {
  buildLibrary,
  type Reference,
  readReferences,
  syntheticClip,
  transitionGraph,
  writeReferences,
} from '@skillweave/motion'
import { describe, expect, it } from 'vitest'

const robot = robotByName('ballplayer')
const dribble = syntheticClip('dribble', 2.2)
const { references, reports } = buildLibrary(robot, [
  { skill: 'dribble', clips: [dribble], cyclic: true, fps: 30 },
  { skill: 'dribbleLeft', clips: [dribble], cyclic: true, fps: 30, turn: 0.8 },
  { skill: 'otherHand', clips: [dribble], cyclic: true, fps: 30, mirrored: true },
  { skill: 'throw', clips: [syntheticClip('throw', 1.5)], cyclic: false, fps: 30 },
])

const everyNumber = (r: Reference): number[] =>
  Object.values(r).flatMap((x) => (x instanceof Float64Array ? [...x] : []))

describe('a library', () => {
  it('holds every skill at the rate asked, finite, with rows of the right length', () => {
    expect(references.map((r) => r.skill)).toEqual(['dribble', 'dribbleLeft', 'otherHand', 'throw'])
    for (const r of references) {
      expect(r.fps).toBe(30)
      expect(everyNumber(r).every(Number.isFinite)).toBe(true)
      expect(r.q.length).toBe(r.nFrames * robot.qDefault.length)
      expect(r.linkQuat_w.length).toBe(r.nFrames * robot.model.links.length * 4)
      expect(r.contact.length).toBe(2 * r.nFrames)
      expect(r.contact.every((c) => c >= 0 && c <= 1)).toBe(true)
    }
    expect(references.map((r) => r.loop !== undefined)).toEqual([true, true, true, false])
  })

  it('reports what it found in each clip and what it changed', () => {
    expect(reports.map((r) => r.skill)).toEqual(references.map((r) => r.skill))
    expect(reports[0].problems.map((p) => p.kind)).toEqual(['frozenFingers'])
    expect(reports[0].fit.flights.flights.length).toBeGreaterThan(3)
  })

  it('is the same every time', () => {
    const again = buildLibrary(robot, [
      { skill: 'dribble', clips: [dribble], cyclic: true, fps: 30 },
    ])
    expect(again.references[0]).toEqual(references[0])
  })

  it('says which skill has no clips', () => {
    expect(() =>
      buildLibrary(robot, [{ skill: 'dunk', clips: [], cyclic: false, fps: 30 }]),
    ).toThrow('no clips for the skill "dunk"')
  })
})

describe('a file of motions', () => {
  const bytes = writeReferences(references, robot)

  it('gives the motions back to 32-bit accuracy', () => {
    const read = readReferences(bytes, robot)
    read.forEach((r, i) => {
      const { name, skill, fps, nFrames, loop } = references[i]
      expect(r).toMatchObject({ name, skill, fps, nFrames, ...(loop ? { loop } : {}) })
      const a = everyNumber(r)
      everyNumber(references[i]).forEach((x, j) => {
        if (Math.abs(a[j] - x) > 1e-5 * (1 + Math.abs(x))) expect(a[j]).toBeCloseTo(x, 5)
      })
    })
  })

  it('is refused when damaged, foreign or for another robot', () => {
    const damaged = bytes.slice()
    damaged[3000] ^= 4
    expect(() => readReferences(damaged, robot)).toThrow('damaged or cut off')
    expect(() => readReferences(bytes.subarray(0, 500), robot)).toThrow('damaged or cut off')
    expect(() => readReferences(new Uint8Array(20), robot)).toThrow('not a file of motions')
    expect(() => readReferences(bytes, robotByName('h1'))).toThrow(
      'the motions are for ballplayer (51',
    )
  })
})

describe('transitions', () => {
  const graph = transitionGraph(references, robot)

  it('lead from every dribble frame to a frame of the bent dribble in the same phase', () => {
    const { start } = references[0].loop!
    for (let t = start; t < references[0].nFrames - 1; t++) {
      expect(graph.match[0][t][1]).toBe(t)
      expect(graph.similarity[0][t][1]).toBeGreaterThan(0.3)
    }
  })

  it('never lead to the same skill, nor to the end of a clip', () => {
    references.forEach((a, i) => {
      for (let t = 0; t < a.nFrames; t++) {
        expect(graph.match[i][t][i]).toBe(-1)
        expect(graph.match[i][t][3]).toBeLessThan(references[3].nFrames - 4)
      }
    })
  })

  it('are dropped where nothing is similar', () => {
    const strict = transitionGraph(references, robot, { similarityMin: 0.9999 })
    expect(strict.match[0].every((row) => row[3] === -1)).toBe(true)
    expect(strict.similarity[0].every((row) => row[3] === 0)).toBe(true)
  })
})
