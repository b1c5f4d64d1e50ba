import { demos, runLive } from '@skillweave/demos/live'
import type { MethodParams, WorldMessage } from '@skillweave/protocol'
import { createStreamClient, type StreamClient } from '@skillweave/stream/client'
import { createHub } from '@skillweave/stream/hub'
import { primitives } from '@skillweave/tasks'
import { afterEach, describe, expect, it } from 'vitest'
import { madeUpPolicy } from '../support/humanoid-policies.ts'

type Values = Readonly<Record<string, readonly number[]>>

interface Run {
  readonly client: StreamClient
  world(): WorldMessage
  /** Take control steps; the run's state after them. */
  step(count: number): Promise<NonNullable<WorldMessage['state']>>
  /** The frame of a channel that belongs to the run's state. */
  values(channel: string): Promise<Values>
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5))

let finish: () => Promise<void>
afterEach(() => finish())

async function start(name: keyof typeof demos, controller?: string): Promise<Run> {
  const hub = createHub()
  const { port1, port2 } = new MessageChannel()
  hub.acceptPort(port1)
  const client = createStreamClient({ port: port2, role: 'operator' })
  const policyNames = ['blend', 'scalar', 'flat'].map((c) => `${name}-h1-${c}`)
  const kinds = Object.hasOwn(primitives, name) ? {} : { policyNames }
  const options = { seed: 3, ...(controller ? { controller } : {}), ...kinds }
  const session = await demos[name].load(options, madeUpPolicy)
  const stop = new AbortController()
  // Held at its first step: what happens before a call arrives would depend on the machine.
  const how = { unpaced: true, holdAt_s: 0.02, signal: stop.signal }
  const running = runLive({ session, hub, seed: 3, ...how })
  let world: WorldMessage | undefined
  const newest: Record<string, { readonly time_s: number; readonly values: Values }> = {}
  for (const channel of ['view.blend', 'view.signals']) {
    client.frames(channel).subscribe(({ frame }) => {
      const values = Object.entries(frame.values).map(([k, v]) => [k, Array.from(v)] as const)
      newest[channel] = { time_s: frame.time_s, values: Object.fromEntries(values) }
    })
  }
  client.world$.subscribe((w) => {
    world = w
  })
  while (!world?.state) await pause()
  finish = async () => {
    stop.abort()
    await running
    client.close()
    hub.dispose()
    session.env.dispose()
  }
  const state = (): NonNullable<WorldMessage['state']> => {
    if (!world?.state) throw new Error('the run is not paused')
    return world.state
  }
  return {
    client,
    world: () => world as WorldMessage,
    values: async (channel) => {
      while (!(newest[channel]?.time_s > state().time_s - 1e-6)) await pause()
      return newest[channel].values
    },
    step: async (count) => {
      const wanted = state().time_s + count * 0.02
      await client.call('world.step', { count, unit: 'control' })
      while ((world?.state?.time_s ?? 0) < wanted - 0.01) await pause()
      return state()
    },
  }
}

const weights = (w: MethodParams<'skill.weights'>['weights'], joints?: readonly string[]) =>
  ({ weights: w, mode: 'override', ...(joints ? { joints } : {}) }) as const

