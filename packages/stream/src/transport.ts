/** Bytes or text, as they travel. */
export type Message = string | Uint8Array

/** What happens at the other end of a transport. */
export interface TransportEvents {
  open(): void
  message(data: Message): void
  /** Once, whoever closed it; nothing comes after. */
  close(code: number, reason: string): void
}

/** One connection, already on its way. WebSocket and MessagePort look the same above this. */
export interface Transport {
  /** Never waits, never throws; what is sent after the end is dropped. */
  send(data: string | Uint8Array<ArrayBuffer>): void
  /** Bytes handed over but not yet on the wire; 0 where nobody knows (MessagePort). */
  readonly bufferedAmount: number
  close(code: number, reason: string): void
}

/** Starts a connection and reports to `events`, never before it has returned. */
export type OpenTransport = (events: TransportEvents) => Transport

/** The part of a WebSocket that is used; browsers', Node's and the `ws` package's fit. */
export interface WebSocketLike {
  binaryType: string
  readonly bufferedAmount: number
  readonly readyState: number
  send(data: string | Uint8Array<ArrayBuffer>): void
  close(code?: number, reason?: string): void
  onopen: ((event: never) => void) | null
  onmessage: ((event: never) => void) | null
  onclose: ((event: never) => void) | null
  onerror: ((event: never) => void) | null
}

export type WebSocketConstructor = new (url: string, protocols: string) => WebSocketLike

/** Open WebSockets to a URL. Without `WebSocket` the global one is used (browsers, Node ≥ 22). */
export function webSocketTransport(options: {
  readonly url: string
  readonly subprotocol: string
  readonly WebSocket?: WebSocketConstructor | undefined
}): OpenTransport {
  const Constructor =
    options.WebSocket ?? (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket
  if (!Constructor) {
    throw new Error('this runtime has no WebSocket; pass one, such as the class of the ws package')
  }
  return (events) => {
    const socket = new Constructor(options.url, options.subprotocol)
    socket.binaryType = 'arraybuffer'
    let isClosed = false
    const end = (code: number, reason: string): void => {
      if (isClosed) return
      isClosed = true
      events.close(code, reason)
    }
    socket.onopen = () => {
      if (!isClosed) events.open()
    }
    socket.onmessage = (event: { data: unknown }) => {
      if (isClosed) return
      const { data } = event
      if (typeof data === 'string') events.message(data)
      else if (data instanceof ArrayBuffer) events.message(new Uint8Array(data))
    }
    socket.onclose = (event: { code: number; reason: string }) => end(event.code, event.reason)
    // A close event follows every error; the handler only keeps Node from throwing.
    socket.onerror = () => {}
    return {
      send(data) {
        if (!isClosed && socket.readyState === 1) socket.send(data)
      },
      get bufferedAmount() {
        return socket.bufferedAmount
      },
      close(code, reason) {
        socket.close(code, reason)
      },
    }
  }
}

/** The part of a MessagePort that is used; browsers' and Node's fit. */
export interface PortLike {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void
  start(): void
  close(): void
  addEventListener(type: 'message', listener: (event: object) => void): void
  removeEventListener(type: 'message', listener: (event: object) => void): void
}

/** Text that says goodbye over a port, which has no close event of its own everywhere. */
const portClose = 'close '

/** A transport over a MessagePort. It can be opened once; holding the port is the permission. */
export function portTransport(port: PortLike): OpenTransport {
  return (events) => {
    let isClosed = false
    const end = (code: number, reason: string): void => {
      if (isClosed) return
      isClosed = true
      port.removeEventListener('message', receive)
      port.close()
      events.close(code, reason)
    }
    const receive = (event: object): void => {
      const { data } = event as { readonly data: unknown }
      if (data instanceof ArrayBuffer) events.message(new Uint8Array(data))
      else if (typeof data === 'string' && data.startsWith(portClose)) {
        const [, code, ...reason] = data.split(' ')
        end(Number(code) || 1005, reason.join(' '))
      } else if (typeof data === 'string') events.message(data)
    }
    port.addEventListener('message', receive)
    port.start()
    queueMicrotask(() => {
      if (!isClosed) events.open()
    })
    return {
      bufferedAmount: 0,
      send(data) {
        if (isClosed) return
        if (typeof data === 'string') port.postMessage(data, [])
        else {
          // A frame is shared by all links, so each port gets a copy of its own to take away.
          const { buffer } = data.slice()
          port.postMessage(buffer, [buffer])
        }
      },
      close(code, reason) {
        if (!isClosed) port.postMessage(`${portClose}${code} ${reason}`, [])
        end(code, reason)
      },
    }
  }
}
