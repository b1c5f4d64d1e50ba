import {
  type Call,
  type CallError,
  type CallMessage,
  type Channel,
  type ChannelSpec,
  type CloseReason,
  closeCodes,
  declareChannel,
  decodeControl,
  type EventData,
  type EventName,
  encodeBeat,
  encodeMessage,
  features,
  type Hello,
  type HubMessage,
  headerBytes,
  helloLimits,
  kinds,
  type MethodName,
  type MethodParams,
  type MethodValue,
  mayCall,
  methods,
  type NoticeMessage,
  parseClientMessage,
  protocolRevision,
  type RobotDescription,
  type Role,
  reservedMethods,
  type SceneDescription,
  type SkillDescription,
  subprotocol,
  type TimelineMessage,
  textLimits,
  type WorldMessage,
} from '@skillweave/protocol'
import { type Observable, Subject } from 'rxjs'
import { type ClockOffset, createClockOffset } from './clock-offset.ts'
import { Outbox, type OutboxLimits, outboxLimits, type SharedFrame } from './outbox.ts'
import { createTokenBucket, type TokenBucket } from './token-bucket.ts'
import {
  type Message,
  type OpenTransport,
  type PortLike,
  portTransport,
  type Transport,
} from './transport.ts'

/** Who is at the other end of a link. */
export interface Peer {
  /** Network address, or what stands for it. */
  readonly address: string
}

/** A client as the loop sees it. */
export interface ClientInfo {
  readonly session: string
  readonly name: string
  readonly role: Role
}

/** A checked call, waiting to be carried out. Answer it once; a second answer is ignored. */
export type HubCall = {
  readonly [M in MethodName]: {
    readonly method: M
    readonly params: MethodParams<M>
    readonly from: ClientInfo
    accept(value: MethodValue<M>): void
    refuse(error: CallError): void
  }
}[MethodName]

export interface HubLimits extends OutboxLimits {
  readonly links: number
  readonly linksPerAddress: number
  readonly operators: number
  readonly subscriptions: number
  readonly callsWaiting: number
  readonly helloWithin_s: number
  /** Messages of one client: on average, and at once. */
  readonly textRate_hz: number
  readonly textBurst: number
  readonly binaryRate_hz: number
  readonly binaryBurst: number
  /** Beats in a row without an answer before a link counts as dead. */
  readonly beatsMissed: number
}

export const hubLimits: HubLimits = {
  ...outboxLimits,
  links: 128,
  linksPerAddress: 64,
  operators: 8,
  subscriptions: 256,
  callsWaiting: 256,
  helloWithin_s: 5,
  textRate_hz: 120,
  textBurst: 240,
  binaryRate_hz: 400,
  binaryBurst: 800,
  beatsMissed: 10,
}

export interface HubOptions {
  readonly limits?: Partial<HubLimits>
  /** Says whether a client may come in; the default lets everybody in, as is right for a MessagePort. */
  readonly authorize?: (
    hello: Hello,
    peer: Peer,
  ) => { readonly ok: true } | { readonly ok: false; readonly text: string }
  /** Told of mistakes of ours that a message brought to light; they end that link only. Default: the console. */
  readonly onError?: (error: unknown) => void
}

/**
 * Where a run is published and steered, whatever carries the bytes: the same object serves
 * WebSockets, a page's worker and tests. Nothing a client does can block or throw into the publisher.
 */
