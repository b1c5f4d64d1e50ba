import {
  type Channel,
  type ChannelsMessage,
  channelProblem,
  closeCodes,
  decodeControl,
  type ErrorMessage,
  type EventMessage,
  encodeAck,
  encodeBeat,
  encodeMessage,
  features,
  type HubMessage,
  kinds,
  type MethodName,
  type MethodParams,
  type MethodValue,
  type NoticeMessage,
  parseHubMessage,
  protocolRevision,
  type RobotsMessage,
  type Role,
  type SceneMessage,
  type SkillsMessage,
  type StatsMessage,
  subprotocol,
  type TimelineMessage,
  type Welcome,
  type WorldMessage,
} from '@skillweave/protocol'
import { BehaviorSubject, type Observable, ReplaySubject, Subject } from 'rxjs'
import { CallFailed, createCalls } from './calls.ts'
import { createClockOffset } from './clock-offset.ts'
import { type Arrival, createTaps } from './taps.ts'
import {
  type Message,
  type OpenTransport,
  type PortLike,
  portTransport,
  type Transport,
  type WebSocketConstructor,
  webSocketTransport,
} from './transport.ts'

export { CallFailed } from './calls.ts'
export { createFrameRing, type FrameRing } from './frame-ring.ts'
export { createPlayoutClock, type PlayoutClock, type PlayoutOptions } from './playout.ts'
export { stopRobots, stopWithin_ms } from './robot-stop.ts'
export type { Arrival } from './taps.ts'
export {
  type OpenTransport,
  type PortLike,
  portTransport,
  type Transport,
  type WebSocketConstructor,
  type WebSocketLike,
  webSocketTransport,
} from './transport.ts'

/** Where to connect, and as what. Exactly one of `url`, `port`, `open`. */
export interface StreamClientOptions {
  /** ws:// or wss:// address. A token does not belong here. */
  readonly url?: string
  /** A MessagePort whose other end was given to a hub. It cannot reconnect. */
  readonly port?: PortLike
  readonly open?: OpenTransport
  /** Default `spectator`. */
  readonly role?: Role
  /** Come as a spectator where there is an operator already. */
  readonly yields?: boolean
  readonly token?: string
  /** Who we are, for logs. */
  readonly client?: { readonly name: string; readonly version: string }
  /** The class to use where the runtime has none (Node 20: that of the `ws` package). */
  readonly WebSocket?: WebSocketConstructor
  /** Waits between attempts: doubling from min to max, jittered. Default 0.25 s to 5 s. */
  readonly backoff_s?: { readonly min: number; readonly max: number }
  /** A link that says nothing for so long is closed and opened again. Default 10 s. */
  readonly silence_s?: number
}

/** What became of the connection. */
export interface ConnectionStatus {
  /** `waiting`: lost, the next attempt is planned. `closed`: given up, or closed by us. */
  readonly state: 'connecting' | 'open' | 'waiting' | 'closed'
  /** As granted; null before. */
  readonly role: Role | null
  /** Until the next attempt, s; null when none is planned. */
  readonly retryIn_s: number | null
  /** Why it was closed last: a WebSocket or protocol close code. */
  readonly closeCode: number | null
  /** What the hub said about it, a sentence; empty when it said nothing. */
  readonly text: string
}

/**
 * A connection that stays: it opens itself again, and restores what was subscribed. Description
 * streams replay their newest value to late subscribers.
 */
export interface StreamClient {
  readonly status$: Observable<ConnectionStatus>
  readonly welcome$: Observable<Welcome>
  readonly scene$: Observable<SceneMessage>
  readonly robots$: Observable<RobotsMessage>
  readonly skills$: Observable<SkillsMessage>
  readonly world$: Observable<WorldMessage>
  readonly timeline$: Observable<TimelineMessage>
  /** All channels there are now. */
  readonly channels$: Observable<readonly Channel[]>
  readonly events$: Observable<EventMessage>
  /** The notices that stand now. */
  readonly notices$: Observable<readonly NoticeMessage[]>
  readonly errors$: Observable<ErrorMessage>
  readonly stats$: Observable<StatsMessage>
  /**
   * Frames of a channel by name, while subscribed; waits for channels that do not exist yet. The
   * highest rate asked for by anybody counts.
   */
  frames(
    name: string,
    options?: { readonly robot?: string; readonly rate_hz?: number },
  ): Observable<Arrival>
  /** Ask for something. Rejects with `CallFailed`. Default time limit 5 s. */
  call<M extends MethodName>(
    method: M,
    params: MethodParams<M>,
    options?: { readonly timeout_ms?: number },
  ): Promise<MethodValue<M>>
  /** Ask without waiting for an answer: for what is renewed many times a second. */
  send<M extends MethodName>(method: M, params: MethodParams<M>): void
  /** Send a frame of the command path: a command, an enable, a stop. False when there is no link. */
  sendFrame(bytes: Uint8Array<ArrayBuffer>): boolean
  /** Answers of robots that stopped. */
  readonly stopped$: Observable<Uint8Array>
  /** Round trip and clock difference to the hub, s; null before the first beat came back. */
  readonly link: { readonly rtt_s: number | null; readonly offset_s: number | null }
  /** Frames that were refused or out of order, by reason. */
  readonly refused: Readonly<Record<string, number>>
  /** The clock of `received_s`: monotonic, s. */
  now_s(): number
  /** Ask to be something else: the link is opened anew as this, and nothing yields any more. */
  setRole(role: Role): void
  /** Do not wait for the next attempt. */
  retryNow(): void
  close(): void
}

