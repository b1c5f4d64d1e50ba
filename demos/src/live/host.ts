import type { Vec3, WorldMessage } from '@skillweave/protocol'
import type { Hub } from '@skillweave/stream/hub'
import { acceptedBy, answer, type CalledRun, type RewindCall } from './calls.ts'
import { openFeed, robotId } from './feed.ts'
import { type Memory, recall, remember } from './memory.ts'
import { createMoments, reach_s } from './moments.ts'
import { notFinite } from './not-finite.ts'
import { createPace } from './pace.ts'
import { createPusher } from './pusher.ts'
import { createRunWatch, type WatchMemory } from './run-watch.ts'
import type { DemoSession } from './session.ts'
import { createTiming } from './timing.ts'

export interface LiveOptions {
  readonly session: DemoSession
  /** Absent: headless, nothing is published and nothing paces the loop. */
  readonly hub?: Hub
  readonly seed: number
  /** Stop after this much simulated time. */
  readonly seconds?: number
  readonly speed?: number
  /** Publish as fast as it goes instead of in real time. */
  readonly unpaced?: boolean
  /** Compute up to here before anything is shown, then hold. */
  readonly holdAt_s?: number
  /** Kicks that are given at their moments, as if somebody gave them then. */
  readonly kicks?: readonly PlannedKick[]
  readonly signal?: AbortSignal
}

export interface PlannedKick {
  /** Of the run; it acts in the control step after it. */
  readonly time_s: number
  readonly link: string
  /** N·s */
  readonly impulse_w: Vec3
}

export interface LiveSummary {
  readonly seconds: number
  readonly realTimeFactor: number
  readonly falls: number
  readonly controlStep_ms: { readonly p50: number; readonly p99: number }
  /** Share of time with each skill leading. */
  readonly skillTime: Readonly<Record<string, number>>
  /** Of the physics at the end. */
  readonly hash: number
}

/** Places of targets are told again when one has moved by this much, m, at most this often, s. */
const targetMoves = { by: 1e-3, every_s: 0.2 } as const

/** What the loop itself remembers. */
interface LoopMemory {
  readonly env: Memory
  readonly session: unknown
  readonly watch: WatchMemory
}

