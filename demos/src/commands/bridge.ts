import {
  createStreamClient,
  type StreamClient,
  type WebSocketConstructor,
} from '@skillweave/stream/client'
import { NodeWebSocket } from '@skillweave/stream/server'
import { UserError } from '../user-error.ts'

export interface BridgeOptions {
  readonly url: string
  readonly token?: string
  readonly port: number
  readonly origin: readonly string[]
  /** Only show: nothing is driven, paused or stopped. */
  readonly show?: boolean
}

/** Serve what a running demo, training or robot publishes in another protocol, until interrupted. */
export async function runBridge(
  name: string,
  { url, token, show }: BridgeOptions,
  serve: (client: StreamClient) => Promise<{ close(): Promise<void> }>,
): Promise<void> {
  const client = createStreamClient({
    url,
    role: show ? 'spectator' : 'operator',
    client: { name, version: '1' },
    WebSocket: NodeWebSocket as unknown as WebSocketConstructor,
    ...(token ? { token } : {}),
  })
  try {
    const server = await serve(client)
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
