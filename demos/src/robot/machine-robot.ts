import { type MachinePort, stepMachine } from '@skillweave/bridges/machines'
import type { Robot } from '@skillweave/model'
import {
  createMotorCommand,
  createRobotEnd,
  type MotorCommand,
  type RobotProfile,
} from '@skillweave/robot-end'
import {
  createRobotReports,
  openRobotChannels,
  type WireRobot,
  type WireRobotReports,
} from './wire-robot.ts'

export interface MachineRobotOptions extends WireRobotReports {
  readonly id: string
  readonly robot: Robot
  readonly profile: RobotProfile
  readonly port: MachinePort
  readonly firstEpoch: number
  /** What speaks against moving this machine, sentences; asked by pre-flight. */
  problems?(): readonly string[]
  /** This process' monotonic clock, s. */
  now_s(): number
}

/**
 * A machine that speaks another protocol, behind the same robot end as a simulated robot. Nobody measures where its
 * base is: who watches sees it stand where it began, turned as its IMU says.
 */
export function createMachineRobot(options: MachineRobotOptions): WireRobot {
  const { id, robot, profile, port, now_s } = options
  const channels = openRobotChannels(id, robot, options.openChannel)
  const end = createRobotEnd({ ...options, channel: channels.command })
  const reports = createRobotReports(channels, end)
  const n = profile.joints.length
  const body = {
    linkPos_w: Float64Array.of(0, 0, robot.standingHeight),
    linkQuat_w: Float64Array.from(robot.standingQuat),
    q: new Float64Array(n),
    footContact: new Float64Array(robot.feet.length),
    objectPos_w: new Float64Array(0),
    objectQuat_w: new Float64Array(0),
    objectLinVel_w: new Float64Array(0),
  }
  let command: MotorCommand = createMotorCommand(n)
  return {
    id,
    robot,
    isReal: profile.real,
    end,
    channels,
    body,
    get time_s() {
      return now_s()
    },
    get measured() {
      return port.measured
    },
    tick: () => {
      command = stepMachine(end, port, now_s()) ?? command
      const { measured } = port
      if (!measured) return
      body.q.set(measured.q)
      body.linkQuat_w.set(measured.imuQuat_wb)
    },
    encodeState: () => {
      if (!port.measured) throw new Error(`${id} has not measured anything yet`)
      // These machines do not say what their motors give: it is what was asked for.
      return reports.encodeState(port.measured, end.limiter.torque)
    },
    encodeApplied: () => reports.encodeApplied(command, now_s()),
    dispose: () => {},
  }
}
