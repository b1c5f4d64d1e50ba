import { quatRotateAt, quatRotateInvAt } from '@skillweave/math'
import type { Robot, Simulator, SimulatorOptions } from '@skillweave/model'
import {
  type Channel,
  type ChannelSpec,
  createEncoder,
  declareChannel,
  robotAppliedSpec,
  robotCommandSpec,
  robotStateSpec,
} from '@skillweave/protocol'
import {
  causeCode,
  createRobotEnd,
  type Measurement,
  profileOf,
  type RobotEnd,
  type RobotEndOptions,
  type RobotProfile,
  stateCode,
} from '@skillweave/robot-end'

/** A robot that exists in a simulator only, with the same robot end before its motors as a real one. */
export interface SimulatedRobot {
  readonly id: string
  readonly end: RobotEnd
  readonly simulator: Simulator
  readonly channels: Readonly<Record<'state' | 'command' | 'applied', Channel>>
  /** Simulated time, s: the robot's clock. */
  readonly time_s: number
  readonly measured: Measurement
  /** What the motors got at the last tick, N·m. [nDof] */
  readonly torque: Float64Array
  /** One tick of the PD loop: measure, decide, act, one physics step. */
  tick(): void
  /** Frames of the present moment; overwritten by the next call. */
  encodeState(): Uint8Array<ArrayBuffer>
  encodeApplied(): Uint8Array<ArrayBuffer>
  dispose(): void
}

export interface SimulatedRobotOptions {
  readonly id: string
  readonly robot: Robot
  readonly createSimulator: (options: SimulatorOptions) => Promise<Simulator>
  readonly startPose: readonly number[]
  /** Time between two ticks, which is the physics step. Default 2 ms. */
  readonly tickDt_s?: number
  readonly firstEpoch: number
  /** Figures of the usual profile that differ. */
  readonly profile?: Partial<RobotProfile>
  /** Default: ids counted from 1. A hub gives its own. */
  openChannel?(spec: ChannelSpec): Channel
  readonly onChange?: NonNullable<RobotEndOptions['onChange']>
  readonly onLease?: NonNullable<RobotEndOptions['onLease']>
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
  const joints = {
    names: robot.model.dofNames,
    isSlide: robot.model.joints.map((j) => j.type === 'prismatic'),
  }
  let opened = 0
  const open = options.openChannel ?? ((spec: ChannelSpec) => declareChannel(++opened, spec))
  const channels = {
    state: open(robotStateSpec(id, joints)),
    command: open(robotCommandSpec(id, joints)),
    applied: open(robotAppliedSpec(id, joints)),
  }
  const end = createRobotEnd({
    profile: {
      ...profileOf(robot, {
        gains: simulator.gains,
        startPose: options.startPose,
        tickDt_s,
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
  const state = createEncoder(channels.state)
  const applied = createEncoder(channels.applied)
  let ticks = 0

  sensors.read(0)
  return {
    id,
    end,
    simulator,
    channels,
    get time_s() {
      return ticks * tickDt_s
    },
    measured: sensors.measured,
    torque: simulator.states[0].tau,
    tick: () => {
      const now_s = ticks * tickDt_s
      sensors.read(now_s)
      act(end.tick(sensors.measured, now_s))
      hang(end.state)
      simulator.step(1)
      ticks++
    },
    encodeState: () => {
      const { values } = state
      const m = sensors.measured
      values.q.set(m.q)
      values.dq.set(m.dq)
      values.tau.set(simulator.states[0].tau)
      values.imuQuat_wb.set(m.imuQuat_wb)
      values.gyro_b.set(m.gyro_b)
      values.accel_b.set(m.accel_b)
      values.commandSeq[0] = end.acceptance.command?.seq ?? 0
      values.state[0] = stateCode(end.state)
      values.stopCause[0] = causeCode(end.stopCause)
      return state.encode(m.stamp_s)
    },
    encodeApplied: () => {
      const { values } = applied
      const { acceptance, limiter } = end
      values.leaseEpoch[0] = end.lease?.epoch ?? 0
      values.commandSeq[0] = acceptance.command?.seq ?? 0
      values.age_ms[0] = 1000 * (end.actingAge_s ?? 0)
      values.accepted[0] = acceptance.accepted
      values.rejected[0] = acceptance.rejected
      values.lastReject[0] = acceptance.rejected > 0 ? lastRejectCode(end) : 0
      values.state[0] = stateCode(end.state)
      values.clippedJoints[0] = limiter.bits.reduce((n, b) => n + (b > 0 ? 1 : 0), 0)
      values.limitBits.set(limiter.bits)
      values.qApplied.set(simulator.controls[0].qTarget)
      values.tauApplied.set(limiter.torque)
      return applied.encode(ticks * tickDt_s)
    },
    dispose: () => simulator.dispose(),
  }
}

const lastRejectCode = ({ acceptance }: RobotEnd): number =>
  acceptance.lastReject === null
    ? 0
    : 1 + Object.keys(acceptance.counts).indexOf(acceptance.lastReject)

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
  return (command: ReturnType<RobotEnd['tick']>): void => {
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
