import { quatRotateAt, quatRotateInvAt } from '@skillweave/math'
import type { Robot, Simulator, SimulatorOptions } from '@skillweave/model'
import {
  createMotorCommand,
  createRobotEnd,
  type MotorCommand,
  profileOf,
  type RobotEnd,
  type RobotProfile,
} from '@skillweave/robot-end'
import {
  createRobotReports,
  openRobotChannels,
  type WireRobot,
  type WireRobotReports,
} from './wire-robot.ts'

/** A robot that exists in a simulator only, with the same robot end before its motors as a real one. */
export interface SimulatedRobot extends WireRobot {
  readonly simulator: Simulator
  readonly measured: NonNullable<WireRobot['measured']>
  /** What the motors got at the last tick, N·m. [nDof] */
  readonly torque: Float64Array
}

export interface SimulatedRobotOptions extends WireRobotReports {
  readonly id: string
  readonly robot: Robot
  readonly createSimulator: (options: SimulatorOptions) => Promise<Simulator>
  readonly startPose: readonly number[]
  /** Time between two ticks, which is the physics step. Default 2 ms. */
  readonly tickDt_s?: number
  readonly firstEpoch: number
  /** Keep parts this far from each other, m. Default 0: self-collision is not looked at. */
  readonly selfCollisionMargin?: number
  /** Figures of the usual profile that differ. */
  readonly profile?: Partial<RobotProfile>
}

export async function createSimulatedRobot(
  options: SimulatedRobotOptions,
): Promise<SimulatedRobot> {
  const { robot, id, tickDt_s = 0.002 } = options
  const simulator = await options.createSimulator({
    robot,
    scene: { ground: { friction: 1, restitution: 0 }, objects: [] },
    nEnvs: 1,
    physics: {
      dt_s: tickDt_s,
      solverIterations: 2,
      pgsIterations: 8,
      groundContact: 'all',
      selfCollision: false,
      footContact: false,
    },
  })
  simulator.reset(0, {
    basePos_w: [0, 0, robot.standingHeight],
    baseQuat_w: robot.standingQuat,
    q: options.startPose,
  })
  const channels = openRobotChannels(id, robot, options.openChannel)
  const end = createRobotEnd({
    profile: {
      ...profileOf(robot, {
        gains: simulator.gains,
        startPose: options.startPose,
        tickDt_s,
        selfCollisionMargin: options.selfCollisionMargin ?? 0,
      }),
      ...options.profile,
    },
    channel: channels.command,
    firstEpoch: options.firstEpoch,
    ...(options.onChange ? { onChange: options.onChange } : {}),
    ...(options.onLease ? { onLease: options.onLease } : {}),
  })
  const sensors = bindSensors(simulator)
  const act = bindMotors(simulator)
  const hang = robot.model.base === 'floating' ? bindGantry(simulator) : () => {}
  const reports = createRobotReports(channels, end)
  const [body] = simulator.states
  let command: MotorCommand = createMotorCommand(body.q.length)
  let ticks = 0

  sensors.read(0)
  return {
    id,
    robot: simulator.robot,
    isReal: options.profile?.real ?? false,
    end,
    simulator,
    body,
    channels,
    get time_s() {
      return ticks * tickDt_s
    },
    measured: sensors.measured,
    torque: body.tau,
    tick: () => {
      const now_s = ticks * tickDt_s
      sensors.read(now_s)
      command = end.tick(sensors.measured, now_s)
      act(command)
      hang(end.state)
      simulator.step(1)
      ticks++
    },
    encodeState: () => reports.encodeState(sensors.measured, body.tau),
    encodeApplied: () => reports.encodeApplied(command, ticks * tickDt_s),
    dispose: () => simulator.dispose(),
  }
}

/** Perfect sensors, an IMU in the base included. */
function bindSensors(simulator: Simulator) {
  const s = simulator.states[0]
  const measured = {
    stamp_s: 0,
    q: new Float64Array(s.q.length),
    dq: new Float64Array(s.q.length),
    imuQuat_wb: new Float64Array([0, 0, 0, 1]),
    gyro_b: new Float64Array(3),
    accel_b: new Float64Array([0, 0, 9.81]),
  }
  const before = new Float64Array(3)
  const force_w = new Float64Array(3)
  return {
    measured,
    read: (now_s: number) => {
      const dt_s = now_s - measured.stamp_s
      measured.stamp_s = now_s
      measured.q.set(s.q)
      measured.dq.set(s.dq)
      for (let k = 0; k < 4; k++) measured.imuQuat_wb[k] = s.linkQuat_w[k]
      quatRotateInvAt(measured.gyro_b, 0, s.linkQuat_w, 0, s.linkAngVel_w, 0)
      for (let k = 0; k < 3; k++) {
        const gravity = k === 2 ? 9.81 : 0
        force_w[k] = (dt_s > 0 ? (s.linkLinVel_w[k] - before[k]) / dt_s : 0) + gravity
        before[k] = s.linkLinVel_w[k]
      }
      quatRotateInvAt(measured.accel_b, 0, s.linkQuat_w, 0, force_w, 0)
    },
  }
}

/**
 * Motors whose gains are set by every command, on an engine whose gains are fixed: the engine's targets are
 * chosen so that its law gives the same torque now. With equal gains they are the command's own.
 */
function bindMotors(simulator: Simulator) {
  const { kp, kd } = simulator.gains
  const { qTarget, dqTarget, tauFf } = simulator.controls[0]
  const { q, dq } = simulator.states[0]
  return (command: MotorCommand): void => {
    for (let d = 0; d < q.length; d++) {
      const stiffness = kp[d] > 0 ? command.kp[d] / kp[d] : 0
      const damping = kd[d] > 0 ? command.kd[d] / kd[d] : 0
      qTarget[d] = q[d] + stiffness * (command.qTarget[d] - q[d])
      dqTarget[d] = dq[d] + damping * (command.dqTarget[d] - dq[d])
      tauFf[d] = command.tauFf[d]
    }
  }
}

/**
 * What a walking robot hangs in before it is active: a soft spring at the base that carries it and keeps it
 * upright. It lets go for good when the robot becomes active, so a fall is a fall.
 */
function bindGantry(simulator: Simulator) {
  const s = simulator.states[0]
  const { force_w, torque_w } = simulator.disturbances[0]
  const anchor = s.linkPos_w.slice(0, 3)
  const up = new Float64Array(3)
  let isHanging = true
  return (state: RobotEnd['state']): void => {
    if (state === 'active') isHanging = false
    simulator.disturbances[0].enabled = isHanging
    if (!isHanging) return
    quatRotateAt(up, 0, s.linkQuat_w, 0, [0, 0, 1], 0)
    const tilt = [up[1], -up[0], 0]
    for (let k = 0; k < 3; k++) {
      force_w[k] = 4000 * (anchor[k] - s.linkPos_w[k]) - 200 * s.linkLinVel_w[k]
      torque_w[k] = 150 * tilt[k] - 4 * s.linkAngVel_w[k]
    }
  }
}
