import type { EnvState } from '@skillweave/mdp'
import { objectIndex } from '@skillweave/model'
import {
  type BodiesWriter,
  blendSpec,
  bodiesSpec,
  type Channel,
  createBodiesWriter,
  createEncoder,
  describeObject,
  describeRobot,
  type Encoder,
  noActiveSkill,
  type RobotDescription,
  signalsSpec,
} from '@skillweave/protocol'
import type { Hub, HubCall } from '@skillweave/stream/server'
import { createPusher, type Pusher } from './pusher.ts'
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
  readonly signal?: AbortSignal
}

export interface LiveSummary {
  readonly seconds: number
  readonly realTimeFactor: number
  readonly falls: number
  readonly controlStep_ms: { readonly p50: number; readonly p99: number }
  /** Share of time with each skill leading. */
  readonly skillTime: Readonly<Record<string, number>>
}

/** Seconds on the floor after which a fallen robot is put back on its feet. */
const downBeforeReset_s = 2
/** A base below this share of its standing height is a fall. */
const fallenShare = 0.45

/** Run a demo: step, publish, obey calls, keep time. Resolves when stopped or out of time. */
export async function runLive(options: LiveOptions): Promise<LiveSummary> {
  const { session, hub, signal } = options
  const { env } = session
  const dt = env.task.controlDt_s
  const timing = createTiming()
  const skillTime: Record<string, number> = Object.fromEntries(
    session.skills.map((s) => [s.name, 0]),
  )
  let time = 0
  let falls = 0
  let downFor = 0
  let fellNow = false
  let paused = false
  let stepsWanted = 0
  let speed = options.speed ?? 1
  let seed = options.seed
  let resetTo: number | undefined
  let lastLeader: string | null = null
  let clockZero = performance.now()
  let simZero = 0
  let pusher = createPusher(env.simulator, dt)
  const feed = hub ? openFeed(hub, session, timing) : undefined
  const emit: Parameters<DemoSession['watch']>[0] = (name, data) =>
    hub?.event(name, data, { time_s: time, robot: robotId })

  const announce = () =>
    hub?.setWorld({
      paused,
      speed,
      seed,
      controllers: ['blend'],
      controller: 'blend',
      targets: session.targets.map((t) => ({ name: t.name, pos_w: t.where() })),
    })
  const rezero = () => {
    clockZero = performance.now()
    simZero = time
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
      case 'world.push':
        if (pusher.force_w.every((f) => f === 0)) emit('push', { link: call.params.link })
        pusher.pull(call.params, performance.now())
        break
      case 'world.kick':
        pusher.kick(call.params)
        emit('push', { link: call.params.link, impulse_w: call.params.impulse_w })
        break
      case 'world.placeObject': {
        const target = session.targets.find((t) => t.name === call.params.object)
        if (target) {
          target.place(call.params.pos_w)
          announce()
          break
        }
        const { pos_w, quat_w, linVel_w, angVel_w } = call.params
        env.simulator.placeObject(0, objectIndex(env.task.scene, call.params.object), pos_w, {
          ...(quat_w ? { quat_w } : {}),
          ...(linVel_w ? { linVel_w } : {}),
          ...(angVel_w ? { angVel_w } : {}),
        })
        env.refresh(0)
        break
      }
      case 'target.place': {
        const target = session.targets.find((t) => t.name === call.params.target)
        if (!target) {
          const known = session.targets.map((t) => t.name)
          const text = `no target "${call.params.target}"`
          call.refuse({ code: 'unknown-name', text, known })
          return
        }
        target.place(call.params.pos_w)
        env.refresh(0)
        announce()
        break
      }
      case 'skill.select':
        setOverride(call.params.skill === null ? null : { [call.params.skill]: 1 })
        break
      case 'skill.weights':
        setOverride(call.params.weights)
        break
      default:
        call.refuse({ code: 'not-available', text: `this demo has no ${call.method}` })
        return
    }
    call.accept(null)
  }
  const setOverride = (weights: Readonly<Record<string, number>> | null): void => {
    const blend = session.blend?.()
    if (!blend) throw new Error('this demo blends no skills')
    if (weights === null) {
      blend.override = null
      return
    }
    const unknown = Object.keys(weights).filter((k) => !blend.skills.includes(k))
    if (unknown.length > 0) {
      throw new Error(`no skill "${unknown[0]}"; there are ${blend.skills.join(', ')}`)
    }
    const values = blend.skills.map((k) => Math.max(0, weights[k] ?? 0))
    const sum = values.reduce((a, b) => a + b, 0)
    if (!(sum > 0)) throw new Error('at least one weight must be above zero')
    blend.override = Float32Array.from(values, (v) => v / sum)
  }

  /** Wait until the next control step is due; calls are taken in meanwhile. */
  const pace = async (): Promise<void> => {
    for (;;) {
      hub?.drain()
      if (signal?.aborted || resetTo !== undefined) return
      if (paused) {
        if (stepsWanted > 0) {
          stepsWanted--
          return
        }
        await sleep(10)
        continue
      }
      const due = clockZero + ((time - simZero) * 1000) / speed
      const wait = due - performance.now()
      if (wait < -250) rezero()
      if (wait <= 1) return
      await sleep(Math.min(wait, 15))
    }
  }

  let began = performance.now()
  const afterStep = (): void | Promise<void> => {
    timing.add(performance.now() - began)
    time += dt
    const s = env.states[0]
    session.watch(emit)
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
    feed?.publish(time, pusher)
    if (!hub) {
      began = performance.now()
      return
    }
    return pace().then(() => {
      pusher.apply(performance.now())
      began = performance.now()
    })
  }

  const subscription = hub?.calls$.subscribe(onCall)
  announce()
  const actions = new Float32Array(env.actionSize)
  env.onControlStep = afterStep
  const started = performance.now()
  while (!signal?.aborted && time < (options.seconds ?? Number.POSITIVE_INFINITY)) {
    if (resetTo !== undefined || fellNow) {
      const reason = fellNow ? 'fall' : 'asked'
      if (resetTo !== undefined) {
        seed = resetTo
        await env.restart(seed)
        pusher = createPusher(env.simulator, dt)
      } else {
        env.resetEnv(0)
        env.refresh(0)
      }
      resetTo = undefined
      fellNow = false
      downFor = 0
      session.reset()
      hub?.cut(time, 'reset')
      emit('reset', { reason, seed })
      announce()
      rezero()
    }
    began = performance.now()
    session.decide(actions)
    await env.step(actions)
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
  }
}

