import { type Channel, FoxgloveClient } from '@foxglove/ws-protocol'
import { createFoxgloveServer } from '@skillweave/bridges/foxglove'
import { robots } from '@skillweave/model'
import { bodiesSpec, createBodiesWriter, describeRobot } from '@skillweave/protocol'
import type { HubCall } from '@skillweave/stream/server'
import { afterEach, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { closeStreams, openClient, openServer, until } from '../../support/streams.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
  await closeStreams()
})

/** A hub with an arm that stands somewhere, a Foxglove server on it, and what Foxglove's own client sees. */
async function watch(subprotocol: string, { past = false } = {}) {
  const hub = await openServer()
  const robot = describeRobot({ id: 'arm7', robot: robots.arm7 })
  hub.hub.setRobots([robot])
  hub.hub.setWorld({
    ...{ paused: false, speed: 1, controllers: [], targets: [] },
    ...(past ? { past: { from_s: 0, reach_s: 60 } } : {}),
  })
  const calls: HubCall[] = []
  hub.hub.calls$.subscribe((call) => {
    calls.push(call)
    ;(call.accept as (value: null) => void)(null)
  })
  const timer = setInterval(() => hub.hub.drain(), 5)
  closing.push(() => clearInterval(timer))
  const channel = hub.hub.openChannel(bodiesSpec({ robot, objects: [] }))
  const writer = createBodiesWriter(channel, robot)
  const ours = openClient(hub, { role: 'operator' })
  const foxglove = await createFoxgloveServer({ client: ours, port: 0 })
  closing.push(() => foxglove.close())
  let isDescribed = false
  ours.world$.subscribe(() => {
    isDescribed = true
  })
  await until(() => isDescribed)
  const socket = new WebSocket(`ws://127.0.0.1:${foxglove.port}`, [subprotocol])
  const client = new FoxgloveClient({ ws: socket as never })
  closing.push(() => client.close())
  const seen = {
    channels: [] as Channel[],
    messages: [] as { topic: string; data: unknown }[],
    times: 0,
  }
  const topics = new Map<number, string>()
  client.on('advertise', (list) => {
    seen.channels.push(...list)
    for (const c of list) topics.set(client.subscribe(c.id), c.topic)
  })
  client.on('message', ({ subscriptionId, data }) => {
    const text = new TextDecoder().decode(data as Uint8Array)
    seen.messages.push({ topic: topics.get(subscriptionId) ?? '', data: JSON.parse(text) })
  })
  client.on('time', () => {
    seen.times++
  })
  const nDof = robots.arm7.model.dofNames.length
  let time_s = 0
  const publish = () => {
    writer.set(0, {
      linkPos_w: new Float64Array([1, 2, 3]),
      linkQuat_w: new Float64Array([0, 0, 0, 1]),
      q: Float64Array.from({ length: nDof }, (_, i) => 0.1 * i),
      footContact: new Float64Array(0),
      objectPos_w: new Float64Array(0),
      objectQuat_w: new Float64Array(0),
      objectLinVel_w: new Float64Array(0),
    } as never)
    time_s += 0.02
    hub.hub.publish(channel, writer.encode(time_s))
  }
  const url = `ws://127.0.0.1:${foxglove.port}`
  return { client, url, hub: hub.hub, calls, seen, publish }
}

it.each(['foxglove.websocket.v1', 'foxglove.sdk.v1'])(
  'shows joints by name and the base to Foxglove’s own client over %s',
  async (subprotocol) => {
    const { seen, publish } = await watch(subprotocol)
    await until(() => {
      publish()
      const topics = new Set(seen.messages.map((m) => m.topic))
      return topics.has('/joint_states') && topics.has('/tf') && topics.has('/scene')
    })
    expect(seen.channels.map((c) => [c.topic, c.schemaName])).toEqual([
      ['/joint_states', 'foxglove.JointStates'],
      ['/tf', 'foxglove.FrameTransforms'],
      ['/scene', 'foxglove.SceneUpdate'],
      ['/log', 'foxglove.Log'],
    ])
    expect(seen.times).toBeGreaterThan(0)
    const joints = seen.messages.find((m) => m.topic === '/joint_states')?.data as {
      joints: { name: string; position: number }[]
    }
    const byName = Object.fromEntries(joints.joints.map((j) => [j.name, j.position]))
    robots.arm7.model.dofNames.forEach((name, i) => {
      expect(byName[name], name).toBeCloseTo(0.1 * i, 3)
    })
    const tf = seen.messages.find((m) => m.topic === '/tf')?.data as {
      transforms: { parent_frame_id: string; child_frame_id: string; translation: unknown }[]
    }
    expect(tf.transforms).toHaveLength(robots.arm7.model.links.length)
    expect(tf.transforms[0]).toMatchObject({
      parent_frame_id: 'world',
      translation: { x: 1, y: 2, z: 3 },
    })
    // Every shape is in a frame that exists.
    const scene = seen.messages.find((m) => m.topic === '/scene')?.data as {
      entities: { frame_id: string }[]
    }
    const frames = new Set(tf.transforms.map((t) => t.child_frame_id))
    expect(scene.entities.length).toBeGreaterThan(0)
    for (const { frame_id } of scene.entities) expect(frames).toContain(frame_id)
  },
)

