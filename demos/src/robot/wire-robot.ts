import type { Robot } from '@skillweave/model'
import {
  type BodiesState,
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
  type Measurement,
  type MotorCommand,
  type RobotEnd,
  type RobotEndOptions,
  stateCode,
} from '@skillweave/robot-end'

/** A robot with its robot end, as a hub serves it: simulated, or a machine. */
export interface WireRobot {
  readonly id: string
  readonly robot: Robot
  /** A machine that can hurt somebody. */
  readonly isReal: boolean
  readonly end: RobotEnd
  readonly channels: RobotChannels
  /** The robot's clock, s. */
  readonly time_s: number
  /** Null before the first measurement. */
  readonly measured: Measurement | null
  /** Where its parts are, for who watches. */
  readonly body: BodiesState
  /** One tick of the PD loop: measure, decide, act. */
  tick(): void
  /** Frames of the present moment; overwritten by the next call. For a robot that has measured. */
  encodeState(): Uint8Array<ArrayBuffer>
  encodeApplied(): Uint8Array<ArrayBuffer>
  dispose(): void
}

export type RobotChannels = Readonly<Record<'state' | 'command' | 'applied', Channel>>

/** How a robot tells who serves it what happens. */
export interface WireRobotReports {
  /** Default: ids counted from 1. A hub gives its own. */
  openChannel?(spec: ChannelSpec): Channel
  readonly onChange?: NonNullable<RobotEndOptions['onChange']>
  readonly onLease?: NonNullable<RobotEndOptions['onLease']>
}

export function openRobotChannels(
  id: string,
  { model }: Robot,
  openChannel?: WireRobotReports['openChannel'],
): RobotChannels {
  let opened = 0
  const open = openChannel ?? ((spec: ChannelSpec) => declareChannel(++opened, spec))
  const joints = {
    names: model.dofNames,
    isSlide: model.joints.map((j) => j.type === 'prismatic'),
  }
  return {
    state: open(robotStateSpec(id, joints)),
    command: open(robotCommandSpec(id, joints)),
    applied: open(robotAppliedSpec(id, joints)),
  }
}

/** Encoders of what a robot measured and of what went out to its motors. */
export function createRobotReports(channels: RobotChannels, end: RobotEnd) {
  const state = createEncoder(channels.state)
  const applied = createEncoder(channels.applied)
  return {
    /** `tau`: torques of the joints, N·m. */
    encodeState: (m: Measurement, tau: ArrayLike<number>): Uint8Array<ArrayBuffer> => {
      const { values } = state
      values.q.set(m.q)
      values.dq.set(m.dq)
      values.tau.set(tau)
      values.imuQuat_wb.set(m.imuQuat_wb)
      values.gyro_b.set(m.gyro_b)
      values.accel_b.set(m.accel_b)
      values.commandSeq[0] = end.acceptance.command?.seq ?? 0
      values.state[0] = stateCode(end.state)
      values.stopCause[0] = causeCode(end.stopCause)
      return state.encode(m.stamp_s)
    },
    /** `command`: of the last tick. */
    encodeApplied: (command: MotorCommand, time_s: number): Uint8Array<ArrayBuffer> => {
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
      values.qApplied.set(command.qTarget)
      values.tauApplied.set(limiter.torque)
      return applied.encode(time_s)
    },
  }
}

const lastRejectCode = ({ acceptance }: RobotEnd): number =>
  acceptance.lastReject === null
    ? 0
    : 1 + Object.keys(acceptance.counts).indexOf(acceptance.lastReject)