export interface Hub {
  readonly bootId: string
  /** What clients asked for, checked; emitted by `drain` only. */
  readonly calls$: Observable<HubCall>
  /** Clients that are here. */
  readonly clients: readonly ClientInfo[]
  /**
   * Whose frames of the command path these are: commands, stops, enables. Told at once, not at `drain`, so
   * that nothing waits behind a simulation step. Absent: such frames are counted and dropped.
   */
  robotEnd: RobotFrames | undefined
  /** Describe the run; replaces what was said before of the same kind, and reaches everybody. */
  setScene(scene: SceneDescription): void
  setRobots(robots: readonly RobotDescription[]): void
  setSkills(skills: readonly SkillDescription[], robot?: string): void
  setWorld(world: Omit<WorldMessage, 'op'>): void
  /** Declare a channel. Bind an encoder to what this returns. */
  openChannel(spec: ChannelSpec): Channel
  closeChannel(channel: Channel): void
  /**
   * Publish a frame of a channel: copied at once, delivered as the channel's class says. Never waits.
   * Throws if the bytes are not a frame of this channel (a mistake of the caller).
   */
  publish(channel: Channel, bytes: Uint8Array): void
  event<N extends EventName>(
    name: N,
    data: EventData[N],
    options: { readonly time_s: number; readonly robot?: string },
  ): void
  /** Show a sentence until another one with the same id, or an empty one, replaces it. */
  notice(id: string, level: NoticeMessage['level'], text: string): void
  /**
   * Hand everything that is told or published to `listener`, without loss, beginning with what a
   * newcomer is told. Bytes are valid during the call only. For a recorder in this process. Returns how to stop.
   */
  tap(listener: (message: string | Uint8Array) => void): () => void
  /** Time jumps: reset, rewind, load. The next frame of every channel carries the cut flag. */
  cut(time_s: number, reason: TimelineMessage['reason']): void
  /** Emit the calls that have arrived, in order. For the loop, between control steps. */
  drain(): void
  /** Take in a connection. */
  accept(open: OpenTransport, peer: Peer): void
  /** Serve one end of a MessageChannel; the other goes to a client. */
  acceptPort(port: PortLike): void
  /** Say goodbye and let go of everything. */
  dispose(reason?: string): void
}

/** Takes what comes for a robot, as it comes. `bytes` are not kept by the hub. */
export interface RobotFrames {
  command(bytes: Uint8Array, from: ClientInfo): void
  /** Returns the answer that goes to everybody. */
  stop(bytes: Uint8Array, from: ClientInfo): Uint8Array<ArrayBuffer>
  enable(bytes: Uint8Array, from: ClientInfo): void
  /** The link is gone, whoever ended it. */
  left(from: ClientInfo): void
}

interface Link {
  readonly session: string
  readonly peer: Peer
  /** Connected at; moved on when this process stood still. */
  since_s: number
  readonly transport: Transport
  readonly outbox: Outbox
  readonly texts: TokenBucket
  readonly binaries: TokenBucket
  clock: ClockOffset
  info: ClientInfo | null
  isGone: boolean
  refused: number
  callsWaiting: number
  beatSeq: number
  beatsMissed: number
  peerBeat: { readonly time_s: number; readonly at_s: number } | null
}

interface ChannelState {
  readonly channel: Channel
  newest: SharedFrame | null
}

/** Milliseconds between looks at what waits. */
const tick_ms = 10

