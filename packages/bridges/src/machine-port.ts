import type { RobotState } from '@skillweave/protocol'
import type { Measurement, MotorCommand, RobotEnd } from '@skillweave/robot-end'

/**
 * Motors and sensors of a machine that speaks another protocol. A robot end stands before it: `stepMachine` in a
 * loop that never waits for the network.
 */
export interface MachinePort {
  /** What was measured last, in the profile's order; null before the first. Its stamp stands still in silence. */
  readonly measured: Measurement | null
  /** Why this machine must not be moved now, as a cause of a stop; null: nothing speaks against it. */
  readonly fault: 'foreignWriter' | 'vendorMode' | 'local' | null
  /** What was refused so far, by reason. */
  readonly refused: Readonly<Record<string, number>>
  /** Hand a command to the motors. `state`: of the robot end that made it. */
  write(command: MotorCommand, state: RobotState, now_s: number): void
}

/** A connection to a machine that carries texts. Opened by whoever runs the machine. */
export interface TextLink {
  /** Never waits. A text that cannot leave at once is replaced by the next one. */
  send(text: string): void
  close(): void
}

/** One tick: measure, decide, act. Null before anything was measured: nothing is sent then. */
export function stepMachine(end: RobotEnd, port: MachinePort, now_s: number): MotorCommand | null {
  const { measured, fault } = port
  if (!measured) return null
  if (fault && end.state !== 'stopped') end.stop({ category: 1 }, fault, now_s)
  const command = end.tick(measured, now_s)
  port.write(command, end.state, now_s)
  return command
}
