import { subprotocol } from '@skillweave/protocol'
import { type OpenTransport, portTransport, webSocketTransport } from '@skillweave/stream/client'
import { type Bookmark, bookmarksOf } from './bookmarks.ts'
import type { TabOrder } from './tab-worker.ts'

/** Where a run comes from. The page treats all of them alike; only sentences differ. */
export interface Source {
  readonly kind: 'server' | 'tab' | 'recording'
  /** For people: an address, a demo, a file. */
  readonly name: string
  readonly open: OpenTransport
  /** A demo that this page could run by itself, for links. */
  readonly demo?: string
  /** Of a recording. */
  readonly bookmarks?: readonly Bookmark[]
  dispose(): void
}

/** A server, found at `host`. */
export const serverSource = (url: string, host: string): Source => ({
  kind: 'server',
  name: host,
  open: webSocketTransport({ url, subprotocol }),
  dispose: () => {},
})

/** A demo simulated in a worker of this page; opening it again starts it again. */
export function tabSource(order: Omit<TabOrder, 'port' | 'folder'>): Source {
  let worker: Worker | undefined
  return {
    kind: 'tab',
    name: order.demo,
    demo: order.demo,
    open: (events) => {
      worker?.terminate()
      worker = new Worker(new URL('./tab-worker.ts', import.meta.url), { type: 'module' })
      const { port1, port2 } = new MessageChannel()
      const folder = new URL('policies/', document.baseURI).href
      worker.postMessage({ ...order, folder, port: port1 } satisfies TabOrder, [port1])
      return portTransport(port2)(events)
    },
    dispose: () => worker?.terminate(),
  }
}

/** A recording, played in this page. Rejects with a sentence for a file that is none. */
export async function recordingSource(name: string, bytes: Uint8Array): Promise<Source> {
  const [{ readRecording }, { playRecording }, { createHub }] = await Promise.all([
    import('@skillweave/recording'),
    import('../../src/live/player.ts'),
    import('@skillweave/stream/hub'),
  ])
  const recording = readRecording(bytes)
  let stop = (): void => {}
  return {
    kind: 'recording',
    name,
    bookmarks: bookmarksOf(recording.messages.map((m) => m.data)),
    open: (events) => {
      stop()
      const hub = createHub()
      const player = playRecording(hub, recording)
      const { port1, port2 } = new MessageChannel()
      hub.acceptPort(port1)
      stop = () => {
        player.stop()
        hub.dispose()
      }
      return portTransport(port2)(events)
    },
    dispose: () => stop(),
  }
}