const robotId = 'robot-0'

function isDown(s: EnvState, standingHeight: number): boolean {
  return standingHeight > 0 && s.linkPos_w[2] < fallenShare * standingHeight
}

function leadingSkill(session: DemoSession): string | null {
  const blend = session.blend?.()
  if (!blend) return null
  let best = 0
  for (let k = 1; k < blend.skills.length; k++) {
    if (blend.weights[k] > blend.weights[best]) best = k
  }
  return blend.skills[best]
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** The channels of a live demo and what is written to them after every control step. */
function openFeed(
  hub: Hub,
  session: DemoSession,
  timing: { percentile(p: number): number },
): { publish(time: number, pusher: Pusher): void } {
  const { env } = session
  const { task } = env
  const robot: RobotDescription = describeRobot({ id: robotId, robot: env.robot })
  const objects = task.scene.objects.map(describeObject)
  const hz = Math.round(1 / task.controlDt_s)
  hub.setScene({
    title: session.title,
    description: session.description,
    ground: {},
    objects,
    ...(objects.some((o) => o.look === 'hoop') ? { court: halfCourt } : {}),
  })
  hub.setRobots([robot])
  hub.setSkills(session.skills, robotId)
  const bodies: Channel = hub.openChannel(bodiesSpec({ robot, objects, rate_hz: hz }))
  const writer: BodiesWriter = createBodiesWriter(bodies, robot)
  const blendChannel =
    session.skills.length > 0
      ? hub.openChannel(blendSpec({ robot, skills: session.skills, perJoint: false, rate_hz: hz }))
      : undefined
  const blendFrame: Encoder | undefined = blendChannel && createEncoder(blendChannel)
  const signals = [
    { name: 'timing.p50_ms', value: () => timing.percentile(0.5) },
    { name: 'timing.p99_ms', value: () => timing.percentile(0.99) },
    ...session.signals,
  ]
  const signalChannel = hub.openChannel(
    signalsSpec({ signals: signals.map((s) => ({ name: s.name, unit: '1' })), rate_hz: 10 }),
  )
  const signalFrame = createEncoder(signalChannel)
  let steps = 0
  const falling = new Float64Array(objects.length)
  /** Objects whose fall turned into a rise since the last frame: a viewer must not smooth a bounce. */
  const bounced = (): number => {
    let bits = 0
    const v = env.states[0].objectLinVel_w
    for (let o = 0; o < objects.length; o++) {
      const vz = v[3 * o + 2]
      if (falling[o] < -0.5 && vz > falling[o] + 1) bits |= 1 << o
      falling[o] = vz
    }
    return bits
  }
  return {
    publish: (time) => {
      writer.set(0, env.states[0], bounced())
      hub.publish(bodies, writer.encode(time))
      if (blendChannel && blendFrame && session.blend) {
        const blend = session.blend()
        let best = 0
        for (let k = 0; k < blend.skills.length; k++) {
          blendFrame.values.weights[k] = blend.weights[k]
          if (blend.weights[k] > blend.weights[best]) best = k
        }
        blendFrame.values.active[0] = blend.weights[best] > 0.5 ? best : noActiveSkill
        blendFrame.values.override[0] = blend.override ? 1 : 0
        hub.publish(blendChannel, blendFrame.encode(time))
      }
      if (steps++ % 3 === 0) {
        signals.forEach((s, i) => {
          signalFrame.values.values[i] = s.value()
        })
        hub.publish(signalChannel, signalFrame.encode(time))
      }
    },
  }
}

/** Half a court of the rules (FIBA), hoop at the origin facing +x; the hoop object says where it stands. */
const halfCourt = {
  hoop_w: [0, 0, 0],
  yaw: 0,
  width: 15,
  length: 14,
  arcRadius: 6.75,
  keyWidth: 4.9,
  keyLength: 5.8,
} as const
