import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { chooseSubprotocol, closeCodes, encodeMessage, subprotocol } from '@skillweave/protocol'
import { type WebSocket, WebSocketServer } from 'ws'
import { createNames, createTokenRule, isLoopback, type Names } from './admission.ts'
import { createHub, type Hub, type HubLimits } from './hub.ts'
import { closeSocket, goodbye_ms, serverTransport } from './server-transport.ts'
import { loadStaticFiles, type StaticFiles } from './static-files.ts'

/** What a client in Node before 22 needs as its `WebSocket`. */
export { WebSocket as NodeWebSocket } from 'ws'
export { createToken } from './admission.ts'
export {
  type ClientInfo,
  createHub,
  type Hub,
  type HubCall,
  type HubLimits,
  type HubOptions,
  hubLimits,
  type Peer,
} from './hub.ts'

export interface StreamServerOptions {
  /** 0: any free one, see `port` of the result. */
  readonly port: number
  /** An address to listen on instead of 127.0.0.1 and ::1. Any but those needs `token` and `plainLan`. */
  readonly host?: string
  /** Say out loud that bytes cross the network unencrypted. */
  readonly plainLan?: boolean
  /** Folder with the built page; its list of files is read once. */
  readonly staticDir?: string
  /** Other names this server is reached by, without port. */
  readonly allowedHosts?: readonly string[]
  /** Origins of other pages that may connect, such as a development server's. */
  readonly allowedOrigins?: readonly string[]
  /** At least 22 characters, see `createToken`. */
  readonly token?: string
  /** Default `remote`: loopback needs no token. */
  readonly requireToken?: 'remote' | 'always'
  readonly limits?: Partial<HubLimits>
  readonly onError?: (error: unknown) => void
}

/** A hub that can be reached over HTTP and WebSocket. */
export interface StreamServer {
  readonly hub: Hub
  readonly port: number
  /** What to print and open; carries the token, if there is one, in its fragment. */
  readonly url: string
  /** Say goodbye, wait at most a second, let go of the port. */
  close(): Promise<void>
}

/** Where the WebSocket is. */
const streamPath = '/stream'

/** Hard ceiling of the socket itself; the protocol's own limits are lower and explain themselves. */
const socketLimits = { maxPayload: 131_072, maxFragments: 16, maxBufferedChunks: 1024 } as const

/**
 * Start listening. Rejects with a sentence when the port is taken, the address is not allowed without
 * a token, or the folder is no page.
 */
export async function createStreamServer(options: StreamServerOptions): Promise<StreamServer> {
  const { host, token, allowedHosts = [], allowedOrigins = [] } = options
  if (host !== undefined && !isLoopback(host) && host !== 'localhost') {
    const missing = [
      ...(token === undefined ? ['a token'] : []),
      ...(options.plainLan ? [] : ['plainLan: true, because nothing is encrypted']),
    ]
    if (missing.length > 0) throw new Error(`listening on ${host} needs ${missing.join(' and ')}`)
  }
  const now_s = (): number => performance.now() / 1000
  const authorize = createTokenRule({ token, requireToken: options.requireToken, now_s })
  const files = options.staticDir === undefined ? null : loadStaticFiles(options.staticDir)
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    ...socketLimits,
    handleProtocols: (offered) => {
      const choice = chooseSubprotocol(offered)
      return choice.kind === 'unknown' ? false : choice.name
    },
  })

  const servers: Server[] = []
  const addresses = host === undefined ? ['127.0.0.1', '::1'] : [host]
  let { port } = options
  for (const [i, address] of addresses.entries()) {
    const server = createServer({
      maxHeaderSize: 8192,
      requestTimeout: 10_000,
      headersTimeout: 10_000,
    })
    try {
      port = await listen(server, address, port)
      servers.push(server)
    } catch (error) {
      const { code } = error as { code?: string }
      const isOptional = i > 0 && (code !== 'EADDRINUSE' || options.port === 0)
      if (isOptional) continue
      for (const s of servers) s.close()
      throw new Error(listenProblem(code, address, port), { cause: error })
    }
  }

  const names = createNames({
    port,
    hosts: [
      '127.0.0.1',
      'localhost',
      '::1',
      ...(host === undefined ? [] : [host]),
      ...allowedHosts,
    ],
    origins: allowedOrigins,
  })
  const hub = createHub({
    authorize,
    ...(options.limits ? { limits: options.limits } : {}),
    ...(options.onError ? { onError: options.onError } : {}),
  })
  for (const server of servers) {
    server.on('request', (request, response) => answer(request, response, { names, files, port }))
    server.on('upgrade', (request, socket, head) => {
      const problem = upgradeProblem(request, names)
      if (problem) {
        refuseUpgrade(socket, problem)
        return
      }
      sockets.handleUpgrade(request, socket, head, (ws) => admit(ws, request, { hub, socket }))
    })
    server.on('clientError', (_error, socket) => socket.destroy())
  }
  const shown = host === undefined || host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  const name = shown.includes(':') ? `[${shown}]` : shown
  return {
    hub,
    port,
    url: `http://${name}:${port}/${token === undefined ? '' : `#token=${token}`}`,
    async close() {
      hub.dispose()
      const ended = servers.map((s) => new Promise<void>((resolve) => s.close(() => resolve())))
      for (const s of servers) s.closeIdleConnections()
      const timer = setTimeout(() => {
        for (const ws of sockets.clients) ws.terminate()
        for (const s of servers) s.closeAllConnections()
      }, goodbye_ms)
      await Promise.all(ended)
      clearTimeout(timer)
    },
  }
}

