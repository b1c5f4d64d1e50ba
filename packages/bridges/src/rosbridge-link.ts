import { WebSocket } from 'ws'
import type { TextLink } from './machine-port.ts'

/** Bytes that may wait for a rosbridge server; more is not sent. */
const waitingBytesMax = 65_536

/** Connect to a rosbridge server. Rejects when nobody answers; `onEnd` is told once why an open link ended. */
export async function connectRosbridge(options: {
  readonly url: string
  onText(text: string): void
  onEnd(text: string): void
}): Promise<TextLink> {
  const { url, onText, onEnd } = options
  const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 1_048_576 })
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve())
    socket.once('error', (error) => reject(new Error(`no rosbridge at ${url}: ${error.message}`)))
  })
  // Errors of an open socket are followed by its close.
  socket.on('error', () => {})
  socket.on('message', (data, isBinary) => {
    if (!isBinary) onText(String(data))
  })
  socket.once('close', (code) => onEnd(`the rosbridge at ${url} closed the link (${code})`))
  return {
    send: (text) => {
      const isOpen = socket.readyState === socket.OPEN
      if (isOpen && socket.bufferedAmount < waitingBytesMax) socket.send(text)
    },
    close: () => {
      socket.removeAllListeners('close')
      socket.close()
    },
  }
}
