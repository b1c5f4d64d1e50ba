import { frameFlags, handBits, noBody, type WorldMessage } from '@skillweave/protocol'
import { CallFailed, createPlayoutClock, createStreamClient } from '@skillweave/stream/client'
import type { Viewer } from '@skillweave/viewer'
import { createStore } from 'solid-js/store'
import { createEventLog } from './event-log.ts'
import { createFeeds, type FeedListener, kept_s } from './feeds.ts'
import { createHistory } from './history.ts'
import { emptyState, type Live, type LiveState } from './live-interface.ts'
import { createPlayhead } from './playhead.ts'
import type { ViewRole } from './settings.ts'
import type { Source } from './source.ts'
import { createSpeedWatch } from './speed-watch.ts'
import { createTape } from './tape.ts'

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
  const feeds = createFeeds()
  const playhead = createPlayhead(state, setState, feeds.showAnew)
  const speedWatch = createSpeedWatch()
  const events = createEventLog(setState)
  let playout = createPlayoutClock()
  let bootId = ''
  let robotsText = ''
  let sceneText = ''
  let changed = { scene: false, robots: false, skills: false, world: false }
  let copies: Record<string, number> = {}
  let received_s: number | null = null
  let framesDrawn = 0
  let lastUi_s = 0
  let lastStep_s = 0
  let live_s = 0
  let complaintUntil_s = 0
  let world: WorldMessage | null = null
  let targetsNow: WorldMessage['targets'] = []
  /** The feed of the main robot. */
  const main = () => feeds.bodies.get(state.robots[0]?.id ?? '')

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
    feeds.clear()
    events.clear()
    weights.reset(weights.width)
    signals.reset(signals.width)
    playhead.forget()
  })
  client.timeline$.subscribe(({ time_s, reason }) => {
    if (reason === 'load') playhead.forgetFutures()
    if (reason !== 'rewind') return
    playhead.keepFuture({
      from_s: time_s,
      to_s: main()?.ring.newest_s ?? time_s,
      rings: feeds.since(time_s),
      weights: weights.since(time_s),
      events: events.branch(time_s),
    })
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
      startedAt_s: world.past?.from_s ?? 0,
      hash: world.state?.hash ?? null,
    })
    targetsNow = world.targets
    playout.setSpeed(world.speed)
    speedWatch.restart()
    changed.world = true
  })
  client.notices$.subscribe((notices) => setState({ notices }))
  client.stats$.subscribe((stats) => {
    const seen = Object.values(stats.channels).reduce((n, c) => n + c.dropped, 0)
    setState({ dropped: seen, clients: stats.clients ?? null })
  })
  client.events$.subscribe(events.take)
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

  for (const name of ['view.bodies', 'view.grid']) {
    client.frames(name).subscribe(({ channel, frame, received_s: at_s }) => {
      feeds.takeBodies(channel, frame)
      received_s = at_s
      playout.push(frame.time_s, at_s, (frame.flags & frameFlags.cut) !== 0)
    })
  }
  client.frames('view.blend').subscribe(({ channel, frame }) => {
    feeds.takeBlend(channel, frame)
    weights.push(frame.time_s, frame.values.weights)
  })
  client.frames('view.contacts').subscribe(({ channel, frame }) => {
    feeds.takeContacts(channel, frame)
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
    if (events.takeBasket()) viewer.swingNets([0, 0, -4])
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
    const ring = main()?.ring
    const hasFrames = ring !== undefined && ring.count > 0
    const newest_s = hasFrames ? live_s : state.newest_s
    const { past } = world ?? {}
    const { reached, isSlow } = speedWatch.look(now_s, live_s, {
      speed: state.speed,
      isRunning: !state.paused && state.status.state === 'open',
      before: state.reachedSpeed,
    })
    setState({
      now_s,
      frameAge_s: received_s === null ? null : now_s - received_s,
      time_s: playhead.past_s ?? newest_s,
      newest_s,
      oldest_s: hasFrames ? ring.oldest_s : newest_s,
      pastFrom_s: past ? Math.max(past.from_s, newest_s - past.reach_s) : null,
      looksBack: playhead.past_s !== null,
      isRecording: tape.isRecording,
      tapeBytes: tape.size,
      fps: state.fps + 0.3 * (fps - state.fps),
      reachedSpeed: reached,
      isSlow,
      delay_ms: playout.delay_s * 1000 + (client.link.rtt_s ?? 0) * 500,
      margin_m,
      complaint: now_s > complaintUntil_s ? '' : state.complaint,
      signals: shownSignals(),
    })
    updateFromFrames()
  }

  /** What panels show of the frames on screen. */
  function updateFromFrames(): void {
    const { blend, contacts } = feeds
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
    const k = Math.min(
      signals.count - 1,
      signals.firstFrom(playhead.past_s ?? Number.POSITIVE_INFINITY),
    )
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
      return events.list
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
    bodyValues: () => main()?.shown.values,
    accepts: (method) =>
      state.status.role !== 'spectator' && (state.accepts?.includes(method) ?? true),
    lookAt: playhead.lookAt,
    playPast: playhead.play,
    frame_s: () => 1 / (main()?.channel.rate_hz ?? 60),
    get future() {
      return playhead.future
    },
    showFuture: playhead.showFuture,
    goLive: playhead.goLive,
    async goOnFromHere() {
      const time_s = playhead.past_s ?? live_s
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
      playhead.goLive()
      if (state.paused) await ask('world.pause', { paused: false })
    },
    whereIs(name) {
      const i = state.scene?.objects.findIndex((o) => o.name === name) ?? -1
      const pos = main()?.shown.values.objectPos_w
      if (i >= 0 && pos) return [pos[3 * i], pos[3 * i + 1], pos[3 * i + 2]]
      return targetsNow.find((t) => t.name === name)?.pos_w ?? [0, 0, 0]
    },
    countFrame() {
      framesDrawn++
    },
    step(viewer) {
      const now_s = client.now_s()
      live_s = playout.advance(now_s)
      const at_s = playhead.step(live_s, now_s - lastStep_s)
      lastStep_s = now_s
      if (viewer) describe(viewer)
      feeds.sample(at_s, playhead.future, showOn(viewer))
      updateUi(now_s, viewer?.balanceMargin() ?? null)
    },
    close() {
      client.close()
    },
  }

  /** Frames on their way to the picture. */
  function showOn(viewer: Viewer | null): FeedListener {
    return {
      bodies: (robot, { shown }) => viewer?.showBodies(robot, shown.values),
      blend: ({ channel, shown }) =>
        viewer?.showBlend(channel.robot ?? state.robots[0]?.id ?? '', shown.values),
      contacts: ({ channel, shown }) => viewer?.showContacts(channel.robot ?? '', shown.values),
    }
  }
}
