import { demos, loadPolicy, runLive } from '@skillweave/demos/live'
import {
  createFrame,
  type Frame,
  handBits,
  noBody,
  type RobotsMessage,
  type WorldMessage,
} from '@skillweave/protocol'
import { createStreamClient, type StreamClient } from '@skillweave/stream/client'
import { createHub } from '@skillweave/stream/hub'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { trainUntrainedScoring } from '../support/untrained-scoring.ts'

let client: StreamClient
let world: WorldMessage
let robots: RobotsMessage
let finish: () => Promise<void>
const newest: Record<string, Frame> = {}

beforeAll(async () => {
  const policy = await trainUntrainedScoring()
  const hub = createHub()
  const { port1, port2 } = new MessageChannel()
  hub.acceptPort(port1)
  client = createStreamClient({ port: port2, role: 'operator' })
  const stop = new AbortController()
  const session = await demos.basketball.load({ seed: 3, policy }, loadPolicy)
  const running = runLive({ session, hub, seed: 3, unpaced: true, signal: stop.signal })
  client.world$.subscribe((w) => {
    world = w
  })
  for (const name of ['view.blend', 'view.contacts']) {
    client.frames(name).subscribe(({ channel, frame }) => {
      newest[name] ??= createFrame(channel)
      newest[name].time_s = frame.time_s
      for (const [field, values] of Object.entries(frame.values)) {
        newest[name].values[field].set(values)
      }
    })
  }
  await new Promise<void>((resolve) => {
    client.robots$.subscribe((r) => {
      robots = r
      resolve()
    })
  })
  finish = async () => {
    stop.abort()
    await running
    client.close()
    hub.dispose()
    session.env.dispose()
  }
  await client.call('world.pause', { paused: true })
})
afterAll(() => finish())

const dt_s = 1 / 30
/** Take steps; the run's state then, when the frames of that moment have come too. */
async function step(count: number): Promise<NonNullable<WorldMessage['state']>> {
  const wanted_s = (world.state?.time_s ?? 0) + count * dt_s
  await client.call('world.step', { count, unit: 'control' })
  const isThere = (): boolean =>
    (world.state?.time_s ?? 0) > wanted_s - dt_s / 2 &&
    (newest['view.blend']?.time_s ?? 0) > wanted_s - dt_s / 2
  while (!isThere()) await new Promise((r) => setTimeout(r, 5))
  if (!world.state) throw new Error('the run is not paused')
  return world.state
}

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

it('what cannot be done is refused with what can', async () => {
  const weights = (params: object) =>
    client.call('skill.weights', { weights: { shot: 1 }, mode: 'override', ...params })
  await expect(weights({ weights: { shto: 1 } })).rejects.toThrow(
    'no skill "shto"; this controller blends dribbleForward',
  )
  await expect(weights({ weights: { shot: 1.5 } })).rejects.toThrow('shot')
  await expect(weights({ joints: ['tail'] })).rejects.toThrow('no joint "tail"; there are')
  await expect(weights({ mode: 'bias' })).rejects.toThrow('no bias, no ramp')
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
