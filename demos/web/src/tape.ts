import { parseHubMessage } from '@skillweave/protocol'
import type { OpenTransport } from '@skillweave/stream/client'

/** A message of the run as it came: text, or the bytes of a frame. */
export type TapeMessage = string | Uint8Array

/** What came over the link in the last minute, or since a recording was begun: exactly, in order. */
export interface Tape {
  /** Wrap a transport so that everything it brings is kept. */
  over(open: OpenTransport): OpenTransport
  /** Keep everything from now on instead of the last minute; false: the last minute again. */
  readonly isRecording: boolean
  record(isOn: boolean): void
  /** Held now, bytes. */
  readonly size: number
  /** What a newcomer would have been told before the oldest message, then all messages. */
  read(): readonly TapeMessage[]
}

const keep_ms = 60_000
/** A page that holds more than this is in danger; the recording then ends by itself. */
const sizeMax = 512 * 2 ** 20

/** Ops that are about one link, not about the run. */
const private_ = ['welcome', 'result', 'subscribed', 'stats', 'error', 'bye']

export function createTape(options: { readonly onFull?: () => void } = {}): Tape {
  let messages: { readonly at_ms: number; readonly data: TapeMessage }[] = []
  /** Descriptions that stand at the beginning of the tape, by subject. */
  const told = new Map<string, string>()
  let size = 0
  let isRecording = false
  let trimmed = 0
  let links = 0

  /** What a new link tells stands for itself. */
  function clear(): void {
    messages = []
    told.clear()
    size = 0
    trimmed = 0
  }

  function take(data: TapeMessage): void {
    if (typeof data === 'string') {
      const op = opOf(data)
      if (op === undefined || private_.includes(op)) return
      messages.push({ at_ms: performance.now(), data })
    } else if (data[0] === 1) messages.push({ at_ms: performance.now(), data: data.slice() })
    else return
    size += data.length
    if (isRecording && size > sizeMax) {
      isRecording = false
      options.onFull?.()
    }
    if (!isRecording) trim()
  }

  function trim(): void {
    const oldest_ms = performance.now() - keep_ms
    while (trimmed < messages.length && messages[trimmed].at_ms < oldest_ms) {
      const { data } = messages[trimmed++]
      size -= data.length
      if (typeof data === 'string') remember(data)
    }
    if (trimmed > 4096) {
      messages = messages.slice(trimmed)
      trimmed = 0
    }
  }

  function remember(text: string): void {
    const parsed = parseHubMessage(text)
    if (!parsed.ok) return
    const m = parsed.value
    if (m.op === 'event' || m.op === 'timeline') return
    if (m.op === 'retract') for (const id of m.ids) told.delete(`channel ${id}`)
    else if (m.op === 'channels') {
      for (const c of m.list) {
        told.set(`channel ${c.id}`, JSON.stringify({ op: 'channels', list: [c] }))
      }
    } else told.set(m.op === 'notice' ? `notice ${m.id}` : m.op, text)
  }

  return {
    over: (open) => (events) => {
      const mine = ++links
      clear()
      return open({
        ...events,
        message(data) {
          // An old link may still speak while the new one is opened.
          if (mine === links) take(data)
          events.message(data)
        },
      })
    },
    get isRecording() {
      return isRecording
    },
    get size() {
      return size
    },
    record(isOn) {
      if (isOn) {
        for (const { data } of messages.slice(trimmed)) if (typeof data === 'string') remember(data)
        messages = []
        trimmed = 0
        size = 0
      }
      isRecording = isOn
    },
    read: () => [...told.values(), ...messages.slice(trimmed).map((m) => m.data)],
  }
}

const opOf = (text: string): string | undefined => /^\{"op":"([^"]+)"/.exec(text)?.[1]
