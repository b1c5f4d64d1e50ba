import type { RobotState } from '@skillweave/protocol'
import type { Measurement, MotorCommand, RobotProfile } from '@skillweave/robot-end'
import type { MachinePort } from './machine-port.ts'
import { type LowState, lowCommandText, motorSlots, readLowState } from './unitree-text.ts'

export interface UnitreeMachineOptions {
  readonly profile: RobotProfile
  /** Joint of each of the vendor's first motors; the rest drive nothing. */
  readonly motors: readonly string[]
  /** Give a text to the bridge's command socket (PUSH, newest kept). Must not wait. */
  send(text: string): void
}

/** A Unitree robot behind LeRobot's G1 bridge. Feed it with what its state socket brings. */
export interface UnitreeMachine extends MachinePort {
  /**
   * The bridge repeats its last command for ever when this process dies: nothing on the robot ends it. Say so at
   * start, and let the robot hang in a gantry.
   */
  readonly isUnguarded: true
  /** A text of the state socket (SUB). Never throws. */
  receive(text: string, now_s: number): void
  /** What speaks against moving it now, sentences; asked by pre-flight. */
  problems(): readonly string[]
  /** A command that was heard on the vendor's bus, where somebody can listen to it. */
  heard(text: string): void
}

/** Listen this long before the first command, for another program that commands the robot. */
const listen_s = 1
/** What a guard on the robot may take as the life of a command. */
const validFor_ms = 80
/** Motors may be warm, not hot. */
const temperatureMax_degC = 70
/** Own commands that may still be heard on the bus. */
const echoes = 50

/** Throws for a motor without a joint of the profile, or a joint without a motor. */
export function createUnitreeMachine(options: UnitreeMachineOptions): UnitreeMachine {
  const { profile, send } = options
  const motors = motorsOf(profile, options.motors)
  const slots = profile.joints.map((_, j) => motors.indexOf(j))
  const refused: Record<string, number> = {}
  const sent: string[] = []
  let last: LowState | null = null
  let lastText = ''
  let firstState_s = 0
  let measured: Measurement | null = null
  let fault: MachinePort['fault'] = null
  let seq = 0
  const refuse = (reason: string): void => {
    refused[reason] = (refused[reason] ?? 0) + 1
  }

  return {
    isUnguarded: true,
    refused,
    get measured() {
      return measured
    },
    get fault() {
      return fault
    },
    receive: (text, now_s) => {
      const result = readLowState(text)
      if (!result.ok) {
        refuse(result.reason)
        return
      }
      const state = result.value
      // Sensors have noise: the same numbers again are an old message, and its stamp must not be new.
      const isOld = state.tick === null ? text === lastText : state.tick === last?.tick
      if (isOld) {
        refuse('repeated')
        return
      }
      const hasChanged = last !== null && state.modeMachine !== last.modeMachine
      // In the other ankle mode two indices change their meaning.
      if (hasChanged || (state.modePr !== null && state.modePr !== 0)) fault = 'vendorMode'
      if (state.isStopPressed) fault = 'local'
      if (last === null) firstState_s = now_s
      last = state
      lastText = text
      measured = {
        stamp_s: now_s,
        q: slots.map((slot) => state.q[slot]),
        dq: slots.map((slot) => state.dq[slot]),
        imuQuat_wb: state.imuQuat_wb,
        gyro_b: state.gyro_b,
        accel_b: state.accel_b,
      }
    },
    problems: () => {
      if (!last) return ['nothing has come from the robot yet']
      const { temperature_degC, motorErrors } = last
      return [
        ...(fault === null ? [] : [faultText[fault]]),
        ...slots.flatMap((slot, j) => {
          const heat = temperature_degC[slot] ?? 0
          if (heat <= temperatureMax_degC) return []
          return [
            `the motor of ${profile.joints[j]} has ${heat} °C, expected at most ${temperatureMax_degC}`,
          ]
        }),
        ...slots.flatMap((slot, j) => {
          const error = motorErrors[slot] ?? 0
          return error === 0
            ? []
            : [`the motor of ${profile.joints[j]} reports error ${error}, expected 0`]
        }),
      ]
    },
    heard: (text) => {
      if (!sent.includes(text)) fault = 'foreignWriter'
    },
    write: (command: MotorCommand, _state: RobotState, now_s: number) => {
      if (!last || now_s - firstState_s < listen_s) return
      // Who commands already is not interrupted; one that comes later meets a robot that stops.
      if (seq === 0 && fault === 'foreignWriter') return
      const text = lowCommandText(command, {
        motors,
        modeMachine: last.modeMachine,
        seq: ++seq,
        validFor_ms,
      })
      if (text === null) {
        refuse('nonFiniteCommand')
        return
      }
      sent.push(text)
      if (sent.length > echoes) sent.shift()
      send(text)
    },
  }
}

const faultText = {
  foreignWriter: 'another program commands the motors',
  vendorMode:
    "the machine's mode is another one than at the start, or the ankles are not in pitch and roll",
  local: 'select was pressed on the remote control',
} as const

function motorsOf({ robot, joints }: RobotProfile, names: readonly string[]): number[] {
  const unknown = names.filter((name) => !joints.includes(name))
  const missing = joints.filter((joint) => !names.includes(joint))
  if (unknown.length > 0 || missing.length > 0 || names.length > motorSlots) {
    const parts = [
      ...(unknown.length > 0 ? [`motors of no joint: ${unknown.join(', ')}`] : []),
      ...(missing.length > 0 ? [`joints without a motor: ${missing.join(', ')}`] : []),
      ...(names.length > motorSlots ? [`${names.length} motors, there are ${motorSlots}`] : []),
    ]
    throw new Error(`${robot}: ${parts.join('; ')}`)
  }
  return Array.from({ length: motorSlots }, (_, slot) => joints.indexOf(names[slot]))
}
