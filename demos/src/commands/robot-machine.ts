import { randomInt } from 'node:crypto'
import {
  connectRosbridge,
  connectZmtp,
  createRosMachine,
  createUnitreeMachine,
  type MachinePort,
} from '@skillweave/bridges/machines'
import { profileOf, type RobotProfile } from '@skillweave/robot-end'
import { createToken } from '@skillweave/stream/server'
import { createMachineRobot } from '../robot/machine-robot.ts'
import { runInRealTime, tick_s } from '../robot/real-time-loop.ts'
import { reportTo, serveRobot } from '../robot/robot-hub.ts'
import { createTerminalPendant } from '../robot/terminal-pendant.ts'
import { servePage, serveStream } from '../serve-page.ts'
import { findRobot } from '../task-resources.ts'
import { UserError } from '../user-error.ts'
import { prepare, type RobotOptions } from './robot.ts'

export interface MachineOptions extends RobotOptions {
  /** It is a simulator that speaks the machine's protocol: nobody has to hold the enable. */
  readonly simulator?: boolean
  /** How long its sensors may say nothing, ms. */
  readonly silence: number
}

export interface RosOptions extends MachineOptions {
  /** Of the rosbridge. */
  readonly url: string
  readonly controller: string
  readonly states: string
  readonly imu?: string
}

export interface UnitreeOptions extends MachineOptions {
  readonly host: string
  readonly commandsPort: number
  readonly statesPort: number
}

/** A connected machine. */
interface Machine {
  readonly port: MachinePort
  /** What the user should know before anything moves. */
  readonly warning: string
  problems(): readonly string[]
  close(): void
}

type Connect = (
  profile: RobotProfile,
  context: { now_s(): number; onEnd(text: string): void },
) => Promise<Machine>

/** `robot ros`: a ROS robot, over a rosbridge server, behind a robot end. */
export const robotRos = (options: RosOptions): Promise<void> =>
  runMachine(options, async (profile, { now_s, onEnd }) => {
    const { url, controller, states, imu } = options
    const link = await connectRosbridge({
      url,
      onText: (text) => port.receive(text, now_s()),
      onEnd,
    })
    const port = createRosMachine({
      profile,
      controller,
      stateTopic: states,
      ...(imu === undefined ? {} : { imuTopic: imu }),
      send: link.send,
    })
    port.begin()
    return {
      port,
      warning: `${controller} is a position controller: it cannot be limp.`,
      problems: port.problems,
      close: link.close,
    }
  })

/** `robot unitree`: a Unitree robot, over LeRobot's G1 bridge, behind a robot end. */
export const robotUnitree = (options: UnitreeOptions): Promise<void> =>
  runMachine(options, async (profile, { now_s, onEnd }) => {
    const { host, commandsPort, statesPort } = options
    const commands = await connectZmtp({
      type: 'PUSH',
      host,
      port: commandsPort,
      onText: () => {},
      onEnd,
    })
    // The vendor counts motors in the order of the robot's joints.
    const port = createUnitreeMachine({ profile, motors: profile.joints, send: commands.send })
    const states = await connectZmtp({
      type: 'SUB',
      host,
      port: statesPort,
      onText: (text) => port.receive(text, now_s()),
      onEnd,
    })
    return {
      port,
      warning:
        'The bridge repeats its last command for ever when this process dies: use a gantry and a hardware stop.',
      problems: port.problems,
      close: () => {
        commands.close()
        states.close()
      },
    }
  })

