import { quatFromWxyz } from '@skillweave/math'
import { textExcess, textLimits } from '@skillweave/protocol'
import type { MotorCommand } from '@skillweave/robot-end'

/** Motor slots of the `unitree_hg` messages (G1, H1-2). */
export const motorSlots = 35

/** Which joint each slot drives: index of a joint of the profile, or −1 for none. [motorSlots] */
export type UnitreeMotors = readonly number[]

/** A LowState as LeRobot's G1 bridge forwards it. Lists are by motor slot; frames and orders are ours. */
export interface LowState {
  readonly q: readonly number[]
  readonly dq: readonly number[]
  /** x, y, z, w; the file has w first. */
  readonly imuQuat_wb: readonly number[]
  readonly gyro_b: readonly number[]
  readonly accel_b: readonly number[]
  readonly modeMachine: number
  /** 0: the ankles are pitch and roll. Newer bridges say it. */
  readonly modePr: number | null
  /** The robot's own counter. Newer bridges say it. */
  readonly tick: number | null
  /** Hottest place of each motor, °C, and its error bits; null where the bridge does not say. */
  readonly temperature_degC: readonly (number | null)[]
  readonly motorErrors: readonly (number | null)[]
  /** A person pressed select on the robot's own remote control. */
  readonly isStopPressed: boolean
}

export type LowStateResult =
  | { readonly ok: true; readonly value: LowState }
  | { readonly ok: false; readonly reason: 'notJson' | 'shape' | 'nonFinite' }

/** Read what the bridge published. Never throws; a NaN of Python is no JSON and is refused as such. */
export function readLowState(text: string): LowStateResult {
  let message: unknown
  try {
    if (textExcess(text, textLimits)) return { ok: false, reason: 'shape' }
    message = JSON.parse(text)
  } catch {
    return { ok: false, reason: 'notJson' }
  }
  const data = field(message, 'data')
  const motors = field(data, 'motor_state')
  const imu = field(data, 'imu_state')
  if (!Array.isArray(motors) || motors.length !== motorSlots) return { ok: false, reason: 'shape' }
  const q = motors.map((m) => field(m, 'q'))
  const dq = motors.map((m) => field(m, 'dq'))
  const lists = [
    q,
    dq,
    field(imu, 'quaternion'),
    field(imu, 'gyroscope'),
    field(imu, 'accelerometer'),
  ]
  const lengths = [motorSlots, motorSlots, 4, 3, 3]
  const modeMachine = field(data, 'mode_machine')
  if (!lists.every((list, i) => Array.isArray(list) && list.length === lengths[i])) {
    return { ok: false, reason: 'shape' }
  }
  if (!Number.isInteger(modeMachine)) return { ok: false, reason: 'shape' }
  const numbers = lists as number[][]
  if (!numbers.every((list) => list.every(Number.isFinite))) {
    return { ok: false, reason: 'nonFinite' }
  }
  const [w, x, y, z] = numbers[2]
  return {
    ok: true,
    value: {
      q: numbers[0],
      dq: numbers[1],
      imuQuat_wb: quatFromWxyz([w, x, y, z]),
      gyro_b: numbers[3],
      accel_b: numbers[4],
      modeMachine: modeMachine as number,
      modePr: integerOrNull(field(data, 'mode_pr')),
      tick: integerOrNull(field(data, 'tick')),
      temperature_degC: motors.map((m) => hottest(field(m, 'temperature'))),
      motorErrors: motors.map((m) => integerOrNull(field(m, 'motorstate'))),
      isStopPressed: isSelectPressed(field(data, 'wireless_remote')),
    },
  }
}

/**
 * A LowCmd for the bridge: complete, every slot, every time. Fields it does not know (`seq`, `valid_for_ms`) are
 * ignored by it and can be obeyed by a guard on the robot. Null when a number is not finite: the bridge would
 * die of it and leave its last command to the motors.
 */
export function lowCommandText(
  command: MotorCommand,
  options: {
    readonly motors: UnitreeMotors
    readonly modeMachine: number
    readonly seq: number
    readonly validFor_ms: number
  },
): string | null {
  const motor_cmd = options.motors.map((j) =>
    j < 0
      ? idle
      : {
          mode: 1,
          q: command.qTarget[j],
          // Not qd: the vendor's field is dq, and a wrong name is silently lost.
          dq: command.dqTarget[j],
          tau: command.tauFf[j],
          kp: command.kp[j],
          kd: command.kd[j],
        },
  )
  if (!motor_cmd.every((m) => Object.values(m).every(Number.isFinite))) return null
  return JSON.stringify({
    topic: 'rt/lowcmd',
    data: {
      mode_pr: 0,
      mode_machine: options.modeMachine,
      motor_cmd,
      seq: options.seq,
      valid_for_ms: options.validFor_ms,
    },
  })
}

const idle = { mode: 0, q: 0, dq: 0, tau: 0, kp: 0, kd: 0 }

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined

const integerOrNull = (value: unknown): number | null =>
  Number.isInteger(value) ? (value as number) : null

/** One number, or one for the winding and one for the case. */
function hottest(value: unknown): number | null {
  const list = (Array.isArray(value) ? value : [value]).filter(Number.isFinite)
  return list.length > 0 ? Math.max(...list) : null
}

/** Bit 3 of byte 2 of the remote control's 40 bytes, which come as base64. */
function isSelectPressed(remote: unknown): boolean {
  if (typeof remote !== 'string' || remote === '') return false
  const bytes = Buffer.from(remote, 'base64')
  return bytes.length > 2 && (bytes[2] & 8) !== 0
}
