import {
  type Channel,
  createFrame,
  type EventMessage,
  type Frame,
  frameFlags,
  handBits,
  type MethodName,
  type MethodParams,
  noBody,
  type RobotDescription,
  type SceneDescription,
  type SkillDescription,
  type WorldMessage,
} from '@skillweave/protocol'
import {
  CallFailed,
  type ConnectionStatus,
  createFrameRing,
  createPlayoutClock,
  createStreamClient,
  type FrameRing,
  type StreamClient,
} from '@skillweave/stream/client'
import type { MarkName, Viewer } from '@skillweave/viewer'
import { createStore } from 'solid-js/store'
import { createHistory, type History } from './history.ts'
import { type OldFuture, withOldFuture } from './old-futures.ts'
import { clock, lags } from './sentences.ts'
import type { ViewRole } from './settings.ts'
import type { Source } from './source.ts'
import { createTape, type Tape } from './tape.ts'

/** What the page shows; changes at most ten times a second. */
export interface LiveState {
  status: ConnectionStatus
  wasOpen: boolean
  retryAt_s: number | null
  now_s: number
  frameAge_s: number | null
  scene: SceneDescription | null
  robots: readonly RobotDescription[]
  skills: readonly SkillDescription[]
  paused: boolean
  speed: number
  seed: number | null
  targets: readonly string[]
  /** Controllers there are, and the one that acts. */
  controllers: readonly string[]
  controller: string
  weights: number[]
  /** Per skill and coordinate, when the channel carries them. [skills · dofs] */
  jointWeights: number[]
  byHand: boolean
  /** Are numbers of sub-goals set by hand? */
  goalsByHand: boolean
  /** Sub-goals as last given, skill after skill. */
  goals: number[]
  /** What can be drawn over the scene. */
  marks: readonly MarkName[]
  /** Force of a hand on the robot, N; null: none. */
  push_N: number | null
  /** Of the centre of mass over what carries the robot, m. */
  margin_m: number | null
  time_s: number
  fps: number
  reachedSpeed: number
  delay_ms: number
  dropped: number
  /** Names of the signals there are, with their units. */
  signalNames: readonly string[]
  signalUnits: readonly string[]
  /** Values at the playhead of the few signals that panels show as numbers. */
  signals: Record<string, number>
  /** Methods this run carries out; null: unknown. */
  accepts: readonly string[] | null
  /** The whole of a recording. */
  replay: { readonly from_s: number; readonly to_s: number } | null
  /** Programs that are connected, this page among them; null: unknown. */
  clients: number | null
  /** The run has been slower than asked for a while. */
  isSlow: boolean
  /** Earliest time the run can be taken back to; null: it cannot. */
  pastFrom_s: number | null
  /** Hash of the paused run's physics. */
  hash: number | null
  /** The newest moment there is, and the oldest that is kept, s. */
  newest_s: number
  oldest_s: number
  /** Is the playhead in the past, and does it move? */
  looksBack: boolean
  plays: boolean
  /** What the run did before it was taken back, oldest first. */
  oldFutures: readonly { readonly from_s: number; readonly to_s: number }[]
  /** The one that is looked at; null: the run's own. */
  future: number | null
  isRecording: boolean
  tapeBytes: number
  baskets: number
  shots: number
  falls: number
  /** Sentences of the server that stand now. */
  notices: readonly { readonly id: string; readonly level: string; readonly text: string }[]
  /** What a call was refused for; shown for a while. */
  complaint: string
}

