import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { OpenTransport } from './transport.ts'

/** How long a closing handshake may take, ms. */
export const goodbye_ms = 1000

/**
 * A socket of the server as the hub's transport; `socket` is the connection below it. What is sent in one go leaves
 * in one write when the sender is done, so that a control step never pays for its viewers' system calls.
 */
export const serverTransport =
  (ws: WebSocket, socket: Duplex): OpenTransport =>
  (events) => {
    const waiting: (string | Uint8Array)[] = []
    let waitingBytes = 0
    const flush = (): void => {
      socket.cork()
      for (const data of waiting) if (ws.readyState === ws.OPEN) ws.send(data)
      socket.uncork()
      waiting.length = 0
      waitingBytes = 0
    }
    ws.binaryType = 'arraybuffer'
    ws.on('message', (data, isBinary) => {
      if (!isBinary) events.message(data.toString())
      else if (data instanceof ArrayBuffer) events.message(new Uint8Array(data))
    })
    ws.on('close', (code, reason) => events.close(code, reason.toString()))
    return {
      get bufferedAmount() {
        return waitingBytes + ws.bufferedAmount
      },
      send(data) {
        if (waiting.length === 0) queueMicrotask(flush)
        waiting.push(data)
        waitingBytes += data.length
      },
      close(code, reason) {
        flush()
        closeSocket(ws, code, reason)
      },
    }
  }

/** Close, and cut the connection if the other side does not take part in it. */
export function closeSocket(ws: WebSocket, code: number, reason: string): void {
  // A close frame has room for 123 bytes.
  ws.close(code, reason.replace(/[^\x20-\x7e]/g, '?').slice(0, 120))
  const timer = setTimeout(() => ws.terminate(), goodbye_ms)
  timer.unref()
  ws.once('close', () => clearTimeout(timer))
}
