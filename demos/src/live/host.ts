import type { EnvState } from '@skillweave/mdp'
import { objectIndex } from '@skillweave/model'
import type { MethodName, WorldMessage } from '@skillweave/protocol'
import type { Hub, HubCall } from '@skillweave/stream/hub'
import { openFeed, robotId } from './feed.ts'
import { type Memory, recall, remember } from './memory.ts'
import { createMoments, reach_s } from './moments.ts'
import { notFinite } from './not-finite.ts'
import { createPusher } from './pusher.ts'
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
  readonly signal?: AbortSignal
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

/** Seconds on the floor after which a fallen robot is put back on its feet. */
const downBeforeReset_s = 2
/** A base below this share of its standing height is a fall. */
const fallenShare = 0.45
/** While nobody waits for real time, let timers and sockets have their turn this often, ms. */
const breath_ms = 50

/** Places of targets are told again when one has moved by this much, m, at most this often, s. */
const targetMoves = { by: 1e-3, every_s: 0.2 } as const

type RewindCall = Extract<HubCall, { method: 'world.rewind' }>

/** What the loop itself remembers. */
interface LoopMemory {
  readonly env: Memory
  readonly session: unknown
  readonly downFor: number
  readonly falls: number
  readonly lastLeader: string | null
}

/** Run a demo: step, publish, obey calls, keep time. Resolves when stopped or out of time. */
export async function runLive(options: LiveOptions): Promise<LiveSummary> {
  const { session, hub, signal } = options
  const { env } = session
  const dt = env.task.controlDt_s
  const timing = createTiming()
  const skillTime: Record<string, number> = Object.fromEntries(
    session.skills.map((s) => [s.name, 0]),
  )
  const rewards = rewardTerms(env)
  const moments = createMoments<LoopMemory>(dt)
  let time = 0
  let steps = 0
  let falls = 0
  let downFor = 0
  let fellNow = false
  let paused = false
  let stepsWanted = 0
  let speed = options.speed ?? 1
  let seed = options.seed
  let startedAt = 0
  let resetTo: number | undefined
  let rewindTo: { step: number; call: RewindCall } | undefined
  /** Steps up to here are run again, unseen. */
  let catchUpTo = 0
  let holdAt = options.holdAt_s ?? 0
  let isCut = false
  let lastLeader: string | null = null
  let clockZero = performance.now()
  let simZero = 0
  let lastBreath = clockZero
  let steeredUntil = Number.POSITIVE_INFINITY
  let pusher = createPusher(env.simulator, dt)
  const feed = hub && openFeed(hub, session, { timing, rewards, pusher: () => pusher })
  const isUnseen = (): boolean =>
    steps < catchUpTo || time < holdAt - dt / 2 || rewindTo !== undefined
  const emit: Parameters<DemoSession['watch']>[0] = (name, data) => {
    if (!isUnseen()) hub?.event(name, data, { time_s: time, robot: robotId })
  }

  const told = { targets: [] as WorldMessage['targets'], time_s: 0 }
  const readTargets = (): WorldMessage['targets'] =>
    session.targets.map((t) => ({ name: t.name, pos_w: t.where() }))
  const announce = () => {
    told.targets = readTargets()
    told.time_s = time
    hub?.setWorld({
      paused,
      speed,
      seed,
      controllers: session.controllers?.names ?? [],
      ...(session.controllers ? { controller: session.controllers.now() } : {}),
      targets: told.targets,
      accepts: accepted(session),
      past: { from_s: startedAt, reach_s },
      ...(paused ? { state: { time_s: time, hash: env.simulator.hash() } } : {}),
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
  const rezero = () => {
    clockZero = performance.now()
    simZero = time
  }
  /** Do something to the run, and know how to do it again. */
  const act = (deed: () => void): void => {
    deed()
    moments.deed(steps, deed)
    // A run that stands still shows it all the same.
    if (paused) feed?.publish(time, false)
  }

  const onCall = (call: HubCall) => {
    try {
      obey(call)
    } catch (error) {
      call.refuse({ code: 'refused', text: (error as Error).message })
    }
  }
  const obey = (call: HubCall): void => {
    switch (call.method) {
      case 'world.pause':
        paused = call.params.paused
        stepsWanted = 0
        rezero()
        announce()
        break
      case 'world.step':
        paused = true
        stepsWanted += call.params.unit === 'control' ? call.params.count : 1
        announce()
        break
      case 'world.speed':
        speed = call.params.speed
        rezero()
        announce()
        break
      case 'world.reset':
        resetTo = call.params.seed ?? seed + 1
        call.accept({ seed: resetTo })
        return
      case 'world.rewind':
        planRewind(call)
        return
      case 'world.push':
        if (pusher.force_w.every((f) => f === 0)) emit('push', { link: call.params.link })
        pusher.pull(call.params, performance.now())
        break
      case 'world.kick':
        pusher.kick(call.params)
        emit('push', { link: call.params.link, impulse_w: call.params.impulse_w })
        break
      case 'world.placeObject': {
        const { object, pos_w, quat_w, linVel_w, angVel_w } = call.params
        const target = session.targets.find((t) => t.name === object)
        if (target) {
          act(() => target.place(pos_w))
          announce()
          break
        }
        const index = objectIndex(env.task.scene, object)
        act(() => {
          env.simulator.placeObject(0, index, pos_w, {
            ...(quat_w ? { quat_w } : {}),
            ...(linVel_w ? { linVel_w } : {}),
            ...(angVel_w ? { angVel_w } : {}),
          })
          env.refresh(0)
        })
        break
      }
      case 'target.place': {
        const { pos_w } = call.params
        const target = session.targets.find((t) => t.name === call.params.target)
        if (!target) {
          const known = session.targets.map((t) => t.name)
          const text = `no target "${call.params.target}"`
          call.refuse({ code: 'unknown-name', text, known })
          return
        }
        act(() => {
          target.place(pos_w)
          env.refresh(0)
        })
        announce()
        break
      }
      case 'skill.select': {
        const { skill } = call.params
        setWeights(skill === null ? null : { [skill]: 1 })
        break
      }
      case 'skill.weights': {
        const { weights, joints, mode, ramp_s } = call.params
        if (mode === 'bias') {
          call.refuse({
            code: 'not-available',
            text: "this run puts weights in place of the controller's: no bias",
          })
          return
        }
        setWeights(weights, joints, ramp_s)
        break
      }
      case 'skill.goal':
        setGoal(call.params.skill, call.params.goal)
        break
      case 'controller.select': {
        const { controllers } = session
        if (!controllers) throw new Error('this demo has nothing to choose a controller from')
        act(() => controllers.select(call.params.controller))
        announce()
        break
      }
      case 'command.velocity': {
        const { linVelX_mps, linVelY_mps, yawRate_radps, validFor_ms } = call.params
        if (!session.steer) throw new Error('this robot is not asked for velocities in this demo')
        act(() => session.steer?.([linVelX_mps, linVelY_mps, yawRate_radps]))
        steeredUntil = performance.now() + validFor_ms
        break
      }
      default:
        call.refuse({ code: 'not-available', text: `this demo has no ${call.method}` })
        return
    }
    call.accept(null)
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
  const setWeights = (
    weights: Readonly<Record<string, number>> | null,
    joints?: readonly string[],
    ramp_s?: number,
  ): void => {
    const blend = session.blend?.()
    if (!blend) throw new Error('this demo blends no skills')
    act(() => blend.override.replace(weights, joints, ramp_s))
  }
  const setGoal = (skill: string, goal: Readonly<Record<string, number>> | null): void => {
    const override = session.goals?.override
    if (!override) throw new Error('the goals of these skills cannot be set by hand')
    act(() => override.replace(skill, goal))
  }

  /** Wait until the next control step is due; calls are taken in meanwhile. */
  const pace = async (): Promise<void> => {
    for (;;) {
      hub?.drain()
      if (signal?.aborted || resetTo !== undefined || rewindTo) return
      if (paused) {
        if (stepsWanted > 0) {
          stepsWanted--
          return
        }
        await sleep(10)
        continue
      }
      if (options.unpaced) return breathe()
      const due = clockZero + ((time - simZero) * 1000) / speed
      const wait = due - performance.now()
      if (wait < -250) rezero()
      if (wait <= 1) return breathe()
      lastBreath = performance.now()
      await sleep(Math.min(wait, 15))
    }
  }
  const breathe = async (): Promise<void> => {
    if (performance.now() - lastBreath < breath_ms) return
    await sleep(0)
    lastBreath = performance.now()
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
    const leader = leadingSkill(session)
    if (leader !== null) skillTime[leader] += dt
    if (leader !== lastLeader) {
      emit('skill.switched', { from: lastLeader, to: leader })
      lastLeader = leader
    }
    const down = isDown(s, env.robot.standingHeight)
    if (down && downFor === 0) {
      falls++
      emit('fall', {})
    }
    downFor = down ? downFor + dt : 0
    fellNow = downFor > downBeforeReset_s
    if (rewindTo) return
    if (steps === catchUpTo) return arrive()
    if (steps < catchUpTo) {
      for (const again of moments.deedsAt(steps)) again()
      began = performance.now()
      return
    }
    if (hub) moments.passed(steps, time, env.simulator.hash())
    if (isUnseen()) return breathe()
    if (holdAt > 0) {
      holdAt = 0
      paused = true
      announce()
    }
    return show()
  }
  /** Nothing of a state that is no state is shown; going back or starting again helps. */
  const halt = (name: string): Promise<void> => {
    const at = `${name} became NaN at ${time.toFixed(2)} s.`
    hub?.notice('halt', 'error', `${at} Save the last minute (Shift M), look back, or reset (R).`)
    paused = true
    stepsWanted = 0
    announce()
    return pace()
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
    if (paused && stepsWanted === 0) announce()
    return pace().then(() => {
      if (rewindTo === undefined && pusher.apply(performance.now())) remindOfForce()
      if (performance.now() > steeredUntil) stopSteering()
      began = performance.now()
    })
  }
  /** Silence is not the last wish. */
  const stopSteering = (): void => {
    steeredUntil = Number.POSITIVE_INFINITY
    act(() => session.steer?.(null))
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
    downFor = memory.downFor
    falls = memory.falls
    lastLeader = memory.lastLeader
    fellNow = false
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
    rezero()
    announce()
    arrived?.accept({ time_s: time, exact })
    arrived = undefined
    began = performance.now()
    return show()
  }

  const startAgain = async (): Promise<void> => {
    const reason = fellNow ? 'fall' : resetTo === undefined ? 'over' : 'asked'
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
    fellNow = false
    downFor = 0
    session.reset()
    if (!isUnseen()) hub?.cut(time, 'reset')
    isCut = true
    emit('reset', { reason, seed })
    announce()
    rezero()
  }

  const subscription = hub?.calls$.subscribe(onCall)
  announce()
  const actions = new Float32Array(env.actionSize)
  env.onControlStep = afterStep
  const started = performance.now()
  while (!signal?.aborted && time < (options.seconds ?? Number.POSITIVE_INFINITY) - dt / 2) {
    if (resetTo !== undefined || fellNow || session.isOver?.()) await startAgain()
    if (rewindTo) {
      const { step, call } = rewindTo
      rewindTo = undefined
      arrived = call
      await goBack(step)
      continue
    }
    if (hub && moments.isDue(time)) {
      const session_ = session.save?.()
      const memory = { env: remember(env), session: session_, downFor, falls, lastLeader }
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
    falls,
    controlStep_ms: { p50: timing.percentile(0.5), p99: timing.percentile(0.99) },
    skillTime,
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

/** What this run carries out. */
function accepted(session: DemoSession): MethodName[] {
  const floats = session.env.robot.standingHeight > 0
  return [
    'world.pause',
    'world.step',
    'world.speed',
    'world.reset',
    'world.rewind',
    'world.push',
    ...(floats ? (['world.kick'] as const) : []),
    ...(session.env.task.scene.objects.length > 0 ? (['world.placeObject'] as const) : []),
    ...(session.targets.length > 0 ? (['target.place'] as const) : []),
    ...(session.blend ? (['skill.select', 'skill.weights'] as const) : []),
    ...(session.goals?.override ? (['skill.goal'] as const) : []),
    ...(session.controllers ? (['controller.select'] as const) : []),
    ...(session.steer ? (['command.velocity'] as const) : []),
  ]
}

function isDown(s: EnvState, standingHeight: number): boolean {
  return standingHeight > 0 && s.linkPos_w[2] < fallenShare * standingHeight
}

/** The skill with the greatest weight; null when none has any. */
function leadingSkill(session: DemoSession): string | null {
  const blend = session.blend?.()
  if (!blend) return null
  let best: string | null = null
  let most = 0
  blend.skills.forEach((skill, k) => {
    if (blend.weights[k] <= most) return
    best = skill
    most = blend.weights[k]
  })
  return best
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
