import { demos, loadShippedPolicy, type PlannedKick, runLive } from '@skillweave/demos/live'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type PausedRun, startPaused } from '../support/paused-run.ts'

let run: PausedRun
let client: PausedRun['client']
let step: PausedRun['step']

beforeEach(async () => {
  run = await startPaused(await demos.arm.load({ seed: 3 }, loadShippedPolicy), 3)
  client = run.client
  step = run.step
})
afterEach(() => run.finish())

it('a run taken back goes through the same states again, bit for bit', async () => {
  const at = await step(137)
  const future = [await step(1), await step(60), await step(400)]
  const back = await client.call('world.rewind', { time_s: at.time_s })
  expect(back).toEqual({ time_s: at.time_s, exact: true })
  expect(run.state().hash).toBe(at.hash)
  expect([await step(1), await step(60), await step(400)]).toEqual(future)
})

it('what was done to the run is done again on the way to the moment', async () => {
  await step(40)
  await client.call('world.kick', {
    robot: 'robot-0',
    link: run.robots.list[0].links[3].name,
    impulse_w: [1, 2, 0],
  })
  await step(3)
  await client.call('target.place', { target: 'target', pos_w: [0.3, 0.2, 0.5] })
  const at = await step(15)
  const after = await step(100)
  expect(await client.call('world.rewind', { time_s: at.time_s })).toMatchObject({ exact: true })
  expect(await step(100)).toEqual(after)
})

it('a run that is told its kicks beforehand is the run they were given in', async () => {
  const before = await step(40)
  const kick = { link: run.robots.list[0].links[3].name, impulse_w: [1, 2, 0] as const }
  await client.call('world.kick', { robot: 'robot-0', ...kick })
  const after = await step(60)
  const hashOf = async (kicks: readonly PlannedKick[]) => {
    const session = await demos.arm.load({ seed: 3 }, loadShippedPolicy)
    const { time_s } = after
    const { hash } = await runLive({ session, seed: 3, seconds: time_s, holdAt_s: time_s, kicks })
    session.env.dispose()
    return hash
  }
  expect(await hashOf([{ time_s: before.time_s, ...kick }])).toBe(after.hash)
  expect(await hashOf([])).not.toBe(after.hash)
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
