import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { robotByName } from '@skillweave/model'
import { createMujocoSimulator } from '@skillweave/mujoco'
import { createStreamServer } from '@skillweave/stream/server'
import { runInRealTime, tick_s } from '../robot/real-time-loop.ts'
import { reportTo, serveRobot } from '../robot/robot-hub.ts'
import { createSimulatedRobot } from '../robot/simulated-robot.ts'
import { quantile } from './statistics.ts'

export interface RoundTripResult {
  readonly p50_ms: number
  readonly p99_ms: number
  readonly commands: number
}

/** Byte offset of the echoed stamp in a command frame. */
const stateTimeAt = 24

/**
 * A simulated arm in this process and `control` in another, over loopback: from publishing a state to the arrival of
 * the command that echoes its stamp. Rejects when the controller ends early, with what it said.
 */
export async function measureRoundTrip(seconds: number): Promise<RoundTripResult> {
  const robot = robotByName('arm7')
  const server = await createStreamServer({ port: 0 })
  const simulated = await createSimulatedRobot({
    id: robot.name,
    robot,
    createSimulator: createMujocoSimulator,
    startPose: robot.qDefault,
    tickDt_s: tick_s,
    firstEpoch: 1,
    ...reportTo(server.hub, robot.name),
  })
  const hub = serveRobot(server.hub, simulated)
  const times = watchRoundTrips(server.hub.robotEnd as NonNullable<typeof server.hub.robotEnd>)
  server.hub.robotEnd = times.robotEnd
  simulated.end.linkUp(0)
  const controller = startController(robot.name, server.port)
  const end_ms = performance.now() + 1000 * (seconds + 10)
  try {
    await runInRealTime(
      simulated,
      {
        drain: hub.drain,
        publish: () => {
          times.published(simulated.measured.stamp_s)
          hub.publish()
        },
      },
      () => {
        if (controller.hasEnded()) throw new Error(`the controller ended: ${controller.text()}`)
        return times.list.length >= 50 * seconds || performance.now() > end_ms
      },
    )
  } finally {
    controller.kill()
    await server.close()
    simulated.dispose()
  }
  const list = times.list
  if (list.length === 0) throw new Error(`no command came: ${controller.text()}`)
  return { p50_ms: quantile(list, 0.5), p99_ms: quantile(list, 0.99), commands: list.length }
}

type RobotFrames = NonNullable<Awaited<ReturnType<typeof createStreamServer>>['hub']['robotEnd']>

function watchRoundTrips(inner: RobotFrames) {
  const sent_ms = new Map<number, number>()
  const list: number[] = []
  const robotEnd: RobotFrames = {
    ...inner,
    command: (bytes, from) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      const published_ms = sent_ms.get(view.getFloat64(stateTimeAt, true))
      inner.command(bytes, from)
      if (published_ms !== undefined) list.push(performance.now() - published_ms)
    },
  }
  return {
    robotEnd,
    list,
    published: (stamp_s: number) => {
      sent_ms.set(stamp_s, performance.now())
      // A second's worth: older ones are not answered any more.
      if (sent_ms.size > 100) sent_ms.delete(sent_ms.keys().next().value as number)
    },
  }
}

function startController(robot: string, port: number) {
  const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
  const url = `ws://127.0.0.1:${port}/stream`
  const child = spawn(process.execPath, [cli, 'control', '--robot', robot, '--url', url], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let text = ''
  child.stderr.on('data', (data) => {
    text += data
  })
  return {
    text: () => text,
    hasEnded: () => child.exitCode !== null,
    kill: () => child.kill('SIGKILL'),
  }
}
