import {
  type Channel,
  declareChannel,
  encodeMessage,
  type HubMessage,
  headerBytes,
} from '@skillweave/protocol'
import { Subject } from 'rxjs'
import { createCallQueue } from './call-queue.ts'
import {
  type Hub,
  type HubCall,
  type HubLimits,
  type HubOptions,
  hubLimits,
} from './hub-interface.ts'
import { type ChannelState, createIncoming } from './incoming.ts'
import { createLinks } from './links.ts'
import { portTransport } from './transport.ts'

export {
  type ClientInfo,
  type Hub,
  type HubCall,
  type HubLimits,
  type HubOptions,
  hubLimits,
  type Peer,
  type RobotFrames,
} from './hub-interface.ts'

/** Milliseconds between looks at what waits. */
const tick_ms = 10

export function createHub(options: HubOptions = {}): Hub {
  const limits: HubLimits = { ...hubLimits, ...options.limits }
  const now_s = (): number => performance.now() / 1000
  const bootId = randomHex(16)
  const calls$ = new Subject<HubCall>()
  const taps = new Set<(message: string | Uint8Array) => void>()
  const channels = new Map<number, ChannelState>()
  /** Newest text per subject, for newcomers, in the order they are to be told. */
  const told = new Map<string, string>()
  let channelsOpened = 0
  let eventsSent = 0
  let timelineId = 0
  const links = createLinks({ bootId, limits, now_s, left: (info) => hub.robotEnd?.left(info) })
  const calls = createCallQueue(links, limits)
  const receive = createIncoming(links, {
    ...{ bootId, limits, now_s },
    authorize: options.authorize ?? (() => ({ ok: true })),
    onError: options.onError ?? ((error) => console.error(error)),
    channel: (id) => channels.get(id),
    robotEnd: () => hub.robotEnd,
    call: calls.add,
    describe: (link) => {
      for (const text of told.values()) link.outbox.sendReliable(text, now_s())
      if (channels.size === 0) return
      links.send(link, { op: 'channels', list: [...channels.values()].map((c) => c.channel) })
    },
  })
  let lastTick_s = now_s()
  let lastSecond_s = lastTick_s

  function broadcast(message: HubMessage): string {
    const text = encodeMessage(message)
    const now = now_s()
    for (const link of links.all) if (link.info) link.outbox.sendReliable(text, now)
    for (const tap of taps) tap(text)
    return text
  }

  /** Tell everybody now and newcomers later. */
  function tell(subject: string, message: HubMessage): void {
    told.set(subject, broadcast(message))
  }

  function everySecond(now: number): void {
    for (const link of [...links.all]) {
      if (!link.info) {
        if (now - link.since_s > limits.helloWithin_s) {
          links.close(link, 'helloTimeout', `no hello within ${limits.helloWithin_s} s`)
        }
        continue
      }
      const stall = link.outbox.stall(now)
      if (stall !== null) links.close(link, 'stalled', stall)
      else if (link.beatsMissed >= limits.beatsMissed)
        links.close(link, 'stalled', 'this client answers no beats')
      else {
        links.beat(link)
        const { rtt_s } = link.clock
        links.send(link, {
          op: 'stats',
          channels: link.outbox.stats(),
          rtt_ms: rtt_s === null ? null : rtt_s * 1000,
          queued_B: link.outbox.queuedBytes,
          refused: link.refused,
          clients: links.all.size,
        })
      }
    }
  }

  const timer = setInterval(() => {
    const now = now_s()
    const pause_s = now - lastTick_s
    lastTick_s = now
    if (pause_s > 0.5) {
      // The loop kept this process busy; clients have had no chance to be heard.
      for (const link of links.all) {
        link.since_s += pause_s
        link.outbox.forgive(pause_s)
      }
    }
    for (const link of links.all) link.outbox.pump(now)
    if (now - lastSecond_s < 1) return
    lastSecond_s = now
    everySecond(now)
  }, tick_ms)
  // In Node the timer alone must not keep the process alive; browsers have plain numbers here.
  if (typeof timer === 'object') timer.unref()

  const hub: Hub = {
    bootId,
    robotEnd: undefined,
    calls$: calls$.asObservable(),
    get clients() {
      return [...links.all].flatMap((l) => (l.info ? [l.info] : []))
    },
    setScene: (scene) => tell('scene', { op: 'scene', ...scene }),
    setRobots: (list) => tell('robots', { op: 'robots', list }),
    setSkills: (list, robot) =>
      tell(`skills ${robot ?? ''}`, {
        op: 'skills',
        ...(robot === undefined ? {} : { robot }),
        list,
      }),
    setWorld: (world) => tell('world', { op: 'world', ...world }),
    openChannel(spec) {
      if (channelsOpened >= 65_535) throw new Error('a hub cannot open more than 65535 channels')
      for (const { channel } of channels.values()) {
        if (channel.name === spec.name && channel.robot === spec.robot) {
          throw new Error(`channel ${spec.name} of ${spec.robot ?? 'no robot'} is open already`)
        }
      }
      const channel = declareChannel(++channelsOpened, spec)
      channels.set(channel.id, { channel, newest: null })
      broadcast({ op: 'channels', list: [channel] })
      return channel
    },
    closeChannel(channel) {
      if (!channels.delete(channel.id)) return
      for (const link of links.all) link.outbox.unsubscribe(channel.id)
      broadcast({ op: 'retract', ids: [channel.id] })
    },
    publish(channel, bytes) {
      const state = channels.get(channel.id)
      if (!state) throw new Error(`channel ${channel.id} (${channel.name}) is not open`)
      checkFrame(channel, bytes)
      let frame = state.newest
      if (frame && !frame.isTaken && frame.bytes.length === bytes.length) frame.bytes.set(bytes)
      else {
        frame = { bytes: bytes.slice() as Uint8Array<ArrayBuffer>, seq: 0, isTaken: false }
        state.newest = frame
      }
      frame.seq = (bytes[4] | (bytes[5] << 8) | (bytes[6] << 16) | (bytes[7] << 24)) >>> 0
      const now = now_s()
      for (const link of links.all) link.outbox.offer(channel.id, frame, now)
      for (const tap of taps) tap(bytes)
    },
    event(name, data, { time_s, robot }) {
      const head = { op: 'event', seq: ++eventsSent, time_s, name } as const
      broadcast({ ...head, ...(robot === undefined ? {} : { robot }), data } as HubMessage)
    },
    notice(id, level, text) {
      tell(`notice ${id}`, { op: 'notice', id, level, text })
      if (text === '') told.delete(`notice ${id}`)
    },
    tap(listener) {
      for (const text of told.values()) listener(text)
      for (const { channel } of channels.values())
        listener(encodeMessage({ op: 'channels', list: [channel] }))
      taps.add(listener)
      return () => taps.delete(listener)
    },
    cut(time_s, reason) {
      for (const link of links.all) link.outbox.cut()
      for (const state of channels.values()) state.newest = null
      tell('timeline', { op: 'timeline', id: ++timelineId, time_s, reason })
    },
    drain: () => calls.drain(calls$.observed ? (call) => calls$.next(call) : null),
    accept: (open, peer) => links.accept(open, peer, receive),
    acceptPort: (port) => links.accept(portTransport(port), { address: 'port' }, receive),
    dispose(reason = 'the server ends') {
      clearInterval(timer)
      for (const link of [...links.all]) {
        link.transport.send(encodeMessage({ op: 'bye', reason }))
        links.forget(link)
        link.transport.close(1001, reason)
      }
      calls$.complete()
    },
  }
  return hub
}

/** `crypto.randomUUID` exists in secure contexts only; this exists everywhere. */
const randomHex = (bytes: number): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (b) =>
    b.toString(16).padStart(2, '0'),
  ).join('')

function checkFrame(channel: Channel, bytes: Uint8Array): void {
  const id = bytes.length < headerBytes ? 0 : bytes[2] | (bytes[3] << 8)
  const hasRest = channel.fields.at(-1)?.count === 'rest'
  const isLength = hasRest ? bytes.length >= channel.bytes : bytes.length === channel.bytes
  if (isLength && id === channel.id && bytes[0] === channel.kind) return
  throw new Error(
    `a frame of ${bytes.length} bytes for channel ${id} was published on ${channel.name}, which is channel ${channel.id} and has ${channel.bytes} bytes`,
  )
}
