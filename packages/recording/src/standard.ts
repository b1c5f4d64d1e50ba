import {
  type Channel,
  channelOf,
  createDecoder,
  createFrame,
  type Decoder,
  jointSlots,
  type ObjectDescription,
  parseHubMessage,
  type RobotDescription,
} from '@skillweave/protocol'
import {
  type FoxgloveTime,
  frameTransforms,
  jointStates,
  type ShownFrame,
  sceneUpdate,
  timeOf,
} from './foxglove-messages.ts'
import { topics } from './topics.ts'

/** A message in a schema that other programs know. */
export interface StandardMessage {
  readonly topic: typeof topics.transforms | typeof topics.joints | typeof topics.scene
  readonly value: unknown
}

/** Says a run again in Foxglove's words: shapes once, poses and joints at most 20 times a second. */
export interface Standard {
  of(message: string | Uint8Array, recorded_s: number): readonly StandardMessage[]
}

const every_s = 1 / 20

interface Source extends ShownFrame {
  readonly decoder: Decoder
  next_s: number
}

export function createStandard(): Standard {
  let robots: readonly RobotDescription[] = []
  let objects: readonly ObjectDescription[] = []
  const channels = new Map<number, Channel>()
  const sources = new Map<number, Source>()

  function text(message: string, at: FoxgloveTime): StandardMessage[] {
    const parsed = parseHubMessage(message)
    if (!parsed.ok) return []
    const m = parsed.value
    if (m.op === 'robots') robots = m.list
    else if (m.op === 'scene') objects = m.objects
    else if (m.op === 'channels') for (const c of m.list) channels.set(c.id, c)
    else return []
    sources.clear()
    if (m.op === 'channels') return []
    return [{ topic: topics.scene, value: sceneUpdate(robots, objects, at) }]
  }

  function sourceOf(id: number): Source | undefined {
    const known = sources.get(id)
    if (known) return known
    const channel = channels.get(id)
    const robot = robots.find((r) => r.id === channel?.robot)
    if (channel?.name !== 'view.bodies' || !robot) return undefined
    const source: Source = {
      robot,
      slots: jointSlots(robot),
      objects: channel.labels.objects ?? [],
      decoder: createDecoder(channel),
      frame: createFrame(channel),
      next_s: Number.NEGATIVE_INFINITY,
    }
    sources.set(id, source)
    return source
  }

  return {
    of(message, recorded_s) {
      const at = timeOf(recorded_s)
      if (typeof message === 'string') return text(message, at)
      const source = sourceOf(channelOf(message))
      if (!source || recorded_s < source.next_s) return []
      if (source.decoder.decode(message, source.frame)) return []
      source.next_s = recorded_s + every_s - 1e-6
      return [
        { topic: topics.transforms, value: frameTransforms(source, at) },
        { topic: topics.joints, value: jointStates(source, at) },
      ]
    },
  }
}
