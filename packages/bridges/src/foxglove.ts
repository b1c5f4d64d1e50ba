import {
  type EventMessage,
  jointSlots,
  type ObjectDescription,
  type RobotDescription,
  type WorldMessage,
} from '@skillweave/protocol'
import {
  foxgloveSchemas,
  frameTransforms,
  jointStates,
  sceneUpdate,
  timeOf,
  topics,
} from '@skillweave/recording'
import type { Arrival, StreamClient } from '@skillweave/stream/client'
import type { WebSocket } from 'ws'
import { createFoxglovePlayback } from './foxglove-playback.ts'
import {
  createFoxgloveSession,
  type FoxgloveParameter,
  type FoxgloveSession,
} from './foxglove-session.ts'
import { listenOnLoopback } from './loopback-sockets.ts'
import { createRobotServices } from './robot-services.ts'

/** Names of the Foxglove protocol; the client's first known one is answered. */
const subprotocols = ['foxglove.sdk.v1', 'foxglove.websocket.v1']

/** A Foxglove server on this machine that shows what a hub publishes. */
export interface FoxgloveServer {
  readonly port: number
  close(): Promise<void>
}

export interface FoxgloveServerOptions {
  /** Of the hub. A spectator shows; an operator also pauses, sets the pace, holds and stops. */
  readonly client: StreamClient
  /** 0: any free one. Foxglove's own is 8765. */
  readonly port: number
  /** Origins of pages that may connect; programs without an Origin may. */
  readonly allowedOrigins?: readonly string[]
}

/** What docs/bridges.md 1 says. Converted only while somebody subscribes. Rejects when the port is taken. */
export async function createFoxgloveServer(
  options: FoxgloveServerOptions,
): Promise<FoxgloveServer> {
  const { client, allowedOrigins = [] } = options
  const { sockets, port, close } = await listenOnLoopback({
    port: options.port,
    allowedOrigins,
    subprotocols,
  })
  const sessions = new Set<FoxgloveSession>()
  let robots: readonly RobotDescription[] = []
  let objects: readonly ObjectDescription[] = []
  let world: WorldMessage | undefined
  let time_s = 0
  const robotServices = createRobotServices(client, () => robots[0]?.id)
  const playback = createFoxglovePlayback(client)
  const services = [
    { name: '/stop', run: robotServices.stop },
    { name: '/hold', run: robotServices.hold },
  ]

  const parameters = (): FoxgloveParameter[] =>
    world
      ? [
          { name: 'world.paused', value: world.paused },
          { name: 'world.speed', value: world.speed },
        ]
      : []
  async function setParameter(name: string, value: unknown): Promise<string | null> {
    try {
      if (name === 'world.paused') await client.call('world.pause', { paused: value as boolean })
      else if (name === 'world.speed') await client.call('world.speed', { speed: value as number })
      else return `no parameter "${name}"; there are world.paused and world.speed`
      return null
    } catch (error) {
      return (error as Error).message
    }
  }

  function show(id: number, value: () => unknown, to: Iterable<FoxgloveSession>): void {
    let payload: Buffer | undefined
    for (const session of to) {
      if (!session.wants(id)) continue
      payload ??= Buffer.from(JSON.stringify(value()))
      session.publish(id, time_s, payload)
    }
  }
  function showScene(to: Iterable<FoxgloveSession>): void {
    if (robots.length + objects.length === 0) return
    show(ids.scene, () => sceneUpdate(robots, objects, timeOf(time_s)), to)
  }
  const log = (level: number, message: string): void =>
    show(ids.log, () => logMessage(level, message, time_s), sessions)

  sockets.on('connection', (socket: WebSocket) => {
    if (!subprotocols.includes(socket.protocol)) {
      socket.close(1002, `this server speaks ${subprotocols.join(' and ')}`)
      return
    }
    const session = createFoxgloveSession(socket, {
      services,
      parameters,
      setParameter,
      play: playback.run,
      playback: () => ({ time_s, ...playback.state(time_s) }),
      subscribed: (channel, to) => {
        if (channel === ids.scene) showScene([to])
      },
    })
    sessions.add(session)
    socket.on('error', () => {})
    socket.on('close', () => sessions.delete(session))
    socket.on('message', (data, isBinary) => session.receive(data as Buffer, isBinary))
    for (const message of [serverInfo(playback.range(time_s)), ...greetings]) {
      socket.send(JSON.stringify(message))
    }
  })

  const subscriptions = [
    client.robots$.subscribe(({ list }) => {
      robots = list
      showScene(sessions)
    }),
    client.scene$.subscribe((scene) => {
      objects = scene.objects
      showScene(sessions)
    }),
    client.world$.subscribe((w) => {
      world = w
      for (const session of sessions) session.tellParameters(parameters())
    }),
    client.events$.subscribe((event) => log(levels.info, eventText(event))),
    client.notices$.subscribe((list) => {
      const last = list.at(-1)
      if (last) log(last.level === 'info' ? levels.info : levels.warning, last.text)
    }),
    client.frames('view.bodies', { rate_hz: 60 }).subscribe(({ channel, frame }: Arrival) => {
      time_s = frame.time_s
      for (const session of sessions) session.tick(time_s)
      const robot = robots.find((r) => r.id === channel.robot)
      if (!robot) return
      const shown = {
        robot,
        slots: jointSlots(robot),
        objects: channel.labels.objects ?? [],
        frame,
      }
      show(ids.joints, () => jointStates(shown, timeOf(time_s)), sessions)
      show(ids.transforms, () => frameTransforms(shown, timeOf(time_s)), sessions)
    }),
  ]
  return {
    port,
    close: () => {
      for (const s of subscriptions) s.unsubscribe()
      playback.dispose()
      return close()
    },
  }
}

/** Of foxglove.Log. */
const levels = { info: 2, warning: 3 } as const

const logMessage = (level: number, message: string, time_s: number) => ({
  timestamp: timeOf(time_s),
  level,
  message,
  name: 'skillweave',
  file: '',
  line: 0,
})

const eventText = ({ name, robot, data }: EventMessage): string =>
  `${robot === undefined ? '' : `${robot}: `}${name} ${JSON.stringify(data)}`

const ids = { joints: 1, transforms: 2, scene: 3, log: 4 } as const

/** `range`: of a run with a past; its time line is shown, and its controls go there. */
const serverInfo = (range: { readonly from_s: number; readonly to_s: number } | null) => ({
  op: 'serverInfo',
  name: 'skillweave',
  capabilities: [
    ...['time', 'parameters', 'parametersSubscribe', 'services'],
    ...(range ? ['playbackControl'] : []),
  ],
  supportedEncodings: ['json'],
  metadata: {},
  ...(range ? { dataStartTime: timeOf(range.from_s), dataEndTime: timeOf(range.to_s) } : {}),
})

const greetings = [
  {
    op: 'advertise',
    channels: (['joints', 'transforms', 'scene', 'log'] as const).map((kind) => ({
      id: ids[kind],
      topic: kind === 'log' ? '/log' : topics[kind],
      encoding: 'json',
      schemaName: foxgloveSchemas[kind].title,
      schemaEncoding: 'jsonschema',
      schema: JSON.stringify(foxgloveSchemas[kind]),
    })),
  },
  {
    op: 'advertiseServices',
    services: ['/stop', '/hold'].map((name, i) => ({
      id: i + 1,
      name,
      type: 'std_srvs/srv/Trigger',
      requestSchema: '',
      responseSchema: '',
    })),
  },
]
