import type { RobotState } from '@skillweave/protocol'
import type { Measurement, MotorCommand, RobotProfile } from '@skillweave/robot-end'
import type { MachinePort } from './machine-port.ts'
import { operationText, type RosOperation, readOperation } from './rosbridge-text.ts'

export interface RosMachineOptions {
  readonly profile: RobotProfile
  /** Give a text to the rosbridge's socket. Must not wait. */
  send(text: string): void
  /** Node of the trajectory controller, such as `/joint_trajectory_controller`. */
  readonly controller: string
  /** Default `/joint_states`. */
  readonly stateTopic?: string
  /** A robot with a floating base needs one; absent: the base is upright and still. */
  readonly imuTopic?: string
  /** Trajectory points a second. Default 50. */
  readonly rate_hz?: number
}

/** A ROS robot behind a rosbridge server, driven through a position trajectory controller. */
export interface RosMachine extends MachinePort {
  /** Ask for what is needed; once per connection. */
  begin(): void
  /** A text of the socket. Never throws. */
  receive(text: string, now_s: number): void
  /** What speaks against moving this robot through this controller: sentences, empty when nothing does. */
  problems(): readonly string[]
}

/** The controller must give up by itself at most this long after our last point, s. */
const timeoutMax_s = 0.2
const parameterCall = 'skillweave cmd_timeout'

/**
 * Angles in, one-point trajectories out. A position controller has no gains of ours and cannot be limp: while the
 * robot end is stiff its targets go out, and when it stops being so one last point asks for where the joints are.
 */
export function createRosMachine(options: RosMachineOptions): RosMachine {
  const { profile, controller, stateTopic = '/joint_states', imuTopic, rate_hz = 50 } = options
  const refused: Record<string, number> = {}
  const refuse = (reason: string): void => {
    refused[reason] = (refused[reason] ?? 0) + 1
  }
  const send = (operation: RosOperation): void => options.send(operationText(operation))
  const commandTopic = `${controller}/joint_trajectory`
  const imu = { imuQuat_wb: [0, 0, 0, 1], gyro_b: [0, 0, 0], accel_b: [0, 0, 9.81] }
  let measured: Measurement | null = null
  let hasImu = imuTopic === undefined
  let lastStamp = ''
  let next_s = Number.NEGATIVE_INFINITY
  let wasStiff = false
  /** null: nobody has answered. */
  let timeout_s: number | null = null

  const readers: Readonly<Record<string, (message: unknown, now_s: number) => void>> = {
    [stateTopic]: (message, now_s) => {
      const state = jointsOf(message, profile.joints)
      if (typeof state === 'string') return refuse(state)
      // rosbridge fills missing stamps with now; one that does not change is an old message either way.
      if (state.stamp === lastStamp) return refuse('repeated')
      lastStamp = state.stamp
      if (!hasImu) return refuse('noImuYet')
      measured = { stamp_s: now_s, q: state.q, dq: state.dq, ...imu }
    },
    ...(imuTopic === undefined
      ? {}
      : {
          [imuTopic]: (message: unknown) => {
            const read = imuOf(message)
            if (!read) return refuse('imuShape')
            Object.assign(imu, read)
            hasImu = true
          },
        }),
  }

  const point = (positions: ArrayLike<number>, velocities: ArrayLike<number>): void =>
    send({
      op: 'publish',
      topic: commandTopic,
      msg: {
        joint_names: profile.joints,
        points: [
          {
            positions: Array.from(positions),
            velocities: Array.from(velocities),
            accelerations: [],
            effort: [],
            time_from_start: { sec: 0, nanosec: Math.round(1e9 / rate_hz) },
          },
        ],
      },
    })

  return {
    fault: null,
    refused,
    get measured() {
      return measured
    },
    begin: () => {
      send({
        op: 'subscribe',
        topic: stateTopic,
        type: 'sensor_msgs/msg/JointState',
        queue_length: 1,
      })
      if (imuTopic !== undefined) {
        send({ op: 'subscribe', topic: imuTopic, type: 'sensor_msgs/msg/Imu', queue_length: 1 })
      }
      send({ op: 'advertise', topic: commandTopic, type: 'trajectory_msgs/msg/JointTrajectory' })
      send({
        op: 'call_service',
        id: parameterCall,
        service: '/rosapi/get_param',
        args: { name: `${controller}:cmd_timeout`, default_value: '0.0' },
      })
    },
    receive: (text, now_s) => {
      const operation = readOperation(text)
      if (typeof operation === 'string') return refuse('notJson')
      const { op, topic, id } = operation
      if (op === 'publish' && typeof topic === 'string' && Object.hasOwn(readers, topic)) {
        readers[topic](operation.msg, now_s)
      } else if (op === 'service_response' && id === parameterCall) {
        timeout_s = operation.result === true ? parameterValue(operation.values) : 0
      }
    },
    problems: () => {
      const parameter = `cmd_timeout of ${controller}`
      if (timeout_s === null)
        return [`${parameter} is not known yet; expected at most ${timeoutMax_s} s`]
      if (timeout_s > 0 && timeout_s <= timeoutMax_s) return []
      const found = timeout_s > 0 ? `${timeout_s} s` : 'off'
      return [
        `${parameter} is ${found}, expected at most ${timeoutMax_s} s: it would follow our last target for ever`,
      ]
    },
    write: (command: MotorCommand, _state: RobotState, now_s: number) => {
      const isStiff = command.kp.some((k) => k > 0)
      const targets = [...command.qTarget, ...command.dqTarget]
      if (!targets.every(Number.isFinite)) return refuse('nonFiniteCommand')
      if (isStiff && now_s >= next_s - 1e-6) {
        next_s = now_s + 1 / rate_hz
        point(command.qTarget, command.dqTarget)
      } else if (!isStiff && wasStiff && measured) {
        point(
          measured.q,
          profile.joints.map(() => 0),
        )
      }
      wasStiff = isStiff
    },
  }
}

/** Joints by name, in the profile's order; a reason when the message has not all of them. */
function jointsOf(message: unknown, joints: readonly string[]) {
  const { name, position, velocity, header } = (message ?? {}) as Record<string, unknown>
  if (!Array.isArray(name) || !Array.isArray(position) || !Array.isArray(velocity)) return 'shape'
  const at = joints.map((joint) => name.indexOf(joint))
  if (at.some((i) => i < 0)) return 'jointMissing'
  const [q, dq] = [position, velocity].map((list) => at.map((i) => list[i] as number))
  if (![...q, ...dq].every(Number.isFinite)) return 'nonFinite'
  return { q, dq, stamp: JSON.stringify((header as { stamp?: unknown } | undefined)?.stamp ?? '') }
}

function imuOf(message: unknown) {
  const { orientation, angular_velocity, linear_acceleration } = (message ?? {}) as Record<
    string,
    unknown
  >
  const numbers = (value: unknown, keys: string): number[] =>
    [...keys].map((key) => (value as Record<string, number> | undefined)?.[key] as number)
  const read = {
    imuQuat_wb: numbers(orientation, 'xyzw'),
    gyro_b: numbers(angular_velocity, 'xyz'),
    accel_b: numbers(linear_acceleration, 'xyz'),
  }
  return Object.values(read).flat().every(Number.isFinite) ? read : null
}

/** rosapi gives parameters as JSON texts. */
function parameterValue(values: unknown): number {
  const text = (values as { value?: unknown } | undefined)?.value
  const value = Number(typeof text === 'string' ? text.replace(/^"|"$/g, '') : text)
  return Number.isFinite(value) ? value : 0
}
