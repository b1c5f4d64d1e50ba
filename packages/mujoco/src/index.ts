export { createMujocoSimulator } from './simulator.ts'