const listen = (server: Server, host: string, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })

function listenProblem(code: string | undefined, address: string, port: number): string {
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} on ${address} is in use, perhaps by another run; stop that one or choose another port`
    case 'EACCES':
      return `this user may not listen on port ${port}; choose one above 1023`
    case 'EADDRNOTAVAIL':
      return `${address} is not an address of this machine`
    default:
      return `cannot listen on ${address} port ${port} (${code ?? 'unknown reason'})`
  }
}

interface Problem {
  readonly status: number
  readonly text: string
}

/** Why an upgrade is refused before any WebSocket exists. */
function upgradeProblem(request: IncomingMessage, names: Names): Problem | null {
  const { host, origin } = request.headers
  const hostProblem = names.hostProblem(host)
  if (hostProblem) return { status: 421, text: hostProblem }
  const originProblem = names.originProblem(origin)
  if (originProblem) return { status: 403, text: originProblem }
  const [path, query] = (request.url ?? '').split('?')
  if (path !== streamPath) return { status: 404, text: `the stream is at ${streamPath}` }
  if (query !== undefined)
    return { status: 400, text: 'a query has no place here; a token goes into hello' }
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((s) => s.trim())
  if (chooseSubprotocol(offered).kind === 'unknown') {
    return { status: 426, text: `offer the subprotocol ${subprotocol}` }
  }
  return null
}

function refuseUpgrade(socket: Duplex, { status, text }: Problem): void {
  socket.on('error', () => {})
  const protocols = status === 426 ? `Sec-WebSocket-Protocol: ${subprotocol}\r\n` : ''
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n${protocols}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  )
}

function admit(
  ws: WebSocket,
  request: IncomingMessage,
  { hub, socket }: { readonly hub: Hub; readonly socket: Duplex },
): void {
  // Errors of the socket are followed by its close; without a handler they would end the process.
  ws.on('error', () => {})
  if (ws.protocol !== subprotocol) {
    const choice = chooseSubprotocol([ws.protocol])
    const text = choice.kind === 'other-major' ? choice.text : `this server speaks ${subprotocol}`
    ws.send(encodeMessage({ op: 'error', code: 'version', text }))
    closeSocket(ws, closeCodes.version, text)
    return
  }
  hub.accept(serverTransport(ws, socket), { address: request.socket.remoteAddress ?? 'unknown' })
}

/** Serve the page. */
function answer(
  request: IncomingMessage,
  response: ServerResponse,
  context: { readonly names: Names; readonly files: StaticFiles | null; readonly port: number },
): void {
  const { names, files, port } = context
  response.setHeader('X-Content-Type-Options', 'nosniff')
  response.setHeader('Referrer-Policy', 'no-referrer')
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin')
  response.setHeader('Content-Security-Policy', contentPolicy(port))
  const refuse = (status: number, text: string): void => {
    response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' })
    response.end(`${text}\n`)
  }
  const hostProblem = names.hostProblem(request.headers.host)
  const [path] = (request.url ?? '/').split('?')
  if (hostProblem) refuse(421, hostProblem)
  else if (request.method !== 'GET' && request.method !== 'HEAD') refuse(405, 'only GET and HEAD')
  else if (path === streamPath) refuse(426, `here is a WebSocket; offer ${subprotocol}`)
  else if (!files) refuse(404, 'this server serves no page, only the stream')
  else if (!files.serve(path, request, response)) refuse(404, 'there is no such file')
}

/** Own scripts and WebAssembly only, connections only to this server. */
const contentPolicy = (port: number): string =>
  [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "media-src 'self' blob:",
    "worker-src 'self' blob:",
    `connect-src 'self' ws://127.0.0.1:${port} ws://localhost:${port}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
