import type { Arrival, StreamClient } from '@skillweave/stream/client'
import type { WebSocket } from 'ws'
import { listenOnLoopback } from './loopback-sockets.ts'

/** Names of the Foxglove protocol; the client's first known one is answered. */
const subprotocols = ['foxglove.sdk.v1', 'foxglove.websocket.v1']

/** A Foxglove server on this machine that shows what a hub publishes. */
export interface FoxgloveServer {
  readonly port: number
  close(): Promise<void>
}

export interface FoxgloveServerOptions {
  /** Of the hub; a spectator is enough. */
  readonly client: StreamClient
  /** 0: any free one. Foxglove's own is 8765. */
  readonly port: number
  /** Origins of pages that may connect; programs without an Origin may. */
  readonly allowedOrigins?: readonly string[]
}

/**
 * Serve Foxglove v1: joint angles as `/joint_states` (foxglove.JointStates), the base as `/tf`
 * (foxglove.FrameTransforms), both converted only while somebody subscribes. Foxglove shows only: it can neither
 * command nor stop a robot. Rejects when the port is taken.
 */
export async function createFoxgloveServer(
  options: FoxgloveServerOptions,
): Promise<FoxgloveServer> {
  const { client, allowedOrigins = [] } = options
  const { sockets, port, close } = await listenOnLoopback({
    port: options.port,
    allowedOrigins,
    subprotocols,
  })
  const viewers = new Map<WebSocket, Map<number, number>>()
  sockets.on('connection', (socket) => {
    if (!subprotocols.includes(socket.protocol)) {
      socket.close(1002, `this server speaks ${subprotocols.join(' and ')}`)
      return
    }
    // Subscription ids of this viewer → channel ids.
    const subscriptions = new Map<number, number>()
    viewers.set(socket, subscriptions)
    socket.on('error', () => {})
    socket.on('close', () => viewers.delete(socket))
    socket.on('message', (data, isBinary) => {
      if (!isBinary) obey(subscriptions, String(data))
    })
    const hello = { op: 'serverInfo', name: 'skillweave', capabilities: [], supportedEncodings: [] }
    socket.send(JSON.stringify({ ...hello, metadata: {} }))
    socket.send(JSON.stringify({ op: 'advertise', channels }))
  })

  const bodies = client.frames('view.bodies', { rate_hz: 60 }).subscribe((arrival) => {
    for (const channel of channels) {
      const wanted = [...viewers].flatMap(([socket, subscriptions]) =>
        [...subscriptions].flatMap(([id, channelId]) =>
          channelId === channel.id ? [{ socket, id }] : [],
        ),
      )
      if (wanted.length === 0) continue
      const payload = Buffer.from(JSON.stringify(convert[channel.topic](arrival)))
      for (const { socket, id } of wanted) {
        // A viewer that does not read gets less, never the past.
        if (socket.bufferedAmount < 65_536) {
          socket.send(messageData(id, arrival.frame.time_s, payload))
        }
      }
    }
  })
  return {
    port,
    close: () => {
      bodies.unsubscribe()
      return close()
    },
  }
}

/** Subscriptions come and go; everything else a viewer may ask is not offered, so it is ignored. */
function obey(subscriptions: Map<number, number>, text: string): void {
  let message: {
    op?: unknown
    subscriptions?: { id: number; channelId: number }[]
    subscriptionIds?: number[]
  }
  try {
    message = JSON.parse(text)
  } catch {
    return
  }
  if (message?.op === 'subscribe' && Array.isArray(message.subscriptions)) {
    for (const s of message.subscriptions) {
      if (Number.isInteger(s?.id) && subscriptions.size < 64) subscriptions.set(s.id, s.channelId)
    }
  } else if (message?.op === 'unsubscribe' && Array.isArray(message.subscriptionIds)) {
    for (const id of message.subscriptionIds) subscriptions.delete(id)
  }
}

/** Opcode 1, subscription, time in ns, payload. */
function messageData(subscription: number, time_s: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(13)
  head.writeUInt8(1, 0)
  head.writeUInt32LE(subscription, 1)
  head.writeBigUInt64LE(BigInt(Math.round(time_s * 1e9)), 5)
  return Buffer.concat([head, payload])
}

const timeOf = (time_s: number) => ({
  sec: Math.floor(time_s),
  nsec: Math.round((time_s % 1) * 1e9),
})

const convert: Readonly<Record<string, (arrival: Arrival) => unknown>> = {
  /** Hinges in rad, slides in m, by name; joints with three coordinates have no place in this schema. */
  '/joint_states': ({ channel, frame }) => ({
    timestamp: timeOf(frame.time_s),
    joints: (['hinges', 'slides'] as const).flatMap((kind) =>
      (channel.labels[kind] ?? []).map((name, i) => ({
        name,
        position: frame.values[kind][i],
      })),
    ),
  }),
  '/tf': ({ channel, frame }) => {
    const [x, y, z] = frame.values.basePos_w
    const [qx, qy, qz, qw] = frame.values.baseQuat_wb
    return {
      transforms: [
        {
          timestamp: timeOf(frame.time_s),
          parent_frame_id: 'world',
          child_frame_id: channel.robot ?? 'base',
          translation: { x, y, z },
          rotation: { x: qx, y: qy, z: qz, w: qw },
        },
      ],
    }
  },
}

const time = { type: 'object', properties: { sec: { type: 'integer' }, nsec: { type: 'integer' } } }
const numbers = (...names: string[]) => ({
  type: 'object',
  properties: Object.fromEntries(names.map((name) => [name, { type: 'number' }])),
})
const list = (properties: object) => ({ type: 'array', items: { type: 'object', properties } })

const channels = [
  {
    topic: '/joint_states',
    schemaName: 'foxglove.JointStates',
    properties: {
      timestamp: time,
      joints: list({ name: { type: 'string' }, position: { type: 'number' } }),
    },
  },
  {
    topic: '/tf',
    schemaName: 'foxglove.FrameTransforms',
    properties: {
      transforms: list({
        timestamp: time,
        parent_frame_id: { type: 'string' },
        child_frame_id: { type: 'string' },
        translation: numbers('x', 'y', 'z'),
        rotation: numbers('x', 'y', 'z', 'w'),
      }),
    },
  },
].map(({ topic, schemaName, properties }, i) => ({
  id: i + 1,
  topic,
  encoding: 'json',
  schemaName,
  schemaEncoding: 'jsonschema',
  schema: JSON.stringify({ title: schemaName, type: 'object', properties }),
}))