/** Run a demo: step, publish, obey calls, keep time. Resolves when stopped or out of time. */
export async function runLive(options: LiveOptions): Promise<LiveSummary> {
  const { session, hub, signal } = options
  const { env } = session
  const dt = env.task.controlDt_s
  const timing = createTiming()
  const rewards = rewardTerms(env)
  const moments = createMoments<LoopMemory>(dt)
  let time = 0
  let steps = 0
  let seed = options.seed
  let startedAt = 0
  let resetTo: number | undefined
  let rewindTo: { step: number; call: RewindCall } | undefined
  /** Steps up to here are run again, unseen. */
  let catchUpTo = 0
  let holdAt = options.holdAt_s ?? 0
  let isCut = false
  let steeredUntil = Number.POSITIVE_INFINITY
  let pusher = createPusher(env.simulator, dt)
  const feed = hub && openFeed(hub, session, { timing, rewards, pusher: () => pusher })
  const isUnseen = (): boolean =>
    steps < catchUpTo || time < holdAt - dt / 2 || rewindTo !== undefined
  const emit: Parameters<DemoSession['watch']>[0] = (name, data) => {
    if (!isUnseen()) hub?.event(name, data, { time_s: time, robot: robotId })
  }
  const watch = createRunWatch(session, emit)
  const pace = createPace({
    speed: options.speed ?? 1,
    isUnpaced: options.unpaced ?? false,
    time_s: () => time,
    listen: () => hub?.drain(),
    isInterrupted: () =>
      signal?.aborted === true || resetTo !== undefined || rewindTo !== undefined,
  })

  const told = { targets: [] as WorldMessage['targets'], time_s: 0 }
  const readTargets = (): WorldMessage['targets'] =>
    session.targets.map((t) => ({ name: t.name, pos_w: t.where() }))
  const announce = () => {
    told.targets = readTargets()
    told.time_s = time
    hub?.setWorld({
      paused: pace.isPaused,
      speed: pace.speed,
      seed,
      controllers: session.controllers?.names ?? [],
      ...(session.controllers ? { controller: session.controllers.now() } : {}),
      targets: told.targets,
      accepts: acceptedBy(session),
      past: { from_s: startedAt, reach_s },
      ...(pace.isPaused ? { state: { time_s: time, hash: env.simulator.hash() } } : {}),
    })
  }
  /** Some targets move by themselves. */
  const followTargets = (): void => {
    if (Math.abs(time - told.time_s) < targetMoves.every_s) return
    const hasMoved = readTargets().some((target, i) =>
      target.pos_w.some((x, k) => Math.abs(x - told.targets[i].pos_w[k]) > targetMoves.by),
    )
    if (hasMoved) announce()
  }
  const planRewind = (call: RewindCall): void => {
    const step = moments.stepAt(call.params.time_s)
    const from = moments.from_s
    if (from === undefined || call.params.time_s < from - dt || !moments.before(step)) {
      call.refuse({
        code: 'refused',
        text: `this run can be taken back to ${(from ?? time).toFixed(1)} s, not to ${call.params.time_s.toFixed(1)} s`,
      })
      return
    }
    rewindTo = { step, call }
  }
  const called: CalledRun = {
    session,
    pace,
    pusher: () => pusher,
    emit,
    act(deed) {
      deed()
      moments.deed(steps, deed)
      // A run that stands still shows it all the same.
      if (pace.isPaused) feed?.publish(time, false)
    },
    announce,
    reset(wanted) {
      resetTo = wanted ?? seed + 1
      return resetTo
    },
    rewind: planRewind,
    steer(velocity, validFor_ms) {
      called.act(() => session.steer?.(velocity))
      steeredUntil = performance.now() + validFor_ms
    },
  }

  let arrived: RewindCall | undefined
  let began = performance.now()
  const afterStep = (): void | Promise<void> => {
    steps++
    // Not a sum: a thousand additions later it would not be the same number.
    time = steps * dt
    const s = env.states[0]
    session.watch(emit)
    const lost = hub ? notFinite(s, env.robot.model.dofNames) : null
    if (lost !== null) return halt(lost)
    watch.look()
    if (rewindTo) return
    if (steps === catchUpTo) return arrive()
    if (steps < catchUpTo) {
      for (const again of moments.deedsAt(steps)) again()
      began = performance.now()
      return
    }
    if (hub) moments.passed(steps, time, env.simulator.hash())
    for (const kick of options.kicks ?? []) {
      if (Math.round(kick.time_s / dt) === steps) pusher.kick(kick)
    }
    if (isUnseen()) {
      if (pusher.apply(performance.now())) remindOfForce()
      return pace.breathe()
    }
    if (holdAt > 0) {
      holdAt = 0
      pace.pause(true)
      announce()
    }
    return show()
  }
  /** Nothing of a state that is no state is shown; going back or starting again helps. */
  const halt = (name: string): Promise<void> => {
    const at = `${name} became NaN at ${time.toFixed(2)} s.`
    hub?.notice('halt', 'error', `${at} Save the last minute (Shift M), look back, or reset (R).`)
    pace.pause(true)
    announce()
    return pace.wait()
  }
  const show = (): void | Promise<void> => {
    feed?.publish(time, isCut)
    timing.add(performance.now() - began)
    isCut = false
    if (hub) followTargets()
    if (!hub) {
      began = performance.now()
      return
    }
    if (pace.isHeld) announce()
    return pace.wait().then(() => {
      if (rewindTo === undefined && pusher.apply(performance.now())) remindOfForce()
      if (performance.now() > steeredUntil) stopSteering()
      began = performance.now()
    })
  }
  /** Silence is not the last wish. */
  const stopSteering = (): void => {
    steeredUntil = Number.POSITIVE_INFINITY
    called.act(() => session.steer?.(null))
  }
  /** What a pull did depends on the clock; its force does not. */
  const remindOfForce = (): void => {
    const d = env.simulator.disturbances[0]
    const { enabled } = d
    const force = d.force_w.slice()
    const torque = d.torque_w.slice()
    moments.deed(steps, () => {
      d.force_w.set(force)
      d.torque_w.set(torque)
      d.enabled = enabled
    })
  }

  const goBack = async (step: number): Promise<void> => {
    hub?.notice('halt', 'error', '')
    const moment = moments.before(step)
    if (!moment) throw new Error(`nothing is kept from before step ${step}`)
    const { memory } = moment
    recall(env, memory.env)
    session.restore?.(memory.session)
    steps = moment.step
    time = moment.time_s
    watch.restore(memory.watch)
    catchUpTo = step
    if (step === steps) await arrive()
  }
  /** The wanted moment is reached again; the call that asked for it gets its answer. */
  const arrive = (): void | Promise<void> => {
    const known = moments.hashAt(steps)
    const exact = known === undefined || known === env.simulator.hash()
    moments.branch(steps)
    hub?.notice(
      'rewind',
      'warning',
      exact ? '' : 'This past is similar to what was seen, not identical.',
    )
    hub?.cut(time, 'rewind')
    isCut = true
    pace.rezero()
    announce()
    arrived?.accept({ time_s: time, exact })
    arrived = undefined
    began = performance.now()
    return show()
  }

  const startAgain = async (): Promise<void> => {
    const reason = watch.hasFallen ? 'fall' : resetTo === undefined ? 'over' : 'asked'
    if (resetTo !== undefined) {
      seed = resetTo
      await env.restart(seed)
      pusher = createPusher(env.simulator, dt)
      moments.clear()
      startedAt = time
    } else {
      env.resetEnv(0)
      env.refresh(0)
      if (hub && !isUnseen()) moments.passed(steps, time, env.simulator.hash())
    }
    hub?.notice('halt', 'error', '')
    resetTo = undefined
    watch.reset()
    session.reset()
    if (!isUnseen()) hub?.cut(time, 'reset')
    isCut = true
    emit('reset', { reason, seed })
    announce()
    pace.rezero()
  }

  const subscription = hub?.calls$.subscribe((call) => answer(called, call))
  announce()
  const actions = new Float32Array(env.actionSize)
  env.onControlStep = afterStep
  const started = performance.now()
  while (!signal?.aborted && time < (options.seconds ?? Number.POSITIVE_INFINITY) - dt / 2) {
    if (resetTo !== undefined || watch.hasFallen || session.isOver?.()) await startAgain()
    if (rewindTo) {
      const { step, call } = rewindTo
      rewindTo = undefined
      arrived = call
      await goBack(step)
      continue
    }
    if (hub && moments.isDue(time)) {
      const memory = { env: remember(env), session: session.save?.(), watch: watch.save() }
      moments.keep({ step: steps, time_s: time, memory })
    }
    began = performance.now()
    session.decide(actions)
    await env.step(actions)
    Object.assign(rewards, rewardTerms(env))
  }
  const wall = (performance.now() - started) / 1000
  subscription?.unsubscribe()
  env.onControlStep = undefined
  return {
    seconds: time,
    realTimeFactor: time / wall,
    falls: watch.falls,
    controlStep_ms: { p50: timing.percentile(0.5), p99: timing.percentile(0.99) },
    skillTime: watch.skillTime,
    hash: env.simulator.hash(),
  }
}

/** What each term added to the reward of the last action; reading it starts the next sum. */
function rewardTerms(env: DemoSession['env']): Record<string, number> {
  const metrics = env.metrics()
  const terms: Record<string, number> = {}
  for (const { combine, terms: table } of Object.values(env.task.rewards)) {
    for (const [name, { weight }] of Object.entries(table)) {
      // Factors of a product have exponents, not shares: those are shown as they are.
      terms[name] = (combine === 'sum' ? weight : 1) * metrics[`reward/${name}`]
    }
  }
  return terms
}
