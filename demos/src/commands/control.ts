import type { Channel } from '@skillweave/protocol'
import {
  createStreamClient,
  type StreamClient,
  type WebSocketConstructor,
} from '@skillweave/stream/client'
import { NodeWebSocket } from '@skillweave/stream/server'
import { loadPolicy } from '../policy-files.ts'
import { decideByPolicy, holdPose } from '../robot/policy-over-wire.ts'
import { createWireController, type WireController } from '../robot/wire-controller.ts'
import { findRobot } from '../task-resources.ts'
import { UserError } from '../user-error.ts'

export interface ControlOptions {
  /** Without a policy: which robot to hold in its pose. */
  readonly robot?: string
  readonly url: string
  readonly token?: string
  readonly speed: number
  /** Try before moving what a real robot wants tried by its controller. */
  readonly drill?: boolean
  readonly seconds?: number
  readonly json?: boolean
}

/** Time between two commands, s. */
const period_s = 0.02

/**
 * `control [policy]`: take the lease of a robot on the wire, pose it, start, and command it until interrupted or
 * the time is up; then damp and give the lease back.
 */
export async function control(name: string | undefined, options: ControlOptions): Promise<void> {
  const file = name === undefined ? undefined : loadPolicy(name)
  if (!file && !options.robot) throw new UserError('name a policy, or a robot to hold with --robot')
  const model = findRobot(file?.manifest.robot ?? (options.robot as string))
  const robot = model.name
  if (file && Math.abs(file.manifest.controlDt_s - period_s) > 1e-6) {
    throw new UserError(
      `${file.name} decides every ${1000 * file.manifest.controlDt_s} ms, robots are commanded every ${1000 * period_s} ms`,
    )
  }
  const client = createStreamClient({
    url: options.url,
    role: 'controller',
    client: { name: 'skillweave-control', version: '1' },
    WebSocket: NodeWebSocket as unknown as WebSocketConstructor,
    ...(options.token ? { token: options.token } : {}),
  })
  let state = 'unknown'
  client.events$.subscribe((event) => {
    if (event.name !== 'robot.changed') return
    state = event.data.to
    process.stderr.write(
      `${event.time_s.toFixed(2)} s: ${event.data.from} → ${event.data.to} (${event.data.cause})\n`,
    )
  })
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  process.once('SIGTERM', () => stop.abort())
  try {
    const command = await commandChannel(client, robot)
    const velocity = [options.speed, 0, 0]
    const wire = createWireController(
      command,
      file ? decideByPolicy(model, file, velocity) : holdPose(model),
    )
    const takeLease = async (): Promise<void> => {
      const { epoch } = await client.call('lease.request', { robot, layoutHash: command.hash })
      wire.epoch = epoch
    }
    await takeLease()
    if (options.drill) {
      // Until the lease has expired for lack of commands.
      await wait(1.5)
      await takeLease()
    }
    const roundTrips = answerStates(client, robot, wire)
    if (options.drill) await wait(2.5)
    const { passed, failures } = await client.call('preflight.run', { robot })
    if (!passed) throw new UserError(`pre-flight of ${robot}:\n  ${failures.join('\n  ')}`)
    await client.call('robot.pose', { robot })
    await until(() => state === 'posed', stop.signal, 10)
    await client.call('robot.start', { robot })
    const seconds = options.seconds ?? Number.POSITIVE_INFINITY
    // A short hold is the robot's way to wait for a late command.
    await until(() => /^(damping|stopped|idle)$/.test(state), stop.signal, seconds)
    const ended = state
    await client.call('robot.damp', { robot }).catch(() => {})
    await client.call('lease.release', { robot }).catch(() => {})
    const summary = { policy: file?.manifest.name ?? null, robot, ended, ...roundTrips.summary() }
    if (options.json) process.stdout.write(`${JSON.stringify(summary)}\n`)
  } catch (error) {
    throw new UserError((error as Error).message)
  } finally {
    client.close()
  }
}

const wait = (duration_s: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, 1000 * duration_s))

/** Wait for the robot's declaration of how it is commanded. */
async function commandChannel(client: StreamClient, robot: string): Promise<Channel> {
  let known: readonly Channel[] = []
  const subscription = client.channels$.subscribe((list) => {
    known = list
  })
  const find = () => known.find((c) => c.name === 'robot.command' && c.robot === robot)
  try {
    await until(() => find() !== undefined, undefined, 5)
  } catch {
    const found = known.map((c) => `${c.name} of ${c.robot ?? 'no robot'}`).join(', ') || 'nothing'
    throw new UserError(`no ${robot} to command here within 5 s; the hub has ${found}`)
  } finally {
    subscription.unsubscribe()
  }
  return find() as Channel
}

/** Answer states at the control rate; measures from a state's arrival to the command that was sent for it. */
function answerStates(client: StreamClient, robot: string, wire: WireController) {
  const times_ms: number[] = []
  let next_s = Number.NEGATIVE_INFINITY
  client.frames('robot.state', { robot }).subscribe(({ frame }) => {
    if (frame.time_s < next_s - 1e-6) return
    next_s = frame.time_s + period_s
    const before = performance.now()
    client.sendFrame(wire.answer(frame).slice())
    times_ms.push(performance.now() - before)
  })
  return {
    summary: () => {
      const sorted = times_ms.sort((a, b) => a - b)
      const at = (p: number) => sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))]
      return { commands: sorted.length, decideP50_ms: at(0.5), decideP99_ms: at(0.99) }
    },
  }
}

/** Resolves when it is so, when asked to stop, or after a time that may be infinite; rejects after a finite one only at start-up. */
async function until(
  isSo: () => boolean,
  signal: AbortSignal | undefined,
  limit_s: number,
): Promise<void> {
  const end_ms = performance.now() + 1000 * limit_s
  while (!isSo() && !signal?.aborted) {
    if (performance.now() > end_ms) {
      if (signal) return
      throw new Error('too late')
    }
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
