import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { TextLink } from './machine-port.ts'

/**
 * ZMTP 3.0 (https://rfc.zeromq.org/spec/23), as much of it as three sockets need: PUSH and SUB that connect, PULL that listens, without
 * encryption, texts of one part. It replaces a native library of 13 MB.
 */
export async function connectZmtp(options: {
  readonly type: 'PUSH' | 'SUB'
  readonly host: string
  readonly port: number
  /** A message of one part. */
  onText(text: string): void
  /** Once, when the link ended by itself. */
  onEnd(text: string): void
}): Promise<TextLink> {
  const { type, host, port, onText, onEnd } = options
  const where = `${host}:${port}`
  const socket = connect({ host, port, noDelay: true })
  let fail: (text: string) => void = onEnd
  let isReady = false
  /** The newest text, while the socket is full. */
  let waiting: Buffer | null = null

  const ready = new Promise<void>((resolve, reject) => {
    fail = (text) => {
      if (isReady) onEnd(text)
      else reject(new Error(text))
      fail = () => {}
      socket.destroy()
    }
    const read = createReader({
      greeted: () => socket.write(readyCommand(type)),
      command: (name) => {
        if (name !== 'READY' || isReady) return
        isReady = true
        if (type === 'SUB') socket.write(frame(Buffer.of(subscribe)))
        resolve()
      },
      text: onText,
    })
    socket.once('connect', () => socket.write(greeting))
    socket.on('data', (bytes) => {
      const problem = read(bytes)
      if (problem !== null) fail(`${where} ${problem}`)
    })
    socket.on('drain', () => {
      if (waiting) socket.write(waiting)
      waiting = null
    })
    socket.on('error', (error) => fail(`no ZeroMQ at ${where}: ${error.message}`))
    socket.once('close', () => fail(`${where} closed the link`))
  })
  await ready
  return {
    send: (text) => {
      const bytes = frame(Buffer.from(text))
      if (socket.writableNeedDrain) waiting = bytes
      else socket.write(bytes)
    },
    close: () => {
      fail = () => {}
      socket.end()
    },
  }
}

/** A PULL socket that anybody on this address may send texts to. Rejects when the port is taken. */
export async function listenZmtp(options: {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  onText(text: string): void
}): Promise<{ readonly port: number; close(): void }> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    const read = createReader({
      greeted: () => socket.write(readyCommand('PULL')),
      command: () => {},
      text: options.onText,
    })
    socket.write(greeting)
    // Who does not speak ZMTP is not listened to.
    socket.on('data', (bytes) => {
      if (read(bytes) !== null) socket.destroy()
    })
    socket.on('error', () => {})
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

/** Signature, version 3.0, mechanism NULL, not a server; the rest is zero. */
const greeting = Buffer.alloc(64)
greeting[0] = 0xff
greeting[9] = 0x7f
greeting[10] = 3
greeting.write('NULL', 12)

const flags = { more: 1, long: 2, command: 4 } as const
/** First byte of a subscription; the topic that follows is empty: everything. */
const subscribe = 1
/** No state of a robot is longer. */
const frameMax = 1_048_576

const frame = (body: Buffer, flag = 0): Buffer => {
  if (body.length < 256) return Buffer.concat([Buffer.of(flag, body.length), body])
  const head = Buffer.alloc(9)
  head[0] = flag | flags.long
  head.writeBigUInt64BE(BigInt(body.length), 1)
  return Buffer.concat([head, body])
}

const shortText = (text: string): Buffer =>
  Buffer.concat([Buffer.of(text.length), Buffer.from(text)])

function readyCommand(type: string): Buffer {
  const size = Buffer.alloc(4)
  size.writeUInt32BE(type.length)
  const property = Buffer.concat([shortText('Socket-Type'), size, Buffer.from(type)])
  return frame(Buffer.concat([shortText('READY'), property]), flags.command)
}

/** Takes bytes as they come; a sentence when they are not ZMTP. */
function createReader(on: {
  greeted(): void
  command(name: string): void
  text(text: string): void
}): (bytes: Buffer) => string | null {
  let rest: Buffer = Buffer.alloc(0)
  let isGreeted = false
  /** Within a message of several parts, which none of ours has. */
  let isInParts = false
  return (bytes) => {
    rest = Buffer.concat([rest, bytes])
    if (!isGreeted) {
      if (rest.length < greeting.length) return null
      const mechanism = rest.toString('latin1', 12, 32).replace(/\0+$/, '')
      if (rest[0] !== 0xff || rest[9] !== 0x7f || rest[10] < 3) return 'does not speak ZMTP 3'
      if (mechanism !== 'NULL') return `wants ${mechanism}, expected no encryption`
      isGreeted = true
      rest = rest.subarray(greeting.length)
      on.greeted()
    }
    for (;;) {
      const isLong = (rest[0] & flags.long) !== 0
      const headBytes = isLong ? 9 : 2
      if (rest.length < headBytes) return null
      const length = isLong ? Number(rest.readBigUInt64BE(1)) : rest[1]
      if (length > frameMax) return `sends a frame of ${length} bytes, expected at most ${frameMax}`
      if (rest.length < headBytes + length) return null
      const flag = rest[0]
      const body = rest.subarray(headBytes, headBytes + length)
      rest = rest.subarray(headBytes + length)
      if ((flag & flags.command) !== 0) on.command(body.toString('latin1', 1, 1 + (body[0] ?? 0)))
      else {
        const hasMore = (flag & flags.more) !== 0
        if (!hasMore && !isInParts) on.text(body.toString())
        isInParts = hasMore
      }
    }
  }
}
