import {
  bodiesSpec,
  type CallError,
  type ChannelSpec,
  createBodiesWriter,
  decodeEnable,
  decodeStop,
  describeRobot,
  encodeStopped,
} from '@skillweave/protocol'
import type { Outcome } from '@skillweave/robot-end'
import type { Hub } from '@skillweave/stream/server'
import type { WireRobot, WireRobotReports } from './wire-robot.ts'

/** A robot's own hub: carries what comes to its robot end, publishes what it does. */
export interface RobotHub {
  /** Carry out what was called since the last time; between ticks. */
  drain(): void
  /** Stamp of the state that the last accepted command answers, the robot's clock; null before one. */
  readonly lastCommand_s: number | null
  /** Publish the present state, what was applied, and the bodies for who watches. */
  publish(): void
}

/** Options of the robot that let it tell the hub what happens. */
export function reportTo(hub: Hub, id: string): Required<WireRobotReports> {
  return {
    openChannel: (spec: ChannelSpec) => hub.openChannel(spec),
    onChange: ({ from, to, cause, time_s }) =>
      hub.event('robot.changed', { from, to, cause }, { time_s, robot: id }),
    onLease: ({ holder, epoch, reason, time_s }) =>
      hub.event('lease', { holder, epoch, reason }, { time_s, robot: id }),
  }
}

/** Connect a robot that was built with `reportTo` to its hub. */
export function serveRobot(hub: Hub, robot: WireRobot): RobotHub {
  const { end, id, channels } = robot
  const description = describeRobot({ id, robot: robot.robot, real: robot.isReal })
  hub.setScene({ title: id, ground: {}, objects: [] })
  hub.setRobots([description])
  hub.setWorld({ paused: false, speed: 1, controllers: [], targets: [] })
  const bodies = hub.openChannel(bodiesSpec({ robot: description, objects: [] }))
  const writer = createBodiesWriter(bodies, description)
  let answers = 0
  let lastCommand_s: number | null = null
  const actions: Readonly<Record<string, (session: string, now_s: number) => Outcome>> = {
    'lease.release': (session, now_s) => end.releaseLease(session, now_s),
    'robot.pose': (session, now_s) => end.pose(session, now_s),
    'robot.start': (session, now_s) => end.start(session, now_s),
    'robot.hold': (session, now_s) => end.hold(session, now_s),
    'robot.damp': (session, now_s) => end.damp(session, now_s),
    'stop.reset': (_session, now_s) => end.resetStop(now_s),
  }

  hub.robotEnd = {
    command: (bytes) => {
      const isAccepted = end.offer(bytes, robot.time_s) === null
      if (isAccepted) lastCommand_s = end.acceptance.command?.stateTime_s ?? lastCommand_s
    },
    stop: (bytes) => {
      const stop = decodeStop(bytes)
      end.stop(stop, 'operator', robot.time_s)
      const time_s = robot.time_s
      return encodeStopped({ ...stop, seq: ++answers, time_s, appliedAt_s: time_s })
    },
    enable: (bytes) => {
      const enable = decodeEnable(bytes)
      if (enable.ok) end.enable(enable.value, robot.time_s)
    },
    left: ({ session }) => end.linkDown(session, robot.time_s),
  }
  hub.calls$.subscribe((call) => {
    const { session, role } = call.from
    const refuse = (code: CallError['code'], text: string) => call.refuse({ code, text })
    const action = actions[call.method]
    const isOurs = action || call.method === 'lease.request' || call.method === 'preflight.run'
    if (!isOurs || !('robot' in call.params)) {
      refuse('not-available', `${call.method} does nothing on a robot`)
      return
    }
    if (call.params.robot !== id) {
      call.refuse({
        code: 'unknown-name',
        text: `there is no robot "${call.params.robot}" here`,
        known: [id],
      })
      return
    }
    const now_s = robot.time_s
    if (call.method === 'lease.request') {
      const rank = role === 'operator' ? 'operator' : 'controller'
      const lease = end.requestLease(session, rank, call.params.layoutHash, now_s)
      if (lease.ok) call.accept({ epoch: lease.epoch, ttl_ms: lease.ttl_ms })
      else refuse('refused', lease.text)
    } else if (call.method === 'preflight.run') {
      const failures = end.runPreflight(session, now_s)
      call.accept({ passed: failures.length === 0, failures })
    } else {
      const outcome = action(session, now_s)
      if (outcome.ok) (call.accept as (value: null) => void)(null)
      else refuse('refused', outcome.text)
    }
  })

  return {
    get lastCommand_s() {
      return lastCommand_s
    },
    drain: () => hub.drain(),
    publish: () => {
      if (!robot.measured) return
      hub.publish(channels.state, robot.encodeState())
      hub.publish(channels.applied, robot.encodeApplied())
      writer.set(0, robot.body)
      hub.publish(bodies, writer.encode(robot.time_s))
    },
  }
}
