import {
  type Channel,
  channelOf,
  frameFlags,
  type HubMessage,
  parseHubMessage,
  type WorldMessage,
} from '@skillweave/protocol'
import type { Recording } from '@skillweave/recording'
import type { Hub, HubCall } from '@skillweave/stream/hub'

/** A recording on its way to whoever is connected. */
export interface Player {
  stop(): void
}

const tick_ms = 8

/** A message of the recording, understood. */
type Entry = { readonly at_s: number } & (
  | { readonly kind: 'text'; readonly message: HubMessage }
  | { readonly kind: 'frame'; readonly bytes: Uint8Array; readonly time_s: number }
)

/**
 * Send a recording again on a hub: the same descriptions, events and frames, at the pace they had. Obeys
 * pause, speed, step and `replay.seek`. Throws for a recording without frames.
 */
export function playRecording(hub: Hub, recording: Recording): Player {
  const entries = recording.messages.flatMap(understand)
  const frames = entries.filter((e) => e.kind === 'frame')
  if (frames.length === 0) throw new Error('this recording has no frames')
  const times = frames.map((f) => f.time_s)
  const [from_s, to_s] = minMax(times)
  const range = { from_s, to_s }
  /** Ids in the file → channels of this hub. */
  const channels = new Map<number, { readonly channel: Channel; seq: number }>()
  let world: WorldMessage = { op: 'world', paused: false, speed: 1, controllers: [], targets: [] }
  let next = 0
  let clock_s = 0
  let paused = false
  let speed = 1
  let last_ms = performance.now()

  const announce = (): void => {
    const { op: _, past: _past, state: _state, ...recorded } = world
    hub.setWorld({
      ...recorded,
      paused,
      speed,
      accepts: ['world.pause', 'world.speed', 'world.step', 'replay.seek'],
      replay: range,
    })
  }

  /** Say what the recording says here. Events are facts of their moment: not on the way to another one. */
  function tell(message: HubMessage, isPassing: boolean): void {
    switch (message.op) {
      case 'scene': {
        const { op: _, ...scene } = message
        hub.setScene(scene)
        break
      }
      case 'robots':
        hub.setRobots(message.list)
        break
      case 'skills':
        hub.setSkills(message.list, message.robot)
        break
      case 'world':
        world = message
        announce()
        break
      case 'channels':
        for (const c of message.list) open(c)
        break
      case 'timeline':
        if (!isPassing) hub.cut(message.time_s, message.reason)
        break
      case 'notice':
        hub.notice(message.id, message.level, message.text)
        break
      case 'event':
        if (!isPassing) {
          const { time_s, robot } = message
          const where = { time_s, ...(robot === undefined ? {} : { robot }) }
          hub.event(message.name, message.data, where)
        }
        break
    }
  }

  function open(recorded: Channel): void {
    if (channels.has(recorded.id)) return
    const { id: _id, kind: _kind, bytes, fields, labels, hash, ...spec } = recorded
    const channel = hub.openChannel({ ...spec, layout: { bytes, fields, labels, hash } })
    channels.set(recorded.id, { channel, seq: 0 })
  }

  function send(bytes: Uint8Array, isFirst: boolean): void {
    const to = channels.get(channelOf(bytes))
    if (!to) return
    const copy = bytes.slice()
    const view = new DataView(copy.buffer)
    view.setUint8(1, copy[1] | frameFlags.replay | (isFirst ? frameFlags.cut : 0))
    view.setUint16(2, to.channel.id, true)
    // A recording can be seen twice; its frames are new each time.
    to.seq = (to.seq + 1) >>> 0
    view.setUint32(4, to.seq, true)
    hub.publish(to.channel, copy)
  }

  function play(entry: Entry): void {
    if (entry.kind === 'text') tell(entry.message, false)
    else send(entry.bytes, false)
  }

  function seek(time_s: number): void {
    const at = entries.findLastIndex((e) => e.kind === 'frame' && e.time_s <= time_s + 1e-6)
    const newest = new Map<number, Uint8Array>()
    hub.cut(time_s, 'load')
    for (let i = 0; i <= at; i++) {
      const entry = entries[i]
      if (entry.kind === 'text') tell(entry.message, true)
      else newest.set(channelOf(entry.bytes), entry.bytes)
    }
    for (const bytes of newest.values()) send(bytes, true)
    next = at + 1
    clock_s = entries[Math.max(0, at)].at_s
  }

  /** Up to and with the next frames that have a later time. */
  function step(count: number): void {
    for (let n = 0; n < count && next < entries.length; n++) {
      let seen_s = Number.NaN
      while (next < entries.length) {
        const entry = entries[next]
        if (entry.kind === 'frame') {
          if (!Number.isNaN(seen_s) && entry.time_s !== seen_s) break
          seen_s = entry.time_s
        }
        play(entry)
        clock_s = entry.at_s
        next++
      }
    }
  }

  function obey(call: HubCall): void {
    switch (call.method) {
      case 'world.pause':
        paused = call.params.paused
        if (!paused && next >= entries.length) seek(range.from_s)
        break
      case 'world.speed':
        speed = call.params.speed
        break
      case 'world.step':
        paused = true
        step(call.params.count)
        break
      case 'replay.seek':
        seek(call.params.time_s)
        break
      default:
        call.refuse({
          code: 'not-available',
          text: `a recording can be watched, not changed (${call.method})`,
        })
        return
    }
    announce()
    call.accept(null)
  }

  const subscription = hub.calls$.subscribe(obey)
  const timer = setInterval(() => {
    hub.drain()
    const now_ms = performance.now()
    if (!paused) clock_s += (Math.min(200, now_ms - last_ms) / 1000) * speed
    last_ms = now_ms
    if (paused) return
    while (next < entries.length && entries[next].at_s <= clock_s) play(entries[next++])
    if (next >= entries.length) {
      paused = true
      announce()
    }
  }, tick_ms)
  announce()
  return {
    stop() {
      clearInterval(timer)
      subscription.unsubscribe()
    },
  }
}

function understand({ at_s, data }: Recording['messages'][number]): Entry[] {
  if (typeof data !== 'string') {
    const time_s = new DataView(data.buffer, data.byteOffset).getFloat64(8, true)
    return [{ kind: 'frame', at_s, bytes: data, time_s }]
  }
  const parsed = parseHubMessage(data)
  return parsed.ok ? [{ kind: 'text', at_s, message: parsed.value }] : []
}

/** Least and greatest; spreading all of a long recording would not fit a call. */
function minMax(values: readonly number[]): [number, number] {
  let least = values[0]
  let most = values[0]
  for (const v of values) {
    if (v < least) least = v
    if (v > most) most = v
  }
  return [least, most]
}
