import type { Role } from '@skillweave/protocol'
import type { Hub } from '@skillweave/stream/server'

/** A client's end of a link in memory. */
export interface MemoryLink {
  readonly texts: string[]
  readonly frames: Uint8Array[]
  /** 0 while open. */
  code: number
  put(data: string | Uint8Array): void
}

/** Connect to a hub; `null`: without saying hello. */
export function joinInMemory(hub: Hub, role: Role | null): MemoryLink {
  let put: MemoryLink['put'] = () => {}
  const link: MemoryLink = { texts: [], frames: [], code: 0, put: (data) => put(data) }
  hub.accept(
    (events) => {
      put = (data) => {
        if (link.code === 0) events.message(data)
      }
      return {
        bufferedAmount: 0,
        send: (data) => {
          if (typeof data === 'string') link.texts.push(data)
          else link.frames.push(data.slice())
        },
        close: (code) => {
          link.code ||= code
        },
      }
    },
    { address: 'memory' },
  )
  if (role) link.put(hello(role))
  return link
}

/** The first message; `more`: further fields, each after a comma. */
export const hello = (role: string, more = ''): string =>
  `{"op":"hello","role":"${role}","client":{"name":"trial","version":"1"},"rev":2,"features":[]${more}}`
