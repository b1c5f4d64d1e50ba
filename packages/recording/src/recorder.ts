import { McapWriter } from '@mcap/core'
import { headerBytes, protocolRevision } from '@skillweave/protocol'
import { foxgloveSchemas } from './foxglove-schemas.ts'
import { createStandard } from './standard.ts'
import { profile, topics } from './topics.ts'
import { encodeUtf8 } from './utf8.ts'

/** Where the bytes of a file go, in order. */
export interface Sink {
  write(bytes: Uint8Array): Promise<unknown>
  /** Bytes written so far. */
  position(): bigint
}

/** What a file says about itself. */
export interface RecordingFacts {
  readonly demo?: string
  readonly seed?: number
  /** The program that wrote it. */
  readonly program: string
}

/** Writes a run as it is sent: every message, exactly, and beside it what other programs understand. */
export interface Recorder {
  /** A message of the run: text, or the bytes of a frame. Wait for it before the next one. */
  take(message: string | Uint8Array): Promise<void>
  /** Write the index; the file is complete after it. */
  end(): Promise<void>
}

/** Begin a file. */
export async function createRecorder(sink: Sink, facts: RecordingFacts): Promise<Recorder> {
  const writer = new McapWriter({ writable: sink })
  await writer.start({ profile, library: facts.program })
  const channel = async (topic: string, schema?: { readonly title: string }): Promise<number> => {
    const schemaId = schema
      ? await writer.registerSchema({
          name: schema.title,
          encoding: 'jsonschema',
          data: encodeUtf8(JSON.stringify(schema)),
        })
      : 0
    return writer.registerChannel({
      schemaId,
      topic,
      messageEncoding: topic === topics.frames ? 'skillweave.v1' : 'json',
      metadata: new Map(),
    })
  }
  const text = await channel(topics.text, textSchema)
  const frames = await channel(topics.frames)
  const standard = createStandard()
  const channels = {
    [topics.transforms]: await channel(topics.transforms, foxgloveSchemas.transforms),
    [topics.joints]: await channel(topics.joints, foxgloveSchemas.joints),
    [topics.scene]: await channel(topics.scene, foxgloveSchemas.scene),
  }
  await writer.addMetadata({
    name: profile,
    metadata: new Map([
      ['protocolRevision', String(protocolRevision)],
      ['program', facts.program],
      ...(facts.demo === undefined ? [] : ([['demo', facts.demo]] as const)),
      ...(facts.seed === undefined ? [] : ([['seed', String(facts.seed)]] as const)),
    ]),
  })
  let sequence = 0
  let recorded_s = 0
  let last_s = Number.NaN

  const write = (channelId: number, data: Uint8Array): Promise<void> => {
    const logTime = BigInt(Math.round(recorded_s * 1e9))
    return writer.addMessage({
      channelId,
      sequence: sequence++,
      logTime,
      publishTime: logTime,
      data,
    })
  }
  /** Recorded time follows the run's and never goes back. */
  const advance = (frame: Uint8Array): void => {
    const time_s = new DataView(frame.buffer, frame.byteOffset).getFloat64(8, true)
    if (time_s > last_s) recorded_s += time_s - last_s
    last_s = time_s
  }

  return {
    async take(message) {
      if (typeof message !== 'string') {
        if (message.length < headerBytes) throw new Error(`a frame of ${message.length} bytes`)
        advance(message)
        await write(frames, message)
      } else await write(text, encodeUtf8(message))
      for (const { topic, value } of standard.of(message, recorded_s)) {
        await write(channels[topic], encodeUtf8(JSON.stringify(value)))
      }
    },
    end: () => writer.end(),
  }
}

const textSchema = {
  title: 'skillweave.v1.text',
  description: 'A text message of the protocol skillweave.v1, hub to client.',
  type: 'object',
  properties: { op: { type: 'string' } },
  required: ['op'],
}
