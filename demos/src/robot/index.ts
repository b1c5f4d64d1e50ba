export { createMachineRobot } from './machine-robot.ts'
export { createTerminalPendant } from './terminal-pendant.ts'
export { createWireController } from './wire-controller.ts'