it('Foxglove’s own client reads events, sets parameters and calls services', async () => {
  const { client, hub, calls, seen } = await watch('foxglove.sdk.v1')
  const values: Record<string, unknown> = {}
  client.on('parameterValues', ({ parameters }) => {
    for (const { name, value } of parameters) values[name] = value
  })
  const answers: unknown[] = []
  client.on('serviceCallResponse', ({ data }) => {
    answers.push(JSON.parse(new TextDecoder().decode(data as Uint8Array)))
  })
  await until(() => {
    hub.event('fall', {}, { time_s: 1 })
    return seen.messages.some((m) => m.topic === '/log')
  })
  expect(seen.messages.find((m) => m.topic === '/log')?.data).toMatchObject({
    message: 'fall {}',
    level: 2,
  })
  client.getParameters([])
  await until(() => values['world.speed'] === 1)
  client.setParameters([{ name: 'world.paused', value: true }])
  await until(() => calls.some((c) => c.method === 'world.pause'))
  expect(calls[0].params).toEqual({ paused: true })
  client.sendServiceCallRequest({
    ...{ serviceId: 1, callId: 7, encoding: 'json' },
    data: new DataView(new ArrayBuffer(0)),
  })
  await until(() => answers.length > 0)
  expect(answers[0]).toMatchObject({ success: false })
})

it('a run with a past has playback controls: seek takes it back, and the answer says so', async () => {
  const { client, url, hub, calls, publish } = await watch('foxglove.sdk.v1', { past: true })
  publish()
  const info = await new Promise<{ capabilities: string[]; [more: string]: unknown }>((resolve) => {
    client.on('serverInfo', (message) => resolve(message as never))
  })
  expect(info.capabilities).toContain('playbackControl')
  expect(info.dataStartTime).toEqual({ sec: 0, nsec: 0 })
  const socket = new WebSocket(url, ['foxglove.sdk.v1'])
  closing.push(() => socket.close())
  await new Promise((resolve) => socket.on('open', resolve))
  const states: Buffer[] = []
  socket.on('message', (data, isBinary) => {
    if (isBinary && (data as Buffer)[0] === 5) states.push(data as Buffer)
  })
  // Pause, half speed, seek to 2 s, with an id.
  const request = Buffer.alloc(19 + 2)
  request.writeUInt8(3, 0)
  request.writeUInt8(1, 1)
  request.writeFloatLE(0.5, 2)
  request.writeUInt8(1, 6)
  request.writeBigUInt64LE(2_000_000_000n, 7)
  request.writeUInt32LE(2, 15)
  request.write('ab', 19)
  socket.send(request)
  await until(() => states.length > 0)
  expect(calls.map((c) => [c.method, c.params])).toEqual([
    ['world.rewind', { time_s: 2 }],
    ['world.speed', { speed: 0.5 }],
    ['world.pause', { paused: true }],
  ])
  expect(states[0].readUInt8(14)).toBe(1)
  expect(states[0].toString('utf8', 19)).toBe('ab')
  // What is cut short is another message, and the run goes on.
  socket.send(request.subarray(0, 12))
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(states).toHaveLength(1)
  hub.setWorld({ paused: true, speed: 0.5, controllers: [], targets: [] })
})

it('refuses pages of others and unknown protocols', async () => {
  const hub = await openServer()
  const foxglove = await createFoxgloveServer({ client: openClient(hub), port: 0 })
  closing.push(() => foxglove.close())
  const failed = (subprotocol: string, origin?: string) =>
    new Promise((resolve) => {
      const socket = new WebSocket(`ws://127.0.0.1:${foxglove.port}`, [subprotocol], {
        ...(origin ? { origin } : {}),
      })
      socket.on('error', () => resolve(true))
      socket.on('close', () => resolve(true))
      socket.on('message', () => resolve(false))
    })
  expect(await failed('foxglove.sdk.v1', 'https://example.org')).toBe(true)
  expect(await failed('chat')).toBe(true)
  expect(await failed('foxglove.sdk.v1')).toBe(false)
})