/** Serve a machine as a robot until interrupted, until its link ends, or until the time is up; stop it first. */
async function runMachine(options: MachineOptions, connect: Connect): Promise<void> {
  const isReal = !options.simulator
  if (isReal && !process.stdin.isTTY) {
    throw new UserError(
      'a real robot needs a person at this terminal who holds the space bar; for a simulator behind the same protocol add --simulator',
    )
  }
  const { robot, startPose } = prepare(findRobot(options.robot), options.plan)
  const profile: RobotProfile = {
    ...profileOf(robot, {
      gains: robot,
      startPose,
      tickDt_s: tick_s,
      real: isReal,
      selfCollisionMargin: options.selfCollision,
    }),
    frozenAfter_ms: options.silence,
    drills: isReal,
  }
  const start_ms = performance.now()
  const now_s = (): number => (performance.now() - start_ms) / 1000
  let ending: string | null = null
  const end = (text: string): void => {
    ending ??= text
  }
  const machine = await connectOrSay(connect, profile, { now_s, onEnd: end })
  const server = await serveMachine(options)
  let pendant: ReturnType<typeof openPendant> | null = null
  const wired = createMachineRobot({
    id: robot.name,
    robot,
    profile,
    port: machine.port,
    problems: () => [...machine.problems(), ...(pendant?.problems() ?? [])],
    firstEpoch: randomInt(2 ** 32),
    now_s,
    ...reportTo(server.hub, robot.name),
  })
  const hub = serveRobot(server.hub, wired)
  if (isReal) pendant = openPendant(wired.end, robot.name, { now_s, onInterrupt: () => end('') })
  wired.end.linkUp(now_s())
  process.once('SIGINT', () => end(''))
  process.once('SIGTERM', () => end(''))
  process.stderr.write(startText(robot.name, server, options, machine.warning))

  const isOver = (): boolean => {
    pendant?.look(now_s())
    return ending !== null || now_s() >= (options.seconds ?? Number.POSITIVE_INFINITY)
  }
  const { overruns } = await runInRealTime(wired, hub, isOver, { isMachine: true })
  await stopFirst(wired, hub, now_s)
  pendant?.close()
  machine.close()
  await server.close()
  const { accepted, rejected, counts } = wired.end.acceptance
  const { refused } = machine.port
  const summary = { robot: robot.name, time_s: now_s(), overruns, accepted, rejected, counts }
  if (options.json) process.stdout.write(`${JSON.stringify({ ...summary, refused })}\n`)
  if (ending) throw new UserError(ending)
}

/** Whatever ends this process, the motors are damped first. */
async function stopFirst(
  wired: ReturnType<typeof createMachineRobot>,
  hub: ReturnType<typeof serveRobot>,
  now_s: () => number,
): Promise<void> {
  wired.end.stop({ category: 1 }, 'local', now_s())
  const until_s = now_s() + dampFor_s
  await runInRealTime(wired, hub, () => now_s() >= until_s, { isMachine: true })
}

const dampFor_s = 0.5

async function connectOrSay(
  connect: Connect,
  profile: RobotProfile,
  context: Parameters<Connect>[1],
): Promise<Machine> {
  try {
    return await connect(profile, context)
  } catch (error) {
    throw new UserError((error as Error).message)
  }
}

/** Whoever may command a real robot has its token. */
function serveMachine({ port, page, simulator }: MachineOptions) {
  const admission = simulator ? {} : { token: createToken(), requireToken: 'always' as const }
  return page ? servePage(port, admission) : serveStream({ port, ...admission })
}

function startText(
  name: string,
  { port, url }: Awaited<ReturnType<typeof serveMachine>>,
  { page, simulator }: MachineOptions,
  warning: string,
): string {
  const token = url.split('#token=')[1]
  return [
    `${name}${simulator ? ', a simulator' : ''}: ws://127.0.0.1:${port}/stream${page ? `, page ${url}` : ''}`,
    ...(token === undefined ? [] : [`Commands need --token ${token}`]),
    warning,
    ...(simulator
      ? []
      : [
          `Type ${name} and Enter. Then hold the space bar to let it move; r resets a stop; any other key stops.`,
          'Pre-flight wants a stop from here and one from the page to have been tried, and control --drill.',
        ]),
    'Its software stop is not a safety function.',
    '',
  ].join('\n')
}

/** The pendant on this process' own terminal. */
function openPendant(
  end: Parameters<typeof createTerminalPendant>[0],
  name: string,
  options: { now_s(): number; onInterrupt(): void },
) {
  const { stdin } = process
  const pendant = createTerminalPendant(end, name)
  const onKeys = (bytes: Buffer): void => {
    const keys = bytes.toString('latin1')
    pendant.press(keys, options.now_s())
    // In this mode of the terminal Ctrl-C is a key as well.
    if (keys.includes('\u0003')) options.onInterrupt()
  }
  stdin.setRawMode(true)
  stdin.on('data', onKeys)
  return {
    look: pendant.look,
    problems: pendant.problems,
    close: () => {
      stdin.off('data', onKeys)
      stdin.setRawMode(false)
      stdin.pause()
    },
  }
}
