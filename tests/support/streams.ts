import {
  type Channel,
  type ChannelSpec,
  createEncoder,
  defineLayout,
  type Encoder,
  subprotocol,
} from '@skillweave/protocol'
import {
  createStreamClient,
  type StreamClient,
  type StreamClientOptions,
  type WebSocketConstructor,
} from '@skillweave/stream/client'
import {
  createStreamServer,
  type StreamServer,
  type StreamServerOptions,
} from '@skillweave/stream/server'
import { WebSocket } from 'ws'

/** Everything opened since the last `closeStreams`. */
const open: (() => Promise<void> | void)[] = []

export async function closeStreams(): Promise<void> {
  for (const close of open.splice(0).reverse()) await close()
}

/** A server on a free port; closed by `closeStreams`. */
export async function openServer(
  options: Partial<StreamServerOptions> = {},
): Promise<StreamServer> {
  const server = await createStreamServer({ port: 0, ...options })
  open.push(() => server.close())
  return server
}

/** A client of it; closed by `closeStreams`. */
export function openClient(
  server: { readonly port: number },
  options: Partial<StreamClientOptions> = {},
): StreamClient {
  const client = createStreamClient({
    url: streamUrl(server),
    WebSocket: WebSocket as unknown as WebSocketConstructor,
    backoff_s: { min: 0.02, max: 0.05 },
    ...options,
  })
  open.push(() => client.close())
  return client
}

export const streamUrl = (server: { readonly port: number }): string =>
  `ws://127.0.0.1:${server.port}/stream`

export const helloText = (more: Record<string, unknown> = {}): string =>
  JSON.stringify({
    op: 'hello',
    role: 'operator',
    client: { name: 'test', version: '1' },
    rev: 1,
    features: [],
    ...more,
  })

/** A socket without any client behind it, and what it has received. */
export interface RawSocket {
  readonly socket: WebSocket
  readonly texts: { readonly op: string; readonly [field: string]: unknown }[]
  /** Frames, without beats. */
  readonly frames: Uint8Array[]
  /** Close code and reason, once closed. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
}

export async function openRaw(
  server: { readonly port: number },
  options: {
    readonly hello?: boolean
    readonly path?: string
    readonly subprotocols?: string[]
    readonly headers?: Record<string, string>
  } = {},
): Promise<RawSocket> {
  const { hello = true, path = '/stream', subprotocols = [subprotocol], headers = {} } = options
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, subprotocols, { headers })
  open.push(() => socket.terminate())
  const texts: RawSocket['texts'] = []
  const frames: Uint8Array[] = []
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    if (!isBinary) texts.push(JSON.parse(data.toString()))
    else if (data[0] === 1) frames.push(new Uint8Array(data))
  })
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }))
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
    socket.once('unexpected-response', (_request, response) => {
      let body = ''
      response.on('data', (d) => {
        body += d
      })
      response.on('end', () => reject(new Error(`${response.statusCode}: ${body}`)))
    })
  })
  if (hello) {
    socket.send(helloText())
    await until(() => texts.some((t) => t.op === 'welcome'))
  }
  return { socket, texts, frames, closed }
}

/** The next (or the present) value of an observable. */
export const first = <T>(source: {
  subscribe(next: (value: T) => void): { unsubscribe(): void }
}): Promise<T> =>
  new Promise((resolve) => {
    const subscription = source.subscribe((value) => {
      resolve(value)
      queueMicrotask(() => subscription.unsubscribe())
    })
  })

/** Wait for something to become true; fails after 5 s with what was waited for. */
export async function until(isDone: () => boolean, limit_ms = 5000): Promise<void> {
  const end = performance.now() + limit_ms
  while (!isDone()) {
    if (performance.now() > end) throw new Error(`not within ${limit_ms} ms: ${isDone}`)
    await pause(2)
  }
}

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms))

/** A channel of one number, `x`. */
export const numberSpec = (more: Partial<ChannelSpec> = {}): ChannelSpec => ({
  name: 'test.number',
  class: 'latest',
  rate_hz: 60,
  clock: 'sim',
  layout: defineLayout({ fields: [{ name: 'x', type: 'f64', count: 1, unit: '1' }] }),
  ...more,
})

/** Publishes numbers on a channel. */
export function numberPublisher(
  server: StreamServer,
  channel: Channel,
): (x: number, time_s?: number) => void {
  const encoder: Encoder = createEncoder(channel)
  return (x, time_s = x) => {
    encoder.values.x[0] = x
    server.hub.publish(channel, encoder.encode(time_s))
  }
}
