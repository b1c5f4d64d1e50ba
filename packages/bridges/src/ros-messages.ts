import {
  type Channel,
  type Frame,
  type JointSlot,
  jointSlots,
  type RobotDescription,
} from '@skillweave/protocol'
import { framePoses } from '@skillweave/recording'

/** A topic that ROS pages may subscribe to. */
export interface RosTopic {
  readonly name: string
  /** As ROS 1 and rosbridge write it; ROS 2's name has `/msg` in it. */
  readonly type: string
  /** Channels it is made from, the best first. */
  readonly channels: readonly string[]
  /** The message for a frame of one of them. Lists of numbers are typed arrays. */
  convert(source: RosSource): unknown
}

/** A frame as it came, and whose it is. */
export interface RosSource {
  readonly channel: Channel
  readonly frame: Frame
  readonly robot: RobotDescription | undefined
}

export const rosTopics: readonly RosTopic[] = [
  {
    name: '/joint_states',
    type: 'sensor_msgs/JointState',
    channels: ['robot.state', 'view.bodies'],
    convert: (source) =>
      source.channel.name === 'robot.state' ? measuredJoints(source) : shownJoints(source),
  },
  {
    name: '/tf',
    type: 'tf2_msgs/TFMessage',
    channels: ['view.bodies'],
    convert: ({ channel, frame, robot }) => ({
      transforms: robot ? transforms(robot, channel, frame) : [],
    }),
  },
  {
    name: '/clock',
    type: 'rosgraph_msgs/Clock',
    channels: ['view.bodies', 'robot.state'],
    convert: ({ frame }) => ({ clock: stampOf(frame.time_s) }),
  },
  {
    name: '/imu',
    type: 'sensor_msgs/Imu',
    channels: ['robot.state'],
    convert: ({ channel, frame: { values, time_s } }) => ({
      header: header(time_s, channel.robot ?? 'base'),
      orientation: xyzw(values.imuQuat_wb),
      orientation_covariance: new Float64Array(9),
      angular_velocity: xyz(values.gyro_b),
      angular_velocity_covariance: new Float64Array(9),
      linear_acceleration: xyz(values.accel_b),
      linear_acceleration_covariance: new Float64Array(9),
    }),
  },
  {
    name: '/skill_weights',
    type: 'std_msgs/Float32MultiArray',
    channels: ['view.blend'],
    convert: ({ channel, frame: { values } }) => ({
      layout: {
        dim: [
          {
            label: (channel.labels.skills ?? []).join(','),
            size: values.weights.length,
            stride: values.weights.length,
          },
        ],
        data_offset: 0,
      },
      data: Float32Array.from(values.weights),
    }),
  },
]

/** The type without ROS 2's `/msg`; undefined stays undefined. */
export const plainType = (type: string): string => type.replace(/\/(msg|srv)\//, '/')

/** Everything a robot says of its joints. */
function measuredJoints({ channel, frame: { values, time_s } }: RosSource) {
  return {
    header: header(time_s, ''),
    name: channel.labels.joints ?? [],
    position: Float64Array.from(values.q),
    velocity: Float64Array.from(values.dq),
    effort: Float64Array.from(values.tau),
  }
}

/** Joints with one coordinate, as they are drawn. */
function shownJoints({ channel, frame: { values, time_s } }: RosSource) {
  const kinds = ['hinges', 'slides'] as const
  return {
    header: header(time_s, ''),
    name: kinds.flatMap((kind) => channel.labels[kind] ?? []),
    position: Float64Array.from(kinds.flatMap((kind) => [...(values[kind] ?? [])])),
    velocity: new Float64Array(0),
    effort: new Float64Array(0),
  }
}

const slotsOf = new WeakMap<RobotDescription, readonly JointSlot[]>()

function transforms(robot: RobotDescription, channel: Channel, frame: Frame): unknown[] {
  const slots = slotsOf.get(robot) ?? jointSlots(robot)
  slotsOf.set(robot, slots)
  return framePoses(robot, slots, channel.labels.objects ?? [], frame.values).map((pose) => ({
    header: header(frame.time_s, pose.parent),
    child_frame_id: pose.child,
    transform: { translation: xyz(pose.pos), rotation: xyzw(pose.quat) },
  }))
}

/** Fields of both generations: pages read the one they know. */
function stampOf(time_s: number) {
  const ns = Math.round(time_s * 1e9)
  const [sec, nanosec] = [Math.floor(ns / 1e9), ns % 1e9]
  return { sec, nanosec, secs: sec, nsecs: nanosec }
}

const header = (time_s: number, frame_id: string) => ({ stamp: stampOf(time_s), frame_id })
const xyz = (v: ArrayLike<number>) => ({ x: v[0], y: v[1], z: v[2] })
const xyzw = (q: ArrayLike<number>) => ({ x: q[0], y: q[1], z: q[2], w: q[3] })

/** What a twist asks for, base frame. */
export interface PlanarVelocity {
  readonly linVelX_mps: number
  readonly linVelY_mps: number
  readonly yawRate_radps: number
}

/** `Twist` or `TwistStamped`, whose stamp proves nothing; null when a number is missing or not finite. */
export function planarVelocity(message: unknown): PlanarVelocity | null {
  const m = (message ?? {}) as { twist?: unknown; linear?: unknown; angular?: unknown }
  const { linear, angular } = (m.twist ?? m) as {
    linear?: { x?: unknown; y?: unknown }
    angular?: { z?: unknown }
  }
  // roslib leaves out what is zero.
  const [x, y, yaw] = [linear?.x ?? 0, linear?.y ?? 0, angular?.z ?? 0]
  const isVelocity = [x, y, yaw].every((v) => typeof v === 'number' && Number.isFinite(v))
  if (!isVelocity || (linear === undefined && angular === undefined)) return null
  return { linVelX_mps: x as number, linVelY_mps: y as number, yawRate_radps: yaw as number }
}
