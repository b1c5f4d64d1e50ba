import { createFoxgloveServer } from '@skillweave/bridges/foxglove'
import { createStreamClient, type WebSocketConstructor } from '@skillweave/stream/client'
import { NodeWebSocket } from '@skillweave/stream/server'
import { UserError } from '../user-error.ts'

export interface FoxgloveOptions {
  readonly url: string
  readonly token?: string
  readonly port: number
  readonly origin: readonly string[]
}

/** `foxglove`: show what a running demo, training or robot publishes in Foxglove or Lichtblick. */
export async function foxglove(options: FoxgloveOptions): Promise<void> {
  const client = createStreamClient({
    url: options.url,
    client: { name: 'skillweave-foxglove', version: '1' },
    WebSocket: NodeWebSocket as unknown as WebSocketConstructor,
    ...(options.token ? { token: options.token } : {}),
  })
  try {
    const server = await createFoxgloveServer({
      client,
      port: options.port,
      allowedOrigins: options.origin,
    })
    process.stderr.write(`open ws://127.0.0.1:${server.port} in Foxglove or Lichtblick\n`)
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