/** The page's link to a run: feeds the viewer every frame and the panels ten times a second. */
export interface Live {
  readonly state: LiveState
  /** Values of the main robot's frame at the playhead, by field. */
  bodyValues(): Readonly<Record<string, Float64Array>> | undefined
  /** Weight per skill over time. */
  readonly weights: History
  /** Every signal over time, in the order of `state.signalNames`. */
  readonly signals: History
  /** Told after every sample: its values and time. Returns how to stop. */
  onSample(listener: (values: ArrayLike<number>, time_s: number) => void): () => void
  readonly events: readonly EventMessage[]
  readonly client: StreamClient
  readonly tape: Tape
  readonly source: Source
  /** Ask the run for something; a refusal becomes a sentence on the page. Resolves to whether it was done. */
  ask<M extends MethodName>(method: M, params: MethodParams<M>): Promise<boolean>
  /** Take part, or only watch: another link to the same run. */
  setRole(role: ViewRole): void
  /** Show a sentence for a while. */
  say(text: string): void
  /** Does the run carry this out? Yes where nobody knows. */
  accepts(method: MethodName): boolean
  /** Put the playhead on a moment that is kept. */
  lookAt(time_s: number): void
  /** Let the playhead run on from where it is, or hold it. */
  playPast(isPlaying: boolean): void
  goLive(): void
  /** Look at what the run did before it was taken back; null: at the run itself. */
  showFuture(index: number | null): void
  /** The old future that is looked at. */
  readonly future: OldFuture | null
  /** Time between two frames of the main robot, s. */
  frame_s(): number
  /** Take the run back to the playhead and go on from there. */
  goOnFromHere(): Promise<void>
  /** Feed the viewer for this moment. Call once per animation frame. */
  step(viewer: Viewer | null): void
  countFrame(): void
  /** Where an object or target is now, world, m. */
  whereIs(name: string): readonly [number, number, number]
  close(): void
}

interface Feed {
  readonly channel: Channel
  readonly ring: FrameRing
  readonly shown: Frame
  drawn_s: number
}

/** How much of the past the page keeps, s. */
export const kept_s = 60
/** Frames of many robots are large: a channel's history is bounded in bytes too. */
const ringBytesMax = 24 * 2 ** 20
const eventsMax = 400
/** Slower than asked for this long is worth a sentence, s. */
const slowFor_s = 3