export function createHub(options: HubOptions = {}): Hub {
  const limits: HubLimits = { ...hubLimits, ...options.limits }
  const authorize = options.authorize ?? (() => ({ ok: true }))
  const onError = options.onError ?? ((error) => console.error(error))
  const now_s = (): number => performance.now() / 1000
  const bootId = randomHex(16)
  const calls$ = new Subject<HubCall>()
  const links = new Set<Link>()
  const taps = new Set<(message: string | Uint8Array) => void>()
  const channels = new Map<number, ChannelState>()
  const waiting: { readonly link: Link; readonly call: Call; readonly id: number }[] = []
  /** Newest text per subject, for newcomers, in the order they are to be told. */
  const told = new Map<string, string>()
  let channelsOpened = 0
  let eventsSent = 0
  let timelineId = 0
  let sessions = 0
  let lastTick_s = now_s()
  let lastSecond_s = lastTick_s

  function broadcast(message: HubMessage): string {
    const text = encodeMessage(message)
    const now = now_s()
    for (const link of links) if (link.info) link.outbox.sendReliable(text, now)
    for (const tap of taps) tap(text)
    return text
  }

  /** Tell everybody now and newcomers later. */
  function tell(subject: string, message: HubMessage): void {
    told.set(subject, broadcast(message))
  }

  function send(link: Link, message: HubMessage): void {
    if (!link.isGone) link.outbox.sendReliable(encodeMessage(message), now_s())
  }

  function close(link: Link, reason: CloseReason, text: string): void {
    if (link.isGone) return
    const message = encodeMessage({ op: 'error', code: reason, text })
    link.transport.send(message)
    forget(link)
    link.transport.close(closeCodes[reason], text)
  }

  function forget(link: Link): void {
    if (link.isGone) return
    link.isGone = true
    links.delete(link)
    if (link.info) hub.robotEnd?.left(link.info)
  }

  function accept(open: OpenTransport, peer: Peer): void {
    const queued: Message[] = []
    let link: Link | null = null
    const transport = open({
      open() {},
      message(data) {
        if (link) guard(link, data)
        else queued.push(data)
      },
      close() {
        if (link) forget(link)
      },
    })
    const accepted: Link = {
      session: `${bootId.slice(0, 8)}-${++sessions}`,
      peer,
      since_s: now_s(),
      transport,
      outbox: new Outbox(transport, limits),
      texts: createTokenBucket(limits.textRate_hz, limits.textBurst),
      binaries: createTokenBucket(limits.binaryRate_hz, limits.binaryBurst),
      clock: createClockOffset(),
      info: null,
      isGone: false,
      refused: 0,
      callsWaiting: 0,
      beatSeq: 0,
      beatsMissed: 0,
      peerBeat: null,
    }
    link = accepted
    const fromThere = [...links].filter((l) => l.peer.address === peer.address).length
    links.add(accepted)
    if (links.size > limits.links || fromThere >= limits.linksPerAddress) {
      close(
        accepted,
        'full',
        `this server has ${links.size - 1} connections, ${fromThere} of them from your address`,
      )
    }
    for (const data of queued) guard(accepted, data)
  }

  /** One link's mistakes, and ours in handling them, end at most that link. */
  function guard(link: Link, data: Message): void {
    if (link.isGone) return
    try {
      if (typeof data === 'string') receiveText(link, data)
      else receiveBinary(link, data)
    } catch (error) {
      close(link, 'garbage', 'this message could not be handled')
      onError(error)
    }
  }

  function isTooFast(link: Link, bucket: TokenBucket): boolean {
    const now = now_s()
    if (bucket.take(now)) return false
    link.refused++
    if (bucket.excess_s(now) > 5) close(link, 'tooFast', 'too many messages for 5 s')
    return true
  }

  function receiveText(link: Link, text: string): void {
    if (isTooFast(link, link.texts)) return
    const parsed = parseClientMessage(text, link.info ? textLimits : helloLimits)
    if (!parsed.ok) {
      link.refused++
      if (parsed.reason === 'too-large') close(link, 'tooLarge', parsed.text)
      else if (parsed.reason === 'garbage' || !link.info) close(link, 'garbage', parsed.text)
      else send(link, { op: 'error', code: parsed.reason, text: parsed.text })
      return
    }
    const message = parsed.value
    if (!link.info) {
      if (message.op === 'hello') greet(link, message)
      else close(link, 'garbage', `the first message must be hello, not ${message.op}`)
      return
    }
    switch (message.op) {
      case 'hello':
        send(link, { op: 'error', code: 'hello-twice', text: 'hello was said already' })
        break
      case 'subscribe': {
        const state = channels.get(message.channel)
        if (!state || link.outbox.subscriptions >= limits.subscriptions) {
          const text = state ? 'too many subscriptions' : `there is no channel ${message.channel}`
          send(link, { op: 'error', code: 'unknown-name', text })
          break
        }
        const { channel, newest } = state
        const rate_hz = link.outbox.subscribe(
          channel,
          message.rate_hz ?? channel.rate_hz,
          newest,
          now_s(),
        )
        send(link, { op: 'subscribed', channel: channel.id, rate_hz })
        break
      }
      case 'unsubscribe':
        link.outbox.unsubscribe(message.channel)
        break
      case 'call':
        enqueue(link, message)
        break
      case 'bye':
        forget(link)
        link.transport.close(1000, 'bye')
        break
    }
  }

  function greet(link: Link, hello: Hello): void {
    if (hello.protocol !== undefined && hello.protocol !== subprotocol) {
      close(link, 'version', `this server speaks ${subprotocol}, the client ${hello.protocol}`)
      return
    }
    const verdict = authorize(hello, link.peer)
    if (!verdict.ok) {
      close(link, 'refused', verdict.text)
      return
    }
    const operators = [...links].filter((l) => l.info?.role === 'operator').length
    const yields = operators > 0 && hello.features.includes(features.yield)
    const role = hello.role === 'operator' && yields ? 'spectator' : hello.role
    if (role === 'operator' && operators >= limits.operators) {
      close(link, 'full', `there are ${operators} operators already; come as a spectator`)
      return
    }
    link.info = { session: link.session, name: hello.client.name, role }
    send(link, {
      op: 'welcome',
      session: link.session,
      bootId,
      rev: protocolRevision,
      features: [features.yield],
      role,
      limits: {
        textLength: textLimits.length,
        textRate_hz: limits.textRate_hz,
        subscriptions: limits.subscriptions,
      },
      clock: { time_s: now_s(), wall: new Date().toISOString() },
    })
    for (const text of told.values()) link.outbox.sendReliable(text, now_s())
    if (channels.size > 0)
      send(link, { op: 'channels', list: [...channels.values()].map((c) => c.channel) })
    beat(link)
  }

  function enqueue(link: Link, { id, method, params }: CallMessage): void {
    const error = (code: CallError['code'], text: string, more: Partial<CallError> = {}): void =>
      sendRefusal(link, id, { code, text, ...more })
    if (!Object.hasOwn(methods, method)) {
      const isReserved = Object.hasOwn(reservedMethods, method)
      if (isReserved) error('not-available', `${method} does not exist in this version`)
      else
        error('unknown-method', `there is no method "${method.slice(0, 40)}"`, {
          known: Object.keys(methods),
        })
      return
    }
    const name = method as MethodName
    const { role, params: check } = methods[name]
    if (!link.info || !mayCall(link.info.role, role)) {
      error('not-allowed', `${name} needs the role ${role}, you are ${link.info?.role}`)
      return
    }
    const checked = check(params, '')
    if (!checked.ok) {
      error('bad-params', checked.text)
      return
    }
    if (link.callsWaiting >= limits.callsWaiting) {
      error('busy', `${link.callsWaiting} calls wait already`)
      return
    }
    link.callsWaiting++
    waiting.push({ link, id, call: { method: name, params: checked.value } as Call })
  }

  /** Who wants no result still learns why nothing happens. */
  function sendRefusal(link: Link, id: number, error: CallError): void {
    if (id === 0) send(link, { op: 'error', code: error.code, text: error.text })
    else send(link, { op: 'result', id, ok: false, error })
  }

  function drain(): void {
    // Only what is there now: what a handler causes waits for the next step.
    for (const { link, id, call } of waiting.splice(0)) {
      link.callsWaiting--
      if (link.isGone || !link.info) continue
      let isAnswered = false
      const accept = (value: unknown): void => {
        if (!isAnswered && id !== 0) send(link, { op: 'result', id, ok: true, value })
        isAnswered = true
      }
      const refuse = (error: CallError): void => {
        if (!isAnswered) sendRefusal(link, id, error)
        isAnswered = true
      }
      if (!calls$.observed) refuse({ code: 'not-available', text: 'nobody carries out calls here' })
      else calls$.next({ ...call, from: link.info, accept, refuse } as HubCall)
    }
  }

  /** True when the frame was for the robot end and its sender may send it. */
  function receiveRobotFrame({ info }: Link, bytes: Uint8Array): boolean {
    const { robotEnd } = hub
    if (!robotEnd || !info || info.role === 'spectator') return false
    if (bytes[0] === kinds['robot.command'].code) robotEnd.command(bytes, info)
    else if (bytes[0] === kinds.enable.code && info.role === 'operator')
      robotEnd.enable(bytes, info)
    else return false
    return true
  }

  function receiveBinary(link: Link, bytes: Uint8Array): void {
    if (!link.info) {
      close(link, 'garbage', 'the first message must be hello, not binary')
      return
    }
    // Before rates and lengths are looked at: a stop cannot come too often or be malformed.
    if (bytes[0] === kinds.stop.code && hub.robotEnd && link.info.role !== 'spectator') {
      const answer = hub.robotEnd.stop(bytes, link.info)
      for (const other of links) if (other.info) other.transport.send(answer)
      return
    }
    if (isTooFast(link, link.binaries)) return
    const control = decodeControl(bytes)
    if (control.ok && control.value.kind === 'other' && receiveRobotFrame(link, bytes)) return
    if (!control.ok || control.value.kind === 'data' || control.value.kind === 'other') {
      link.refused++
      return
    }
    const { value } = control
    const now = now_s()
    if (value.kind === 'ack') link.outbox.acknowledge(value.channel, value.seq, now)
    else {
      const { beat } = value
      link.peerBeat = { time_s: beat.time_s, at_s: now }
      link.beatsMissed = 0
      if (beat.echoTime_s > 0) link.clock.sample(now, beat.time_s, beat.echoTime_s, beat.held_s)
      if (link.clock.rtt_s !== null) link.outbox.rtt_s = link.clock.rtt_s
    }
  }

  function beat(link: Link): void {
    const now = now_s()
    link.beatsMissed++
    link.transport.send(
      encodeBeat({
        seq: ++link.beatSeq,
        time_s: now,
        echoTime_s: link.peerBeat?.time_s ?? 0,
        held_s: link.peerBeat ? now - link.peerBeat.at_s : 0,
      }),
    )
  }

  function everySecond(now: number): void {
    for (const link of [...links]) {
      if (!link.info) {
        if (now - link.since_s > limits.helloWithin_s) {
          close(link, 'helloTimeout', `no hello within ${limits.helloWithin_s} s`)
        }
        continue
      }
      const stall = link.outbox.stall(now)
      if (stall !== null) close(link, 'stalled', stall)
      else if (link.beatsMissed >= limits.beatsMissed)
        close(link, 'stalled', 'this client answers no beats')
      else {
        beat(link)
        const { rtt_s } = link.clock
        send(link, {
          op: 'stats',
          channels: link.outbox.stats(),
          rtt_ms: rtt_s === null ? null : rtt_s * 1000,
          queued_B: link.outbox.queuedBytes,
          refused: link.refused,
          clients: links.size,
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
      for (const link of links) {
        link.since_s += pause_s
        link.outbox.forgive(pause_s)
      }
    }
    for (const link of links) link.outbox.pump(now)
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
      return [...links].flatMap((l) => (l.info ? [l.info] : []))
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
      for (const link of links) link.outbox.unsubscribe(channel.id)
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
      for (const link of links) link.outbox.offer(channel.id, frame, now)
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
      for (const link of links) link.outbox.cut()
      for (const state of channels.values()) state.newest = null
      tell('timeline', { op: 'timeline', id: ++timelineId, time_s, reason })
    },
    drain,
    accept,
    acceptPort: (port) => accept(portTransport(port), { address: 'port' }),
    dispose(reason = 'the server ends') {
      clearInterval(timer)
      for (const link of [...links]) {
        link.transport.send(encodeMessage({ op: 'bye', reason }))
        forget(link)
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
