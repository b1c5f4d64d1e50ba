export { type MachinePort, stepMachine } from './machine-port.ts'
export { createRosMachine, type RosMachine, type RosMachineOptions } from './ros-machine.ts'
export { createUnitreeMachine, type UnitreeMachineOptions } from './unitree-machine.ts'
export { type LowState, lowCommandText, readLowState, type UnitreeMotors } from './unitree-text.ts'