describe('a SkillBench task as it runs', { timeout: 300_000 }, () => {
  it('goes back through goals, weights by hand, another controller and an episode’s end, bit for bit', async () => {
    const { client, step } = await start('box-push')
    const at = await step(20)
    await client.call('skill.weights', weights({ reaching: 1 }))
    await step(10)
    await client.call('skill.goal', { skill: 'walking', goal: { linVelX_mps: 0.3 } })
    await client.call('target.place', { target: 'goal', pos_w: [0.7, 0.3, 1.05] })
    const mid = await step(10)
    await client.call('controller.select', { controller: 'flat' })
    const late = await step(380)
    expect(await client.call('world.rewind', { time_s: mid.time_s })).toMatchObject({ exact: true })
    await client.call('controller.select', { controller: 'flat' })
    expect(await step(380)).toEqual(late)
    expect(await client.call('world.rewind', { time_s: at.time_s })).toMatchObject({ exact: true })
  })

  it('says weights per joint and sub-goals, and what a hand changed', async () => {
    const { client, step, values } = await start('far-reach')
    await step(3)
    const before = await values('view.blend')
    const n = before.jointWeights.length / 2
    expect(before.goals).toHaveLength(9)
    expect(before.override).toEqual([0])
    await client.call('skill.weights', weights({ reaching: 1 }, ['torso_joint']))
    await client.call('skill.goal', { skill: 'walking', goal: { yawRate_radps: -0.5 } })
    await step(2)
    const blend = await values('view.blend')
    expect(blend.override).toEqual([3])
    const torso = 10
    expect([blend.jointWeights[torso], blend.jointWeights[n + torso]]).toEqual([0, 1])
    expect(blend.jointWeights[0]).toBeGreaterThan(0)
    expect(blend.goals[2]).toBeCloseTo(-0.5, 6)
    await client.call('skill.weights', weights(null))
    await client.call('skill.goal', { skill: 'walking', goal: null })
    await step(2)
    expect((await values('view.blend')).override).toEqual([0])
  })

  it('walks as it is told as far as walking weighs, until nobody tells it any more', async () => {
    const { client, step, values, world } = await start('far-reach')
    expect(world().accepts).toContain('command.velocity')
    const asked = { linVelX_mps: 5, linVelY_mps: -0.25, yawRate_radps: 0.5, validFor_ms: 500 }
    const told = async () => {
      await client.call('command.velocity', asked)
      await step(1)
      return (await values('view.blend')).goals.slice(0, 3)
    }
    // Asked again until a step comes within its validity.
    await expect.poll(told, { timeout: 60_000 }).toEqual([1, -0.25, 0.5])
    await new Promise((r) => setTimeout(r, 600))
    await step(2)
    expect((await values('view.blend')).override).toEqual([0])
    await client.call('controller.select', { controller: 'flat' })
    await expect(client.call('command.velocity', asked)).rejects.toThrow(
      'the flat controller blends no skills',
    )
  })

  it('is decided by another controller when asked, and says which there are', async () => {
    const { client, step, world, values } = await start('far-reach', 'scalar')
    expect(world()).toMatchObject({
      controller: 'scalar',
      controllers: ['scalar', 'blend', 'flat'],
    })
    await client.call('controller.select', { controller: 'flat' })
    await step(2)
    expect(world().controller).toBe('flat')
    expect((await values('view.blend')).weights).toEqual([0, 0])
    await expect(client.call('skill.weights', weights({ walking: 1 }))).rejects.toThrow(
      'the flat controller blends no skills',
    )
  })

  it('refuses what does not exist with what does', async () => {
    const { client } = await start('far-reach')
    const refused = (call: Promise<unknown>, text: RegExp) => expect(call).rejects.toThrow(text)
    await refused(
      client.call('skill.weights', weights({ flying: 1 })),
      /no skill "flying"; this controller blends walking, reaching/,
    )
    await refused(client.call('skill.weights', weights({ walking: 1.5 })), /0 … 1|\[0, 1\]/)
    await refused(
      client.call('skill.goal', { skill: 'walking', goal: { linVelX_mps: 3 } }),
      /linVelX_mps 3 of walking is outside \[-0.4, 1\]/,
    )
    await refused(
      client.call('controller.select', { controller: 'choose' }),
      /no controller "choose" is loaded; there are blend, scalar, flat/,
    )
  })
})

describe('a primitive as it runs', { timeout: 300_000 }, () => {
  it('walks where it is told, and stands when nobody tells it any more', async () => {
    const { client, step, values, world } = await start('walking')
    expect(world().accepts).toContain('command.velocity')
    const asks = async () => (await values('view.signals')).values.slice(-3)
    const asked = { linVelX_mps: 5, linVelY_mps: -0.25, yawRate_radps: 0.5, validFor_ms: 200 }
    await client.call('command.velocity', asked)
    // What is beyond the skill's range is asked for as far as it goes. Time stands still until the next step.
    await expect.poll(asks, { timeout: 60_000 }).toEqual([1, -0.25, 0.5])
    await new Promise((r) => setTimeout(r, 300))
    await step(2)
    expect(await asks()).toEqual([0, 0, 0])
  })

  it('tells where its targets are, and takes others', async () => {
    const { client, step, world } = await start('reaching')
    const drawn = world().targets
    expect(drawn.map((t) => t.name)).toEqual(['leftPalm', 'rightPalm'])
    await client.call('target.place', { target: 'rightPalm', pos_w: [0.4, -0.2, 1.1] })
    await step(80)
    expect(world().targets[1].pos_w).toEqual([0.4, -0.2, 1.1])
    const { client: other, step: go, world: its } = await restart('squatting')
    await other.call('target.place', { target: 'height', pos_w: [0, 0, 0.1] })
    await go(1)
    expect(its().targets[0].pos_w[2]).toBeGreaterThan(0.5)
  })
})

async function restart(name: keyof typeof demos): Promise<Run> {
  await finish()
  return start(name)
}
