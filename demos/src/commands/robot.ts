import { randomInt } from 'node:crypto'
import { withPolicyGains } from '@skillweave/controllers'
import type { Robot } from '@skillweave/model'
import { loadPolicy } from '../policy-files.ts'
import { runInRealTime, tick_s } from '../robot/real-time-loop.ts'
import { reportTo, serveRobot } from '../robot/robot-hub.ts'
import { createSimulatedRobot } from '../robot/simulated-robot.ts'
import { servePage, serveStream } from '../serve-page.ts'
import { findRobot } from '../task-resources.ts'
import { engineName, engines } from '../transfer/engines.ts'
import { UserError } from '../user-error.ts'

/** What every kind of robot is told. */
export interface RobotOptions {
  readonly robot: string
  /** A policy whose gains and start pose the robot is prepared for. */
  readonly plan?: string
  readonly port: number
  readonly page?: boolean
  /** Least distance between parts of the robot, m; 0: not looked at. */
  readonly selfCollision: number
  readonly seconds?: number
  readonly json?: boolean
}

/**
 * `robot <engine>`: a simulated robot behind the wire, as a real one would be: it waits for a controller, and its
 * robot end has the last word. Runs in real time until interrupted.
 */
export async function robot(engine: string, options: RobotOptions): Promise<void> {
  const createSimulator = engines[engineName(engine)]
  const prepared = prepare(findRobot(options.robot), options.plan)
  const { port } = options
  const server = options.page ? await servePage(port) : await serveStream({ port })
  const id = prepared.robot.name
  const report = reportTo(server.hub, id)
  let silences_ms: number[] = []
  const changed: NonNullable<typeof report.onChange> = ({ from, cause, time_s }) => {
    const isSilence = cause === 'expired' || cause === 'link' || cause === 'lease'
    if (from !== 'active' || !isSilence || hub.lastCommand_s === null) return
    silences_ms = [...silences_ms, 1000 * (time_s - hub.lastCommand_s)].slice(-100)
  }
  const simulated = await createSimulatedRobot({
    id,
    ...prepared,
    createSimulator,
    tickDt_s: tick_s,
    firstEpoch: randomInt(2 ** 32),
    selfCollisionMargin: options.selfCollision,
    ...report,
    onChange: (change) => {
      report.onChange?.(change)
      changed(change)
    },
  })
  const hub = serveRobot(server.hub, simulated)
  simulated.end.linkUp(0)
  process.stderr.write(
    `${id} in ${engine}, simulated: ws://127.0.0.1:${server.port}/stream${options.page ? `, page ${server.url}` : ''}\n` +
      'Its software stop is not a safety function.\n',
  )

  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  process.once('SIGTERM', () => stop.abort())
  const { overruns } = await runInRealTime(
    simulated,
    hub,
    () => stop.signal.aborted || simulated.time_s >= (options.seconds ?? Number.POSITIVE_INFINITY),
  )
  const { accepted, rejected, counts } = simulated.end.acceptance
  const summary = {
    robot: id,
    engine,
    time_s: simulated.time_s,
    overruns,
    accepted,
    rejected,
    counts,
    /** From the stamp of the last accepted command to the fallback, each time that commands stayed away. */
    silences_ms,
  }
  await server.close()
  simulated.dispose()
  if (options.json) process.stdout.write(`${JSON.stringify(summary)}\n`)
}

/** A robot with the gains and the start pose that a policy needs. */
export function prepare(
  robot: Robot,
  plan: string | undefined,
): { readonly robot: Robot; readonly startPose: readonly number[] } {
  if (plan === undefined) return { robot, startPose: [...robot.qDefault] }
  const { manifest } = loadPolicy(plan)
  if (manifest.robot !== robot.name) {
    throw new UserError(`${plan} is for ${manifest.robot}, the robot is ${robot.name}`)
  }
  const startPose = robot.model.dofNames.map((name, d) => {
    const i = manifest.action.joints.indexOf(name)
    return i < 0 ? robot.qDefault[d] : manifest.action.offset[i]
  })
  return { robot: withPolicyGains(robot, manifest), startPose }
}
