import { McapStreamReader } from '@mcap/core'
import { topics } from './topics.ts'
import { decodeUtf8 } from './utf8.ts'

/** A message as it was sent, at a moment of recorded time. */
export interface Message {
  readonly at_s: number
  readonly data: string | Uint8Array
}

/** A whole file. */
export interface Recording {
  readonly messages: readonly Message[]
  /** What the file says about itself. */
  readonly facts: Readonly<Record<string, string>>
  /** False: the program that wrote it did not end it; what was there has been read. */
  readonly isComplete: boolean
}

const piece = 1 << 20
/** Read a file. Throws a sentence with the byte where reading stopped. */
export function readRecording(bytes: Uint8Array): Recording {
  const reader = new McapStreamReader()
  const names = new Map<number, string>()
  const messages: Message[] = []
  const facts: Record<string, string> = {}
  let fed = 0
  try {
    while (fed < bytes.length && !reader.done()) {
      const next = bytes.subarray(fed, fed + piece)
      reader.append(next)
      fed += next.length
      for (let record = reader.nextRecord(); record; record = reader.nextRecord()) {
        if (record.type === 'Channel') names.set(record.id, record.topic)
        else if (record.type === 'Metadata') {
          Object.assign(facts, Object.fromEntries(record.metadata))
        } else if (record.type === 'Message') {
          const topic = names.get(record.channelId)
          const at_s = Number(record.logTime) / 1e9
          if (topic === topics.text) messages.push({ at_s, data: decodeUtf8(record.data) })
          // The reader's buffer is filled again: keep a copy.
          else if (topic === topics.frames) messages.push({ at_s, data: record.data.slice() })
        }
      }
    }
  } catch (error) {
    const at = fed - reader.bytesRemaining()
    throw new Error(`this file cannot be read beyond byte ${at}: ${(error as Error).message}`)
  }
  if (!messages.some((m) => typeof m.data !== 'string')) {
    const found = [...names.values()].join(', ') || `nothing in ${bytes.length} bytes`
    throw new Error(`this file has no frames of a run (${topics.frames}); it has ${found}`)
  }
  return { messages, facts, isComplete: reader.done() }
}
