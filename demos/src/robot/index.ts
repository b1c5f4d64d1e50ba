export { createMachineRobot } from './machine-robot.ts'
export { reportTo, serveRobot } from './robot-hub.ts'
export { createTerminalPendant } from './terminal-pendant.ts'
export { createWireController } from './wire-controller.ts'
