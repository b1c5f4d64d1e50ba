import { type Channel, FoxgloveClient } from '@foxglove/ws-protocol'
import { createFoxgloveServer } from '@skillweave/bridges/foxglove'
import { robots } from '@skillweave/model'
import { bodiesSpec, createBodiesWriter, describeRobot } from '@skillweave/protocol'
import { afterEach, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { closeStreams, openClient, openServer, until } from '../../support/streams.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
  await closeStreams()
})

/** A hub with an arm that stands somewhere, a Foxglove server on it, and what Foxglove's own client sees. */
async function watch(subprotocol: string) {
  const hub = await openServer()
  const robot = describeRobot({ id: 'arm7', robot: robots.arm7 })
  const channel = hub.hub.openChannel(bodiesSpec({ robot, objects: [] }))
  const writer = createBodiesWriter(channel, robot)
  const foxglove = await createFoxgloveServer({ client: openClient(hub), port: 0 })
  closing.push(() => foxglove.close())
  const socket = new WebSocket(`ws://127.0.0.1:${foxglove.port}`, [subprotocol])
  const client = new FoxgloveClient({ ws: socket as never })
  closing.push(() => client.close())
  const seen = { channels: [] as Channel[], messages: [] as { topic: string; data: unknown }[] }
  const topics = new Map<number, string>()
  client.on('advertise', (list) => {
    seen.channels.push(...list)
    for (const c of list) topics.set(client.subscribe(c.id), c.topic)
  })
  client.on('message', ({ subscriptionId, data }) => {
    const text = new TextDecoder().decode(data as Uint8Array)
    seen.messages.push({ topic: topics.get(subscriptionId) ?? '', data: JSON.parse(text) })
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
  return { seen, publish }
}

it.each(['foxglove.websocket.v1', 'foxglove.sdk.v1'])(
  'shows joints by name and the base to Foxglove’s own client over %s',
  async (subprotocol) => {
    const { seen, publish } = await watch(subprotocol)
    await until(() => {
      publish()
      return new Set(seen.messages.map((m) => m.topic)).size === 2
    })
    expect(seen.channels.map((c) => [c.topic, c.schemaName])).toEqual([
      ['/joint_states', 'foxglove.JointStates'],
      ['/tf', 'foxglove.FrameTransforms'],
    ])
    const joints = seen.messages.find((m) => m.topic === '/joint_states')?.data as {
      joints: { name: string; position: number }[]
    }
    const byName = Object.fromEntries(joints.joints.map((j) => [j.name, j.position]))
    robots.arm7.model.dofNames.forEach((name, i) => {
      expect(byName[name], name).toBeCloseTo(0.1 * i, 3)
    })
    const tf = seen.messages.find((m) => m.topic === '/tf')?.data
    expect(tf).toMatchObject({
      transforms: [{ child_frame_id: 'arm7', translation: { x: 1, y: 2, z: 3 } }],
    })
  },
)

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
