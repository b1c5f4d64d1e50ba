import { closeCodes, encodeMessage, protocolRevision, subprotocol } from '@skillweave/protocol'
import {
  createStreamServer,
  createToken,
  NodeWebSocket,
  type StreamServer,
  type StreamServerOptions,
} from '@skillweave/stream/server'
import { expect, type Hazard } from './hazard.ts'
import { hello } from './memory-link.ts'

/** Trials of a server with real sockets: who comes from outside. */
export const serverHazards: readonly Hazard[] = [
  { row: 41, name: 'hostile-page', run: () => withServer({}, hostilePage) },
  { row: 42, name: 'loopback-no-token', run: () => withToken(loopbackNoToken) },
  { row: 42, name: 'token-nowhere', run: () => withToken(tokenNowhere) },
  { row: 46, name: 'dribble', run: () => withServer({}, dribble) },
]

async function withServer(
  options: Partial<StreamServerOptions>,
  trial: (server: StreamServer) => Promise<void>,
): Promise<void> {
  const server = await createStreamServer({ port: 0, onError: () => {}, ...options })
  try {
    await trial(server)
  } finally {
    await server.close()
  }
}

const withToken = (
  trial: (server: StreamServer, token: string) => Promise<void>,
): Promise<void> => {
  const token = createToken()
  return withServer({ token, requireToken: 'always' }, (server) => trial(server, token))
}

/** What became of a connection: the status that refused it, or the code that closed it, and everything it was told. */
interface Visit {
  readonly end: number
  readonly told: string
}

/** Connect, do something, and wait for the end; 0 when it stays open for `patience_ms` after that. */
function visit(
  { port }: StreamServer,
  headers: Readonly<Record<string, string>>,
  act: (socket: NodeWebSocket) => void,
  patience_ms = 3000,
): Promise<Visit> {
  return new Promise((resolve) => {
    const socket = new NodeWebSocket(`ws://127.0.0.1:${port}/stream`, [subprotocol], { headers })
    let told = ''
    const end = (code: number): void => {
      resolve({ end: code, told })
      socket.terminate()
    }
    socket.on('error', () => {})
    socket.on('message', (data) => {
      told += String(data)
    })
    socket.once('unexpected-response', (_request, response) => end(response.statusCode ?? 0))
    socket.once('close', (code, reason) => {
      told += String(reason)
      end(code)
    })
    socket.once('open', () => {
      act(socket)
      setTimeout(() => end(0), patience_ms)
    })
  })
}

async function hostilePage(server: StreamServer): Promise<void> {
  for (const [header, value, status] of [
    ['origin', 'https://evil.example', 403],
    ['origin', 'null', 403],
    ['origin', `http://localhost.evil.example:${server.port}`, 403],
    // A name that somebody made to point here: its pages have their own origin, and a GET has none.
    ['host', `rebound.example:${server.port}`, 421],
  ] as const) {
    const { end } = await visit(server, { [header]: value }, () => {})
    expect(end === status, () => `${header} ${value}: ${end}, expected ${status}`)
  }
}

async function loopbackNoToken(server: StreamServer): Promise<void> {
  for (const more of ['', `,"token":"${createToken()}"`]) {
    const { end, told } = await visit(server, {}, (socket) => socket.send(hello('operator', more)))
    expect(end === closeCodes.refused, () => `hello${more}: ${end}`)
    expect(told.includes('token'), () => `the refusal says "${told}"`)
  }
}

/** Whoever is let in, or not, is never told the token; nor is a page or an address. */
async function tokenNowhere(server: StreamServer, token: string): Promise<void> {
  const { hub } = server
  let tapped = ''
  hub.tap((message) => {
    tapped += String(message)
  })
  hub.setScene({ title: 'trial', ground: {}, objects: [] })
  const good = await visit(
    server,
    {},
    (socket) => socket.send(hello('operator', `,"token":"${token}"`)),
    1500,
  )
  expect(good.end === 0 && good.told.includes('"welcome"'), () => `${good.end}: ${good.told}`)
  const almost = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`
  const bad = await visit(server, {}, (socket) =>
    socket.send(hello('operator', `,"token":"${almost}"`)),
  )
  const page = await (await fetch(`http://127.0.0.1:${server.port}/`)).text()
  const said = [good.told, bad.told, tapped, page].join('\n')
  expect(!said.includes(token) && !said.includes(almost), () => `a token was told: ${said}`)
  expect(new URL(server.url).search === '', () => `the address is ${server.url}`)
}

/** A message that comes in crumbs. */
async function dribble(server: StreamServer): Promise<void> {
  const { end } = await visit(server, {}, (socket) => {
    socket.send(hello('operator'))
    const text = encodeMessage({ op: 'bye', reason: `revision ${protocolRevision}` })
    for (const letter of text) socket.send(letter, { fin: false })
  })
  expect(end === 1008, () => `a message of many fragments: ${end}, expected 1008`)
}
