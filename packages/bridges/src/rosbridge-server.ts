import type { RobotDescription } from '@skillweave/protocol'
import type { Arrival, StreamClient } from '@skillweave/stream/client'
import type { WebSocket } from 'ws'
import { createHoldToRun, type HoldToRun, silence_s } from './hold-to-run.ts'
import { listenOnLoopback } from './loopback-sockets.ts'
import { type PlanarVelocity, planarVelocity, rosTopics } from './ros-messages.ts'
import { createRosServices, type RosServices } from './ros-services.ts'
import { createRosSession, type RosSession } from './rosbridge-session.ts'

/** A rosbridge v2 server on this machine, for pages that use `roslib`. */
export interface RosbridgeServer {
  readonly port: number
  close(): Promise<void>
}

export interface RosbridgeServerOptions {
  /** Of the hub. A spectator shows; an operator also drives, holds and stops. */
  readonly client: StreamClient
  /** 0: any free one. rosbridge's own is 9090. */
  readonly port: number
  /** Origins of pages that may connect; programs without an Origin may. */
  readonly allowedOrigins?: readonly string[]
}

const sessionsMax = 32

/** What docs/bridges.md 2 says. Rejects when the port is taken. */
export async function createRosbridgeServer(
  options: RosbridgeServerOptions,
): Promise<RosbridgeServer> {
  const { client, allowedOrigins = [] } = options
  const { sockets, port, close } = await listenOnLoopback({ port: options.port, allowedOrigins })
  const sessions = new Set<RosSession>()
  let robots: readonly RobotDescription[] = []
  const services: RosServices = createRosServices(client, () => robots[0]?.id)
  const driving = createDriving(client)

  sockets.on('connection', (socket: WebSocket) => {
    if (sessions.size >= sessionsMax) {
      socket.close(1013, `${sessionsMax} pages are connected already`)
      return
    }
    const session = createRosSession(socket, {
      now_s: client.now_s,
      drive: (message) => driving.drive(session, message),
      call: services.call,
    })
    sessions.add(session)
    // Errors of the socket are followed by its close.
    socket.on('error', () => {})
    socket.on('close', () => sessions.delete(session))
    socket.on('message', (data, isBinary) => {
      if (isBinary) session.complain('this server reads JSON, not binary messages')
      else session.receive(String(data))
    })
  })

  /** Per topic: frames of a better channel silence those of a worse one. */
  const rank = new Map<string, number>()
  function show(arrival: Arrival): void {
    const { channel, frame } = arrival
    const robot = robots.find((r) => r.id === channel.robot)
    for (const topic of rosTopics) {
      const place = topic.channels.indexOf(channel.name)
      if (place < 0 || place > (rank.get(topic.name) ?? place)) continue
      rank.set(topic.name, place)
      let message: unknown
      for (const session of sessions) {
        if (!session.wants(topic.name)) continue
        // Converted only while somebody listens, and once for all.
        message ??= topic.convert({ channel, frame, robot })
        session.publish(topic.name, message)
      }
    }
  }

  const channelNames = [...new Set(rosTopics.flatMap((t) => t.channels))]
  const subscriptions = [
    client.robots$.subscribe(({ list }) => {
      robots = list
      rank.clear()
    }),
    client.errors$.subscribe(({ text }) => {
      for (const session of sessions) if (session === driving.driver) session.complain(text)
    }),
    ...channelNames.map((name) => client.frames(name, { rate_hz: 60 }).subscribe(show)),
  ]
  const timer = setInterval(() => driving.look(), 50)
  return {
    port,
    close: () => {
      clearInterval(timer)
      for (const s of subscriptions) s.unsubscribe()
      return close()
    },
  }
}

/** One page drives at a time, as long as it goes on. */
function createDriving(client: StreamClient) {
  let driver: RosSession | null = null
  let hold: HoldToRun = createHoldToRun()
  const send = (velocity: PlanarVelocity): void =>
    client.send('command.velocity', { ...velocity, validFor_ms: 1000 * silence_s })
  return {
    get driver() {
      return driver
    },
    /** Null when it is taken, else why not. */
    drive: (session: RosSession, message: unknown): string | null => {
      const velocity = planarVelocity(message)
      if (!velocity) return '/cmd_vel needs finite linear.x, linear.y and angular.z'
      if (driver && driver !== session) return 'another page drives'
      driver = session
      if (hold.arrive(client.now_s())) send(velocity)
      return null
    },
    look: (): void => {
      const now_s = client.now_s()
      if (hold.hasEnded(now_s)) send({ linVelX_mps: 0, linVelY_mps: 0, yawRate_radps: 0 })
      if (driver && hold.isQuiet(now_s)) {
        driver = null
        hold = createHoldToRun()
      }
    },
  }
}

export { createHoldToRun, type HoldToRun } from './hold-to-run.ts'