/** Connect and keep the state up to date. */
export function createLive(
  source: Source,
  options: { readonly token?: string; readonly role: ViewRole },
): Live {
  const tape = createTape({
    onFull: () => say('The recording is as large as a page can hold; it has ended.'),
  })
  const client = createStreamClient({
    open: tape.over(source.open),
    role: options.role,
    // Whoever comes second watches, until they ask to take part.
    yields: source.kind === 'server',
    client: { name: 'skillweave-page', version: '1' },
    backoff_s: { min: 0.5, max: 4 },
    ...(options.token === undefined ? {} : { token: options.token }),
  })
  const [state, setState] = createStore<LiveState>(emptyState())
  const weights = createHistory(kept_s * 60)
  const signals = createHistory(kept_s * 60)
  const listeners = new Set<(values: ArrayLike<number>, time_s: number) => void>()
  let events: EventMessage[] = []
  let basketSeen = false
  let playout = createPlayoutClock()
  const bodies = new Map<string, Feed>()
  let blend: Feed | null = null
  let contacts: Feed | null = null
  let bootId = ''
  let robotsText = ''
  let sceneText = ''
  let changed = { scene: false, robots: false, skills: false, world: false }
  let copies: Record<string, number> = {}
  let received_s: number | null = null
  let framesDrawn = 0
  let simAtMark = 0
  let wallAtMark = 0
  let lastUi_s = 0
  let lastStep_s = 0
  let live_s = 0
  /** Where the playhead was put; null: it follows the run. */
  let past_s: number | null = null
  let oldFutures: readonly OldFuture[] = []
  let future: OldFuture | null = null
  let complaintUntil_s = 0
  let slowSince_s: number | null = null
  let world: WorldMessage | null = null
  let targetsNow: WorldMessage['targets'] = []

  function setOldFutures(next: readonly OldFuture[]): void {
    oldFutures = next
    future = null
    setState({ oldFutures: next.map(({ from_s, to_s }) => ({ from_s, to_s })), future: null })
  }

  /** Every feed there is, with a name that stays the same. */
  function feeds(): [string, Feed][] {
    return [
      ...[...bodies].map(([robot, feed]): [string, Feed] => [`bodies ${robot}`, feed]),
      ...(blend ? [['blend', blend] as [string, Feed]] : []),
      ...(contacts ? [['contacts', contacts] as [string, Feed]] : []),
    ]
  }

  /** Fill what is shown of a feed for this moment; false if there is nothing new to show. */
  function sample(name: string, feed: Feed, at_s: number): boolean {
    if (feed.drawn_s === at_s) return false
    const isOld = future !== null && at_s > future.from_s
    const ring = isOld ? (future?.rings.get(name) ?? feed.ring) : feed.ring
    if (!ring.sample(at_s, feed.shown)) return false
    feed.drawn_s = at_s
    return true
  }

  function say(text: string): void {
    complaintUntil_s = client.now_s() + 5
    setState({ complaint: text })
  }

  client.status$.subscribe((status) => {
    setState({
      status,
      wasOpen: state.wasOpen || status.state === 'open',
      retryAt_s: status.retryIn_s === null ? null : client.now_s() + status.retryIn_s,
    })
    if (status.state !== 'open') {
      received_s = null
      playout = createPlayoutClock()
    }
  })
  client.welcome$.subscribe((welcome) => {
    // The same server again: its past is still the past.
    if (welcome.bootId === bootId) return
    bootId = welcome.bootId
    bodies.clear()
    blend = null
    contacts = null
    events = []
    weights.reset(weights.width)
    signals.reset(signals.width)
    past_s = null
    setOldFutures([])
  })
  client.timeline$.subscribe(({ time_s, reason }) => {
    if (reason === 'load') setOldFutures([])
    if (reason !== 'rewind') return
    setOldFutures(
      withOldFuture(oldFutures, {
        from_s: time_s,
        to_s: bodies.get(state.robots[0]?.id ?? '')?.ring.newest_s ?? time_s,
        rings: new Map(feeds().map(([name, feed]) => [name, feed.ring.since(time_s)])),
        weights: weights.since(time_s),
        events: events.filter((e) => e.time_s > time_s),
      }),
    )
    events = events.filter((e) => e.time_s <= time_s)
  })
  client.scene$.subscribe(({ op: _, ...scene }) => {
    const text = JSON.stringify(scene)
    if (text === sceneText) return
    sceneText = text
    setState({ scene })
    changed.scene = true
  })
  client.robots$.subscribe(({ list }) => {
    const text = JSON.stringify(list)
    // The same robots after a reconnect: keep what is drawn, and the camera with it.
    if (text === robotsText) return
    robotsText = text
    setState({ robots: list })
    changed.robots = true
  })
  client.skills$.subscribe(({ list }) => {
    if (JSON.stringify(list) !== JSON.stringify(state.skills)) {
      setState({ skills: list })
      weights.reset(list.length)
    }
    changed.skills = true
  })
  client.world$.subscribe((message) => {
    world = message
    setState({
      paused: world.paused,
      speed: world.speed,
      seed: world.seed ?? null,
      targets: world.targets.map((t) => t.name),
      controllers: world.controllers,
      controller: world.controller ?? '',
      accepts: world.accepts ?? null,
      replay: world.replay ?? null,
      hash: world.state?.hash ?? null,
    })
    targetsNow = world.targets
    playout.setSpeed(world.speed)
    wallAtMark = 0
    changed.world = true
  })
  client.notices$.subscribe((notices) => setState({ notices }))
  client.stats$.subscribe((stats) => {
    const seen = Object.values(stats.channels).reduce((n, c) => n + c.dropped, 0)
    setState({ dropped: seen, clients: stats.clients ?? null })
  })
  client.events$.subscribe((event) => {
    events.push(event)
    if (events.length > eventsMax) events.splice(0, events.length - eventsMax)
    if (event.name === 'basket' && event.data.made) {
      setState('baskets', (n) => n + 1)
      basketSeen = true
    }
    if (event.name === 'shot') setState('shots', (n) => n + 1)
    if (event.name === 'fall') setState('falls', (n) => n + 1)
    if (event.name === 'reset' && event.data.reason !== 'fall') {
      setState({ baskets: 0, shots: 0, falls: 0 })
    }
  })
  const knowMarks = (hasContacts: boolean): void => {
    const floats = state.robots[0]?.base === 'floating'
    setState({
      marks: [
        ...(state.skills.some((s) => (s.marks ?? []).length > 0) ? (['goals'] as const) : []),
        ...(hasContacts ? (['contacts'] as const) : []),
        ...(hasContacts && floats ? (['balance'] as const) : []),
      ],
    })
  }
  client.channels$.subscribe((channels) => {
    copies = {}
    knowMarks(channels.some((c) => c.name === 'view.contacts'))
    for (const c of channels) {
      if (c.name === 'view.grid' && c.robot) copies[c.robot] = c.copies ?? 1
    }
    changed.robots = changed.robots || Object.keys(copies).length > 0
  })

  const takeBodies = (robot: string, channel: Channel, frame: Frame, at_s: number): void => {
    let feed = bodies.get(robot)
    if (feed?.channel.hash !== channel.hash) {
      feed = newFeed(channel)
      bodies.set(robot, feed)
    }
    feed.ring.push(frame)
    // It may be another state of a moment that was drawn already.
    feed.drawn_s = Number.NaN
    received_s = at_s
    playout.push(frame.time_s, at_s, (frame.flags & frameFlags.cut) !== 0)
  }
  for (const name of ['view.bodies', 'view.grid']) {
    client.frames(name).subscribe(({ channel, frame, received_s: at_s }) => {
      takeBodies(channel.robot ?? '', channel, frame, at_s)
    })
  }
  client.frames('view.blend').subscribe(({ channel, frame }) => {
    if (blend?.channel.hash !== channel.hash) blend = newFeed(channel)
    blend.ring.push(frame)
    weights.push(frame.time_s, frame.values.weights)
  })
  client.frames('view.contacts').subscribe(({ channel, frame }) => {
    if (contacts?.channel.hash !== channel.hash) contacts = newFeed(channel)
    contacts.ring.push(frame)
    contacts.drawn_s = Number.NaN
  })
  client.frames('view.signals').subscribe(({ channel, frame }) => {
    const names = channel.labels.signals ?? []
    if (names.length !== signals.width || names.some((n, i) => n !== state.signalNames[i])) {
      signals.reset(names.length)
      const { unit } = channel.fields[0]
      setState({
        signalNames: names,
        signalUnits: typeof unit === 'string' ? names.map(() => unit) : unit,
      })
    }
    signals.push(frame.time_s, frame.values.values)
    for (const listener of listeners) listener(frame.values.values, frame.time_s)
  })

  function describe(viewer: Viewer): void {
    if (basketSeen) viewer.swingNets([0, 0, -4])
    basketSeen = false
    if (changed.scene && state.scene) viewer.setScene(state.scene)
    if (changed.robots && state.robots.length > 0) viewer.setRobots(state.robots, copies)
    if (changed.skills) viewer.setSkills(state.skills)
    if (changed.world || changed.scene) viewer.setWorld({ targets: targetsNow })
    changed = { scene: false, robots: false, skills: false, world: false }
  }

  function updateUi(now_s: number, margin_m: number | null): void {
    const wall_s = now_s - lastUi_s
    if (wall_s < 0.1) return
    const fps = framesDrawn / wall_s
    framesDrawn = 0
    lastUi_s = now_s
    const main = bodies.get(state.robots[0]?.id ?? '')
    if (wallAtMark === 0 || !(live_s >= simAtMark)) {
      wallAtMark = now_s
      simAtMark = live_s
    }
    const span_s = now_s - wallAtMark
    const rate = (live_s - simAtMark) / span_s
    const reached = span_s > 0.8 && Number.isFinite(rate) ? rate : state.reachedSpeed
    if (span_s > 1.6) {
      wallAtMark = now_s
      simAtMark = live_s
    }
    const isSlow = !state.paused && lags(state.speed, reached) && state.status.state === 'open'
    slowSince_s = isSlow ? (slowSince_s ?? now_s) : null
    const newest_s = main && main.ring.count > 0 ? live_s : state.newest_s
    const { past } = world ?? {}
    setState({
      now_s,
      frameAge_s: received_s === null ? null : now_s - received_s,
      time_s: past_s ?? newest_s,
      newest_s,
      oldest_s: main && main.ring.count > 0 ? main.ring.oldest_s : newest_s,
      pastFrom_s: past ? Math.max(past.from_s, newest_s - past.reach_s) : null,
      looksBack: past_s !== null,
      isRecording: tape.isRecording,
      tapeBytes: tape.size,
      fps: state.fps + 0.3 * (fps - state.fps),
      reachedSpeed: reached,
      isSlow: slowSince_s !== null && now_s - slowSince_s > slowFor_s,
      delay_ms: playout.delay_s * 1000 + (client.link.rtt_s ?? 0) * 500,
      margin_m,
      complaint: now_s > complaintUntil_s ? '' : state.complaint,
      signals: shownSignals(),
    })
    if (blend) {
      const { weights: shown, jointWeights, override, goals } = blend.shown.values
      const hand = override?.[0] ?? 0
      setState({
        weights: Array.from(shown),
        jointWeights: jointWeights ? Array.from(jointWeights) : [],
        goals: goals ? Array.from(goals) : [],
        byHand: (hand & handBits.weights) !== 0,
        goalsByHand: (hand & handBits.goals) !== 0,
      })
    }
    if (contacts) {
      const { push, pushForce_w: f } = contacts.shown.values
      setState({ push_N: push[0] === noBody ? null : Math.hypot(f[0], f[1], f[2]) })
    }
  }

  /** What the score and the status line show, at the playhead. */
  function shownSignals(): Record<string, number> {
    const shown: Record<string, number> = {}
    if (signals.count === 0) return shown
    const k = Math.min(signals.count - 1, signals.firstFrom(past_s ?? Number.POSITIVE_INFINITY))
    state.signalNames.forEach((name, i) => {
      if (/^(score|timing)\./.test(name)) shown[name] = signals.valueAt(k, i)
    })
    return shown
  }

  const ask: Live['ask'] = async (method, params) => {
    if (state.status.role === 'spectator') {
      say('This page only watches. Take part (Y) to change the run.')
      return false
    }
    try {
      await client.call(method, params)
      return true
    } catch (error) {
      say(error instanceof CallFailed ? error.message : String(error))
      return false
    }
  }

  return {
    state,
    weights,
    signals,
    get events() {
      return events
    },
    client,
    tape,
    source,
    ask,
    say,
    setRole: (role) => client.setRole(role),
    onSample(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    bodyValues: () => bodies.get(state.robots[0]?.id ?? '')?.shown.values,
    accepts: (method) =>
      state.status.role !== 'spectator' && (state.accepts?.includes(method) ?? true),
    lookAt(time_s) {
      past_s = Math.min(future?.to_s ?? live_s, Math.max(state.oldest_s, time_s))
      setState({ time_s: past_s, looksBack: true, plays: false })
    },
    playPast(isPlaying) {
      setState({ plays: isPlaying })
    },
    frame_s: () => 1 / (bodies.get(state.robots[0]?.id ?? '')?.channel.rate_hz ?? 60),
    get future() {
      return future
    },
    showFuture(index) {
      future = index === null ? null : (oldFutures[index] ?? null)
      for (const [, feed] of feeds()) feed.drawn_s = Number.NaN
      setState({ future: future ? index : null })
      if (!future) return this.goLive()
      past_s = future.from_s
      setState({ time_s: past_s, looksBack: true, plays: true })
    },
    goLive() {
      past_s = null
      if (future) {
        future = null
        setState({ future: null })
        for (const [, feed] of feeds()) feed.drawn_s = Number.NaN
      }
      setState({ looksBack: false, plays: false, time_s: live_s })
    },
    async goOnFromHere() {
      const time_s = past_s ?? live_s
      const real = state.robots.find((r) => r.real)
      if (real) {
        say(
          `Going back needs a simulation. ${real.name} is real: its past can be watched, not changed.`,
        )
        return
      }
      const isDone = state.replay
        ? await ask('replay.seek', { time_s })
        : await ask('world.rewind', { time_s })
      if (!isDone) return
      this.goLive()
      if (state.paused) await ask('world.pause', { paused: false })
    },
    whereIs(name) {
      const i = state.scene?.objects.findIndex((o) => o.name === name) ?? -1
      const pos = bodies.get(state.robots[0]?.id ?? '')?.shown.values.objectPos_w
      if (i >= 0 && pos) return [pos[3 * i], pos[3 * i + 1], pos[3 * i + 2]]
      return targetsNow.find((t) => t.name === name)?.pos_w ?? [0, 0, 0]
    },
    countFrame() {
      framesDrawn++
    },
    step(viewer) {
      const now_s = client.now_s()
      live_s = playout.advance(now_s)
      if (past_s !== null && state.plays) {
        past_s += (now_s - lastStep_s) * state.speed
        if (future && past_s >= future.to_s) {
          past_s = future.to_s
          setState({ plays: false })
        } else if (!future && past_s >= live_s) this.goLive()
      }
      lastStep_s = now_s
      const at_s = past_s ?? live_s
      if (viewer) describe(viewer)
      for (const [robot, feed] of bodies) {
        if (sample(`bodies ${robot}`, feed, at_s)) viewer?.showBodies(robot, feed.shown.values)
      }
      if (blend && sample('blend', blend, at_s)) {
        viewer?.showBlend(blend.channel.robot ?? state.robots[0]?.id ?? '', blend.shown.values)
      }
      if (contacts && sample('contacts', contacts, at_s)) {
        viewer?.showContacts(contacts.channel.robot ?? '', contacts.shown.values)
      }
      updateUi(now_s, viewer?.balanceMargin() ?? null)
    },
    close() {
      client.close()
    },
  }
}

const newFeed = (channel: Channel): Feed => {
  const shown = createFrame(channel)
  const bytes = Object.values(shown.values).reduce((n, v) => n + v.byteLength, 0)
  const wanted = Math.ceil(channel.rate_hz * (kept_s + 1))
  const capacity = Math.max(64, Math.min(wanted, Math.floor(ringBytesMax / bytes)))
  return {
    channel,
    ring: createFrameRing(channel, { capacity, keepsPast: true }),
    shown,
    drawn_s: Number.NaN,
  }
}

const emptyState = (): LiveState => ({
  status: { state: 'connecting', role: null, retryIn_s: null, closeCode: null, text: '' },
  wasOpen: false,
  retryAt_s: null,
  now_s: 0,
  frameAge_s: null,
  scene: null,
  robots: [],
  skills: [],
  paused: false,
  speed: 1,
  seed: null,
  targets: [],
  controllers: [],
  controller: '',
  weights: [],
  jointWeights: [],
  byHand: false,
  goalsByHand: false,
  goals: [],
  marks: [],
  push_N: null,
  margin_m: null,
  time_s: 0,
  fps: 0,
  reachedSpeed: 1,
  delay_ms: 0,
  dropped: 0,
  signalNames: [],
  signalUnits: [],
  signals: {},
  accepts: null,
  replay: null,
  clients: null,
  isSlow: false,
  pastFrom_s: null,
  hash: null,
  newest_s: 0,
  oldest_s: 0,
  looksBack: false,
  plays: false,
  oldFutures: [],
  future: null,
  isRecording: false,
  tapeBytes: 0,
  baskets: 0,
  shots: 0,
  falls: 0,
  notices: [],
  complaint: '',
})

/** The score of the run: what the demo counts itself, else what its events say. */
export function scoreOf(
  state: LiveState,
): readonly { readonly name: string; readonly value: string }[] {
  const counted = Object.entries(state.signals).filter(([name]) => name.startsWith('score.'))
  const rows =
    counted.length > 0
      ? counted.map(([name, value]) => ({ name: name.slice(6), value: String(Math.round(value)) }))
      : [
          { name: 'baskets', value: String(state.baskets) },
          { name: 'attempts', value: String(state.shots) },
        ]
  const order = ['baskets', 'attempts']
  rows.sort((a, b) => rank(order, a.name) - rank(order, b.name))
  return [...rows, { name: 'time', value: clock(state.time_s) }]
}

const rank = (order: readonly string[], name: string): number => {
  const i = order.indexOf(name)
  return i < 0 ? order.length : i
}
