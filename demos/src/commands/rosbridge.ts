import { createRosbridgeServer } from '@skillweave/bridges/rosbridge'
import { createStreamClient, type WebSocketConstructor } from '@skillweave/stream/client'
import { NodeWebSocket } from '@skillweave/stream/server'
import { UserError } from '../user-error.ts'

export interface RosbridgeOptions {
  readonly url: string
  readonly token?: string
  readonly port: number
  readonly origin: readonly string[]
  /** Only show: no velocity, no stop. */
  readonly show?: boolean
}

/** `rosbridge`: let pages with roslib watch a running demo, training or robot, drive it and stop it. */
export async function rosbridge(options: RosbridgeOptions): Promise<void> {
  const client = createStreamClient({
    url: options.url,
    role: options.show ? 'spectator' : 'operator',
    client: { name: 'skillweave-rosbridge', version: '1' },
    WebSocket: NodeWebSocket as unknown as WebSocketConstructor,
    ...(options.token ? { token: options.token } : {}),
  })
  try {
    const server = await createRosbridgeServer({
      client,
      port: options.port,
      allowedOrigins: options.origin,
    })
    const pages =
      options.origin.length > 0 ? options.origin.join(', ') : 'programs; name pages with --origin'
    process.stderr.write(`ws://127.0.0.1:${server.port} for roslib, open to ${pages}\n`)
    await new Promise<void>((resolve) => {
      process.once('SIGINT', () => resolve())
      process.once('SIGTERM', () => resolve())
    })
    await server.close()
  } catch (error) {
    throw new UserError((error as Error).message)
  } finally {
    client.close()
  }
}
