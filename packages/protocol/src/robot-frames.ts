import type { Result } from './checks.ts'
import { kinds } from './codec.ts'
import { type ChannelSpec, defineLayout, type FieldSpec, headerBytes, type Unit } from './layout.ts'

/** States of a robot's machine; the code is the index. The table of docs/protocol.md 11. */
export const robotStates = [
  'offline',
  'idle',
  'armed',
  'posing',
  'posed',
  'active',
  'holding',
  'damping',
  'stopped',
] as const
export type RobotState = (typeof robotStates)[number]

/** Why the state changed; the code is the index. The table of docs/protocol.md 11. */
export const changeCauses = [
  'none',
  'expired',
  'asked',
  'lease',
  'link',
  'saturated',
  'obstructed',
  'speed',
  'tilt',
  'sensor',
  'operator',
  'local',
  'done',
  'enable',
  'foreignWriter',
  'vendorMode',
] as const
export type ChangeCause = (typeof changeCauses)[number]

/** Why a command was refused, in the order of the checks; the code is the index + 1. */
export const rejectReasons = [
  'length',
  'nonFinite',
  'gains',
  'epoch',
  'seq',
  'future',
  'expired',
  'validity',
  'plan',
  'state',
  'replay',
  'rate',
] as const
export type RejectReason = (typeof rejectReasons)[number]

/** Bits of `limitBits`: what was changed about a joint's command. */
export const limitBits = {
  position: 1,
  step: 2,
  torque: 4,
  gain: 8,
  collision: 16,
  lead: 32,
} as const

/** Joints in the order of every list, and which of them slide instead of turning. */
export interface RobotJoints {
  readonly names: readonly string[]
  readonly isSlide: readonly boolean[]
}

/** One number per joint, in the unit of a turning joint or of a sliding one. */
function perJoint(name: string, { isSlide }: RobotJoints, turn: Unit, slide: Unit): FieldSpec {
  const unit = isSlide.some(Boolean) ? isSlide.map((s) => (s ? slide : turn)) : turn
  return { name, type: 'f32', count: isSlide.length, unit, labels: 'joints' }
}

const counter = (name: string): FieldSpec => ({
  name,
  type: 'u32',
  count: 1,
  unit: '1',
  step: true,
})
const code = (name: string, type: 'u8' | 'u16'): FieldSpec => ({
  name,
  type,
  count: 1,
  unit: '1',
  step: true,
})

/** What a robot measures. `time_s` of its frames is the robot's clock, `seq` the number commands echo. */
export const robotStateSpec = (robot: string, joints: RobotJoints): ChannelSpec => ({
  name: 'robot.state',
  robot,
  class: 'latest',
  rate_hz: 500,
  clock: 'robot',
  layout: defineLayout({
    labels: { joints: joints.names },
    fields: [
      perJoint('q', joints, 'rad', 'm'),
      perJoint('dq', joints, 'rad/s', 'm/s'),
      perJoint('tau', joints, 'N.m', 'N'),
      { name: 'imuQuat_wb', type: 'f32', count: 4, unit: '1', order: 'xyzw' },
      { name: 'gyro_b', type: 'f32', count: 3, unit: 'rad/s' },
      { name: 'accel_b', type: 'f32', count: 3, unit: 'm/s2' },
      counter('commandSeq'),
      code('state', 'u8'),
      code('stopCause', 'u8'),
      code('faults', 'u16'),
    ],
  }),
})

/** What a controller commands: all of every joint, every frame. Kind 2. */
export const robotCommandSpec = (robot: string, joints: RobotJoints): ChannelSpec => ({
  name: 'robot.command',
  kind: 2,
  robot,
  class: 'latest',
  rate_hz: 50,
  clock: 'robot',
  layout: defineLayout({
    labels: { joints: joints.names },
    fields: [
      counter('leaseEpoch'),
      counter('stateSeq'),
      { name: 'stateTime_s', type: 'f64', count: 1, unit: 's' },
      { name: 'validFor_ms', type: 'u16', count: 1, unit: 'ms' },
      code('plan', 'u16'),
      counter('zero'),
      perJoint('qTarget', joints, 'rad', 'm'),
      perJoint('dqTarget', joints, 'rad/s', 'm/s'),
      perJoint('tauFf', joints, 'N.m', 'N'),
      // N·m/rad, N·m·s/rad, N/m and N·s/m have no names in the list of units.
      perJoint('kp', joints, '1', '1'),
      perJoint('kd', joints, '1', '1'),
    ],
  }),
})

