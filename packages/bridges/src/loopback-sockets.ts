import { WebSocketServer } from 'ws'

export interface LoopbackOptions {
  /** 0: any free one. */
  readonly port: number
  /** Origins of pages that may connect; programs without an Origin may. */
  readonly allowedOrigins: readonly string[]
  /** Names that are answered, the client's first known one; absent: clients need offer none. */
  readonly subprotocols?: readonly string[]
}

/** WebSockets on 127.0.0.1 without compression, open to named pages only. Rejects when the port is taken. */
export async function listenOnLoopback(options: LoopbackOptions): Promise<{
  readonly sockets: WebSocketServer
  readonly port: number
  close(): Promise<void>
}> {
  const { allowedOrigins, subprotocols } = options
  const sockets = new WebSocketServer({
    port: options.port,
    host: '127.0.0.1',
    maxPayload: 65_536,
    perMessageDeflate: false,
    ...(subprotocols
      ? {
          handleProtocols: (offered: Set<string>) =>
            [...offered].find((p) => subprotocols.includes(p)) ?? false,
        }
      : {}),
    verifyClient: ({ origin }: { origin: string | undefined }) =>
      origin === undefined || allowedOrigins.includes(origin),
  })
  await new Promise<void>((resolve, reject) => {
    sockets.once('listening', resolve)
    sockets.once('error', reject)
  })
  const address = sockets.address()
  return {
    sockets,
    port: typeof address === 'object' && address ? address.port : options.port,
    close: () => {
      for (const socket of sockets.clients) socket.terminate()
      return new Promise((resolve) => sockets.close(() => resolve()))
    },
  }
}
