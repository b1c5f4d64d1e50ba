import {
  type Channel,
  createFrame,
  type EventMessage,
  type Frame,
  frameFlags,
  type MethodName,
  type MethodParams,
  type RobotDescription,
  type SceneDescription,
  type SkillDescription,
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
import type { Viewer } from '@skillweave/viewer'
import { createStore, produce } from 'solid-js/store'
import { createWeightHistory, type WeightHistory } from './history.ts'
import { clock } from './sentences.ts'

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
  weights: number[]
  /** Per skill and coordinate, when the channel carries them. [skills · dofs] */
  jointWeights: number[]
  byHand: boolean
  time_s: number
  fps: number
  reachedSpeed: number
  delay_ms: number
  dropped: number
  /** Newest values of `view.signals` by name. */
  signals: Record<string, number>
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
  readonly history: WeightHistory
  readonly events: readonly EventMessage[]
  readonly client: StreamClient
  /** Ask the run for something; a refusal becomes a sentence on the page. */
  ask<M extends MethodName>(method: M, params: MethodParams<M>): void
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

const historySeconds = 60
const eventsMax = 400

/** Connect and keep the state up to date. */
export function createLive(options: { readonly url: string; readonly token?: string }): Live {
  const client = createStreamClient({
    url: options.url,
    role: 'operator',
    client: { name: 'skillweave-page', version: '1' },
    backoff_s: { min: 0.5, max: 4 },
    ...(options.token === undefined ? {} : { token: options.token }),
  })
  const [state, setState] = createStore<LiveState>(emptyState())
  const history = createWeightHistory(historySeconds * 60)
  const events: EventMessage[] = []
  let basketSeen = false
  let playout = createPlayoutClock()
  const bodies = new Map<string, Feed>()
  let blend: Feed | null = null
  let robotsText = ''
  let sceneText = ''
  let changed = { scene: false, robots: false, skills: false, world: false }
  let copies: Record<string, number> = {}
  let received_s: number | null = null
  let framesDrawn = 0
  let simAtMark = 0
  let wallAtMark = 0
  let lastUi_s = 0
  let complaintUntil_s = 0
  let targetsNow: readonly {
    readonly name: string
    readonly pos_w: readonly [number, number, number]
  }[] = []

  client.status$.subscribe((status) => {
    setState({
      status,
      wasOpen: state.wasOpen || status.state === 'open',
      retryAt_s: status.retryIn_s === null ? null : client.now_s() + status.retryIn_s,
    })
    if (status.state !== 'open') {
      bodies.clear()
      blend = null
      received_s = null
      playout = createPlayoutClock()
    }
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
      history.reset(list.length)
    }
    changed.skills = true
  })
  client.world$.subscribe((world) => {
    setState({
      paused: world.paused,
      speed: world.speed,
      seed: world.seed ?? null,
      targets: world.targets.map((t) => t.name),
    })
    targetsNow = world.targets
    playout.setSpeed(world.speed)
    wallAtMark = 0
    changed.world = true
  })
  client.notices$.subscribe((notices) => setState({ notices }))
  client.stats$.subscribe((stats) => {
    const seen = Object.values(stats.channels).reduce((n, c) => n + c.dropped, 0)
    setState({ dropped: seen })
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
  client.channels$.subscribe((channels) => {
    copies = {}
    for (const c of channels) {
      if (c.name === 'view.grid' && c.robot) copies[c.robot] = c.copies ?? 1
    }
    changed.robots = changed.robots || Object.keys(copies).length > 0
  })

  const takeBodies = (robot: string, channel: Channel, frame: Frame, at_s: number): void => {
    let feed = bodies.get(robot)
    if (feed?.channel.id !== channel.id) {
      feed = newFeed(channel)
      bodies.set(robot, feed)
    }
    feed.ring.push(frame)
    received_s = at_s
    playout.push(frame.time_s, at_s, (frame.flags & frameFlags.cut) !== 0)
  }
  for (const name of ['view.bodies', 'view.grid']) {
    client.frames(name).subscribe(({ channel, frame, received_s: at_s }) => {
      takeBodies(channel.robot ?? '', channel, frame, at_s)
    })
  }
  client.frames('view.blend').subscribe(({ channel, frame }) => {
    if (blend?.channel.id !== channel.id) blend = newFeed(channel)
    blend.ring.push(frame)
    history.push(frame.time_s, frame.values.weights)
  })
  client.frames('view.signals').subscribe(({ channel, frame }) => {
    const names = channel.labels.signals ?? []
    setState(
      'signals',
      produce((s) => {
        for (let i = 0; i < names.length; i++) s[names[i]] = frame.values.values[i]
      }),
    )
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

  function updateUi(now_s: number): void {
    const wall_s = now_s - lastUi_s
    if (wall_s < 0.1) return
    const fps = framesDrawn / wall_s
    framesDrawn = 0
    lastUi_s = now_s
    const main = bodies.get(state.robots[0]?.id ?? '')
    const time_s = main ? main.shown.time_s : state.time_s
    if (wallAtMark === 0 || time_s < simAtMark) {
      wallAtMark = now_s
      simAtMark = time_s
    }
    const span_s = now_s - wallAtMark
    const reached = span_s > 0.8 ? (time_s - simAtMark) / span_s : state.reachedSpeed
    if (span_s > 1.6) {
      wallAtMark = now_s
      simAtMark = time_s
    }
    setState({
      now_s,
      frameAge_s: received_s === null ? null : now_s - received_s,
      time_s,
      fps: state.fps + 0.3 * (fps - state.fps),
      reachedSpeed: reached,
      delay_ms: playout.delay_s * 1000 + (client.link.rtt_s ?? 0) * 500,
      complaint: now_s > complaintUntil_s ? '' : state.complaint,
    })
    if (blend) {
      const { weights, jointWeights, override } = blend.shown.values
      setState({
        weights: Array.from(weights),
        jointWeights: jointWeights ? Array.from(jointWeights) : [],
        byHand: (override?.[0] ?? 0) > 0,
      })
    }
  }

  return {
    state,
    history,
    events,
    client,
    ask(method, params) {
      client.call(method, params).catch((error: unknown) => {
        const text = error instanceof CallFailed ? error.message : String(error)
        complaintUntil_s = client.now_s() + 5
        setState({ complaint: text })
      })
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
      const at_s = playout.advance(now_s)
      if (viewer) describe(viewer)
      for (const [robot, feed] of bodies) {
        if (feed.drawn_s === at_s || !feed.ring.sample(at_s, feed.shown)) continue
        feed.drawn_s = at_s
        viewer?.showBodies(robot, feed.shown.values)
      }
      if (blend && blend.drawn_s !== at_s && blend.ring.sample(at_s, blend.shown)) {
        blend.drawn_s = at_s
        viewer?.showBlend(blend.channel.robot ?? state.robots[0]?.id ?? '', blend.shown.values)
      }
      updateUi(now_s)
    },
    close() {
      client.close()
    },
  }
}

const newFeed = (channel: Channel): Feed => ({
  channel,
  ring: createFrameRing(channel),
  shown: createFrame(channel),
  drawn_s: Number.NaN,
})

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
  weights: [],
  jointWeights: [],
  byHand: false,
  time_s: 0,
  fps: 0,
  reachedSpeed: 1,
  delay_ms: 0,
  dropped: 0,
  signals: {},
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
