import { demos, loadPolicy } from '@skillweave/demos/live'
import { createFrame, type Frame, handBits, noBody } from '@skillweave/protocol'
import type { StreamClient } from '@skillweave/stream/client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type PausedRun, startPaused } from '../support/paused-run.ts'
import { trainUntrainedScoring } from '../support/untrained-scoring.ts'

let run: PausedRun
let client: StreamClient
let robots: PausedRun['robots']
const newest: Record<string, Frame> = {}

beforeAll(async () => {
  const policy = await trainUntrainedScoring()
  run = await startPaused(
    await demos.basketball.load({ seed: 3, policy }, loadPolicy),
    3,
    keepNewest,
  )
  client = run.client
  robots = run.robots
})
afterAll(() => run.finish())

function keepNewest(from: StreamClient): void {
  for (const name of ['view.blend', 'view.contacts']) {
    from.frames(name).subscribe(({ channel, frame }) => {
      newest[name] ??= createFrame(channel)
      newest[name].time_s = frame.time_s
      for (const [field, values] of Object.entries(frame.values)) {
        newest[name].values[field].set(values)
      }
    })
  }
}

const dt_s = 1 / 30
/** Take steps; the run's state then, when the frames of that moment have come too. */
const step = (count: number) =>
  run.step(count, (wanted_s) => (newest['view.blend']?.time_s ?? 0) > wanted_s)

it('weights set on some joints act there and nowhere else, and are seen', async () => {
  const { dofNames } = robots.list[0]
  const joints = dofNames.filter((name) => name.startsWith('leftUpperArm'))
  await client.call('skill.weights', { weights: { shot: 0.75 }, joints, mode: 'override' })
  await step(2)
  const { values } = newest['view.blend']
  const n = dofNames.length
  const shot = values.jointWeights.subarray(4 * n, 5 * n)
  dofNames.forEach((name, j) => {
    if (joints.includes(name)) expect(shot[j]).toBeCloseTo(0.75, 2)
    else expect(shot[j]).toBeLessThan(0.5)
  })
  for (let j = 0; j < n; j++) {
    let sum = 0
    for (let k = 0; k < 5; k++) sum += values.jointWeights[k * n + j]
    // Five bytes, each rounded.
    expect(Math.abs(sum - 1)).toBeLessThan(0.01)
  }
  expect(values.override[0]).toBe(handBits.weights)
})

it('a run taken back does with its hands what it did before', async () => {
  const at = await step(17)
  await client.call('skill.weights', { weights: { dribbleLeft: 1 }, mode: 'override' })
  await step(11)
  await client.call('skill.weights', { weights: null, mode: 'override' })
  const middle = await step(8)
  const after = await step(40)
  const back = await client.call('world.rewind', { time_s: middle.time_s })
  expect(back).toMatchObject({ exact: true })
  expect((await step(40)).hash).toBe(after.hash)
  expect(newest['view.blend'].values.override[0]).toBe(0)
  expect(await client.call('world.rewind', { time_s: at.time_s })).toMatchObject({ exact: true })
  expect((await step(59)).hash).not.toBe(after.hash)
})

it('weights reach what a hand asks on a ramp, and on the way again after a rewind', async () => {
  await client.call('skill.weights', { weights: null, mode: 'override' })
  const before = await step(1)
  await client.call('skill.weights', { weights: { shot: 1 }, mode: 'override', ramp_s: 6 * dt_s })
  await step(3)
  const shot = newest['view.blend'].values.weights[4]
  expect(shot).toBeGreaterThan(0.4)
  expect(shot).toBeLessThan(0.9)
  const middle = await step(1)
  await step(2)
  expect(newest['view.blend'].values.weights[4]).toBeCloseTo(1, 2)
  const after = await step(10)
  const back = await client.call('world.rewind', { time_s: middle.time_s })
  expect(back).toMatchObject({ exact: true })
  expect((await step(12)).hash).toBe(after.hash)
  await client.call('skill.weights', { weights: null, mode: 'override', ramp_s: 3 * dt_s })
  await step(1)
  expect(newest['view.blend'].values.override[0]).toBe(handBits.weights)
  const end = await step(3)
  expect(newest['view.blend'].values.override[0]).toBe(0)
  expect(end.time_s).toBeGreaterThan(before.time_s)
})

it('what cannot be done is refused with what can', async () => {
  const weights = (params: object) =>
    client.call('skill.weights', { weights: { shot: 1 }, mode: 'override', ...params })
  await expect(weights({ weights: { shto: 1 } })).rejects.toThrow(
    'no skill "shto"; this controller blends dribbleForward',
  )
  await expect(weights({ weights: { shot: 1.5 } })).rejects.toThrow('shot')
  await expect(weights({ joints: ['tail'] })).rejects.toThrow('no joint "tail"; there are')
  await expect(weights({ mode: 'bias' })).rejects.toThrow('no bias')
  await expect(client.call('skill.goal', { skill: 'shot', goal: { hoopX_m: 1 } })).rejects.toThrow(
    'the goals of these skills cannot be set by hand',
  )
  await client.call('skill.select', { skill: null })
  await step(1)
  expect(newest['view.blend'].values.override[0]).toBe(0)
})

it('the floor that carries the player is told, and a kick with its force', async () => {
  await client.call('world.reset', { seed: 4 })
  await new Promise((r) => setTimeout(r, 300))
  const weight = 9.81 * robots.list[0].links.reduce((m, l) => m + l.mass, 0)
  // One step may find the player in the air.
  let greatest = 0
  for (let i = 0; i < 20; i++) {
    await step(1)
    const { values } = newest['view.contacts']
    let up = 0
    for (let k = 0; k < values.count[0]; k++) {
      // Links come after the ground and two objects.
      if (values.bodyA[k] >= 3 && values.bodyB[k] === 0) up += values.force_w[3 * k + 2]
    }
    greatest = Math.max(greatest, up)
    expect(values.push[0]).toBe(noBody)
  }
  expect(greatest).toBeGreaterThan(0.5 * weight)
  expect(greatest).toBeLessThan(10 * weight)
  const { id, links } = robots.list[0]
  await client.call('world.kick', { robot: id, link: links[2].name, impulse_w: [2, 0, 0] })
  await step(1)
  expect(newest['view.contacts'].values.push[0]).toBe(3 + 2)
  expect(newest['view.contacts'].values.pushForce_w[0]).toBeCloseTo(2 / dt_s, 3)
})