/** What went out to the joints after limiting, and what was refused. */
export const robotAppliedSpec = (robot: string, joints: RobotJoints): ChannelSpec => ({
  name: 'robot.applied',
  robot,
  class: 'latest',
  rate_hz: 50,
  clock: 'robot',
  layout: defineLayout({
    labels: { joints: joints.names },
    fields: [
      counter('leaseEpoch'),
      counter('commandSeq'),
      { name: 'age_ms', type: 'f32', count: 1, unit: 'ms' },
      counter('accepted'),
      counter('rejected'),
      code('lastReject', 'u8'),
      code('state', 'u8'),
      code('clippedJoints', 'u16'),
      {
        name: 'limitBits',
        type: 'u8',
        count: joints.names.length,
        unit: '1',
        step: true,
        labels: 'joints',
      },
      perJoint('qApplied', joints, 'rad', 'm'),
      perJoint('tauApplied', joints, 'N.m', 'N'),
    ],
  }),
})

export const stopBytes = 32
/** `robot` of a stop that is meant for all. */
export const allRobots = 65_535

/** A software stop: 0 limp at once, 1 damp first. */
export interface Stop {
  readonly stopId: number
  readonly category: 0 | 1
  readonly cause: number
  readonly robot: number
}

export function encodeStop(stop: Stop & { readonly seq: number; readonly time_s: number }) {
  return encode(kinds.stop.code, stop, 0)
}

/** The robot's answer: it stopped at `appliedAt_s` of its own clock. */
export function encodeStopped(
  stop: Stop & { readonly seq: number; readonly time_s: number; readonly appliedAt_s: number },
) {
  return encode(kinds.stopped.code, stop, stop.appliedAt_s)
}

function encode(
  kind: number,
  stop: Stop & { readonly seq: number; readonly time_s: number },
  appliedAt_s: number,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(stopBytes)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, kind)
  view.setUint32(4, stop.seq, true)
  view.setFloat64(8, stop.time_s, true)
  view.setUint32(16, stop.stopId, true)
  view.setUint8(20, stop.category)
  view.setUint8(21, stop.cause)
  view.setUint16(22, stop.robot, true)
  view.setFloat64(24, appliedAt_s, true)
  return bytes
}

/**
 * A stop cannot be malformed: whatever follows the kind byte, it stops. What cannot be read is category 1
 * for all robots.
 */
export function decodeStop(bytes: Uint8Array): Stop {
  if (bytes.length !== stopBytes) return { stopId: 0, category: 1, cause: 0, robot: allRobots }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return {
    stopId: view.getUint32(16, true),
    category: view.getUint8(20) === 0 ? 0 : 1,
    cause: view.getUint8(21),
    robot: view.getUint16(22, true),
  }
}

export const enableBytes = 32

/** Hold to run: sent again and again while a person holds the grip. */
export interface Enable {
  /** The robot's stamp of the last state that was drawn to that person. */
  readonly seenTime_s: number
  /** 0 released, 1 held, 2 squeezed; only 1 permits motion. */
  readonly grip: number
  readonly leaseEpoch: number
}

export function encodeEnable(
  enable: Enable & { readonly seq: number; readonly time_s: number },
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(enableBytes)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, kinds.enable.code)
  view.setUint32(4, enable.seq, true)
  view.setFloat64(8, enable.time_s, true)
  view.setFloat64(16, enable.seenTime_s, true)
  view.setUint8(24, enable.grip)
  view.setUint16(26, allRobots, true)
  view.setUint32(28, enable.leaseEpoch, true)
  return bytes
}

/** What cannot be read permits nothing. */
export function decodeEnable(bytes: Uint8Array): Result<Enable> {
  if (bytes.length !== enableBytes || bytes.length < headerBytes) {
    return { ok: false, text: `an enable has ${bytes.length} bytes, expected ${enableBytes}` }
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const seenTime_s = view.getFloat64(16, true)
  if (!Number.isFinite(seenTime_s)) return { ok: false, text: 'an enable saw no finite time' }
  return {
    ok: true,
    value: { seenTime_s, grip: view.getUint8(24), leaseEpoch: view.getUint32(28, true) },
  }
}