const openerOf = (o: StreamClientOptions): OpenTransport => {
  if (o.open) return o.open
  if (o.port) return portTransport(o.port)
  if (o.url === undefined)
    throw new Error('a stream client needs a url, a port or an open function')
  return webSocketTransport({ url: o.url, subprotocol, WebSocket: o.WebSocket })
}

/** After these a new attempt would end the same way. */
const finalCodes: readonly number[] = [closeCodes.refused, closeCodes.version, closeCodes.garbage]

/** Connect, and stay connected until `close`. Throws only for options that cannot work. */
export function createStreamClient(options: StreamClientOptions): StreamClient {
  const { backoff_s = { min: 0.25, max: 5 }, silence_s = 10 } = options
  const open = openerOf(options)
  const now_s = (): number => performance.now() / 1000

  const status$ = new BehaviorSubject<ConnectionStatus>({
    state: 'connecting',
    role: null,
    retryIn_s: null,
    closeCode: null,
    text: '',
  })
  const latest = {
    welcome: new ReplaySubject<Welcome>(1),
    scene: new ReplaySubject<SceneMessage>(1),
    robots: new ReplaySubject<RobotsMessage>(1),
    skills: new ReplaySubject<SkillsMessage>(1),
    world: new ReplaySubject<WorldMessage>(1),
    timeline: new ReplaySubject<TimelineMessage>(1),
    stats: new ReplaySubject<StatsMessage>(1),
  }
  const channels$ = new BehaviorSubject<readonly Channel[]>([])
  const notices$ = new BehaviorSubject<readonly NoticeMessage[]>([])
  const events$ = new Subject<EventMessage>()
  const errors$ = new Subject<ErrorMessage>()
  const stopped$ = new Subject<Uint8Array>()

  const calls = createCalls()
  const refused: Record<string, number> = {}
  const refuse = (reason: string): void => {
    refused[reason] = (refused[reason] ?? 0) + 1
  }
  let clock = createClockOffset()
  let transport: Transport | null = null
  let isReady = false
  let isOver = false
  let attempt = 0
  let generation = 0
  let errorText = ''
  let beatSeq = 0
  let heard_s = now_s()
  let wanted: Role = options.role ?? 'spectator'
  let yields = options.yields ?? false
  let retryTimer: ReturnType<typeof setTimeout> | undefined
  let ackTimer: ReturnType<typeof setTimeout> | undefined

  const sendMessage = (message: Parameters<typeof encodeMessage>[0]): void =>
    transport?.send(encodeMessage(message))

  const taps = createTaps({
    now_s,
    refuse,
    send: (message) => {
      if (isReady) sendMessage(message)
    },
  })

  function start(): void {
    clearTimeout(retryTimer)
    errorText = ''
    setStatus({ state: 'connecting', role: null, retryIn_s: null })
    heard_s = now_s()
    // What an abandoned transport still reports is nobody's business.
    const mine = ++generation
    const isMine = (): boolean => mine === generation
    transport = open({
      open() {
        if (!isMine()) return
        const { token } = options
        sendMessage({
          op: 'hello',
          role: wanted,
          ...(token === undefined ? {} : { token }),
          ...(options.port ? { protocol: subprotocol } : {}),
          client: options.client ?? { name: 'skillweave-client', version: '1' },
          rev: protocolRevision,
          features: yields ? [features.yield] : [],
        })
      },
      message(data) {
        if (isMine()) receive(data)
      },
      close(code, reason) {
        if (isMine()) ended(code, reason)
      },
    })
  }

  /** Nothing of the present link counts any more. */
  function letGo(): Transport | null {
    const last = transport
    generation++
    transport = null
    isReady = false
    clearTimeout(ackTimer)
    ackTimer = undefined
    clock = createClockOffset()
    taps.forget()
    channels$.next([])
    calls.failAll('the link was lost before the answer came')
    return last
  }

  function ended(code: number, reason: string): void {
    letGo()
    const text = errorText || reason
    if (isOver || options.port || finalCodes.includes(code)) {
      isOver = true
      clearInterval(silenceTimer)
      setStatus({ state: 'closed', role: null, retryIn_s: null, closeCode: code, text })
      return
    }
    const wait_s =
      Math.min(backoff_s.max, backoff_s.min * 2 ** attempt++) * (0.75 + 0.5 * Math.random())
    setStatus({ state: 'waiting', role: null, retryIn_s: wait_s, closeCode: code, text })
    retryTimer = setTimeout(start, wait_s * 1000)
  }

  function setStatus(change: Partial<ConnectionStatus>): void {
    status$.next({ ...status$.value, ...change })
  }

  function receive(data: Message): void {
    heard_s = now_s()
    if (typeof data === 'string') {
      const parsed = parseHubMessage(data)
      if (parsed.ok) dispatch(parsed.value)
      else refuse(parsed.reason)
      return
    }
    const control = decodeControl(data)
    if (!control.ok) {
      refuse('length')
      return
    }
    const { value } = control
    if (value.kind === 'data') {
      if (taps.receive(data)) ackTimer ??= setTimeout(sendAcks, 50)
    } else if (value.kind === 'beat') {
      const { beat } = value
      if (beat.echoTime_s > 0) clock.sample(heard_s, beat.time_s, beat.echoTime_s, beat.held_s)
      transport?.send(
        encodeBeat({
          seq: ++beatSeq,
          time_s: now_s(),
          echoTime_s: beat.time_s,
          held_s: now_s() - heard_s,
        }),
      )
    } else if (value.kind === 'other' && value.code === kinds.stopped.code) stopped$.next(data)
    else refuse('kind')
  }

  function sendAcks(): void {
    ackTimer = undefined
    taps.takeAcks((channel, seq) => transport?.send(encodeAck({ channel, seq, time_s: now_s() })))
  }

  function dispatch(message: HubMessage): void {
    switch (message.op) {
      case 'welcome':
        isReady = true
        attempt = 0
        // Who was let in comes back as that: the operator found after a lost link may be its own ghost.
        if (message.role === wanted) yields = false
        notices$.next([])
        setStatus({ state: 'open', role: message.role, closeCode: null, text: '' })
        latest.welcome.next(message)
        break
      case 'channels':
        channels$.next(mergeChannels(channels$.value, message))
        taps.bind(channels$.value)
        break
      case 'retract':
        channels$.next(channels$.value.filter((c) => !message.ids.includes(c.id)))
        taps.retract(message.ids)
        break
      case 'result':
        calls.settle(message)
        break
      case 'event':
        events$.next(message)
        break
      case 'notice':
        notices$.next([
          ...notices$.value.filter((n) => n.id !== message.id),
          ...(message.text === '' ? [] : [message]),
        ])
        break
      case 'error':
        errorText = message.text
        errors$.next(message)
        break
      case 'bye':
        errorText = message.reason
        break
      case 'subscribed':
        break
      default:
        // The subject of an op takes that op's messages; the compiler cannot follow the pairing.
        ;(latest[message.op] as Subject<HubMessage>).next(message)
    }
  }

  const silenceTimer = setInterval(() => {
    if (transport && now_s() - heard_s > silence_s) {
      const quiet = transport
      // Some sockets report their end only after a time-out of their own; we do not wait for that.
      ended(1006, `nothing heard for ${silence_s} s`)
      quiet.close(1000, 'silence')
    }
  }, 1000)

  start()
  return {
    status$: status$.asObservable(),
    welcome$: latest.welcome.asObservable(),
    scene$: latest.scene.asObservable(),
    robots$: latest.robots.asObservable(),
    skills$: latest.skills.asObservable(),
    world$: latest.world.asObservable(),
    timeline$: latest.timeline.asObservable(),
    stats$: latest.stats.asObservable(),
    channels$: channels$.asObservable(),
    notices$: notices$.asObservable(),
    events$: events$.asObservable(),
    errors$: errors$.asObservable(),
    stopped$: stopped$.asObservable(),
    frames: taps.frames,
    refused,
    now_s,
    link: {
      get rtt_s() {
        return clock.rtt_s
      },
      get offset_s() {
        return clock.offset_s
      },
    },
    async call<M extends MethodName>(
      method: M,
      params: MethodParams<M>,
      { timeout_ms = 5000 }: { readonly timeout_ms?: number } = {},
    ) {
      if (!isReady)
        throw new CallFailed(method, { code: 'gone', text: 'there is no connection now' })
      const { id, answer } = calls.open(method, timeout_ms)
      sendMessage({ op: 'call', id, method, params })
      return (await answer) as MethodValue<M>
    },
    send(method, params) {
      if (isReady) sendMessage({ op: 'call', id: 0, method, params })
    },
    sendFrame(bytes) {
      if (!isReady || !transport) return false
      transport.send(bytes)
      return true
    },
    setRole(role) {
      if (isOver || (role === wanted && role === status$.value.role)) return
      wanted = role
      yields = false
      if (isReady) sendMessage({ op: 'bye', reason: `comes back as ${role}` })
      const last = letGo()
      start()
      last?.close(1000, 'another role')
    },
    retryNow() {
      if (status$.value.state === 'waiting') start()
    },
    close() {
      if (isOver) return
      isOver = true
      clearTimeout(retryTimer)
      clearInterval(silenceTimer)
      const last = transport
      if (isReady) sendMessage({ op: 'bye', reason: 'closed by the client' })
      ended(1000, 'closed by the client')
      last?.close(1000, 'closed by the client')
    },
  }
}

const mergeChannels = (have: readonly Channel[], message: ChannelsMessage): readonly Channel[] => {
  const added = message.list.filter((c) => channelProblem(c) === null)
  return [...have.filter((c) => !added.some((a) => a.id === c.id)), ...added]
}
