import { demos, loadShippedPolicy, runLive } from '@skillweave/demos/live'
import type { RobotsMessage, WorldMessage } from '@skillweave/protocol'
import { createStreamClient, type StreamClient } from '@skillweave/stream/client'
import { createHub } from '@skillweave/stream/hub'
import { afterEach, beforeEach, expect, it } from 'vitest'

let client: StreamClient
let world: WorldMessage
let robots: RobotsMessage
let finish: () => Promise<void>

beforeEach(async () => {
  const hub = createHub()
  const { port1, port2 } = new MessageChannel()
  hub.acceptPort(port1)
  client = createStreamClient({ port: port2, role: 'operator' })
  const stop = new AbortController()
  const session = await demos.arm.load({ seed: 3 }, loadShippedPolicy)
  const running = runLive({ session, hub, seed: 3, unpaced: true, signal: stop.signal })
  client.world$.subscribe((w) => {
    world = w
  })
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
afterEach(() => finish())

/** What the paused run's state is. */
async function state(): Promise<NonNullable<WorldMessage['state']>> {
  if (!world.state) throw new Error('the run is not paused')
  return world.state
}

/** Take steps, and what the run's state is then. */
async function step(count: number): Promise<NonNullable<WorldMessage['state']>> {
  const wanted = (await state()).time_s + count * 0.02
  await client.call('world.step', { count, unit: 'control' })
  while ((world.state?.time_s ?? 0) < wanted - 0.01) await new Promise((r) => setTimeout(r, 5))
  return state()
}

it('a run taken back goes through the same states again, bit for bit', async () => {
  const at = await step(137)
  const future = [await step(1), await step(60), await step(400)]
  const back = await client.call('world.rewind', { time_s: at.time_s })
  expect(back).toEqual({ time_s: at.time_s, exact: true })
  expect((await state()).hash).toBe(at.hash)
  expect([await step(1), await step(60), await step(400)]).toEqual(future)
})

it('what was done to the run is done again on the way to the moment', async () => {
  await step(40)
  await client.call('world.kick', {
    robot: 'robot-0',
    link: robots.list[0].links[3].name,
    impulse_w: [1, 2, 0],
  })
  await step(3)
  await client.call('target.place', { target: 'target', pos_w: [0.3, 0.2, 0.5] })
  const at = await step(15)
  const after = await step(100)
  expect(await client.call('world.rewind', { time_s: at.time_s })).toMatchObject({ exact: true })
  expect(await step(100)).toEqual(after)
})

it('something else done after a rewind gives another future, and the old one is forgotten', async () => {
  const at = await step(60)
  const after = await step(60)
  await client.call('world.rewind', { time_s: at.time_s })
  await client.call('target.place', { target: 'target', pos_w: [0.3, -0.2, 0.4] })
  expect((await step(60)).hash).not.toBe(after.hash)
})

it('twice to the same place, and further back than that', async () => {
  const early = await step(30)
  const at = await step(70)
  await step(50)
  await client.call('world.rewind', { time_s: at.time_s })
  const first = await step(50)
  await client.call('world.rewind', { time_s: at.time_s })
  expect(await step(50)).toEqual(first)
  expect(await client.call('world.rewind', { time_s: early.time_s })).toMatchObject({ exact: true })
  expect(await step(70)).toEqual(at)
})

it('a moment that is not kept any more is refused with what there is', async () => {
  await step(20)
  await client.call('world.reset', { seed: 5 })
  await new Promise((r) => setTimeout(r, 200))
  const refusal = client.call('world.rewind', { time_s: 0.1 })
  await expect(refusal).rejects.toThrow(/can be taken back to \d+\.\d s, not to 0\.1 s/)
})
