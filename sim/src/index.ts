export {
  createSimulator,
  type RapierSimulator,
  type SimulatorInternals,
} from './simulator.ts'
