export { type Acceptance, type AcceptedCommand, createAcceptance } from './acceptance.ts'
export { createLimiter, createMotorCommand, type Limiter, type MotorCommand } from './limiter.ts'
export { type Measurement, preflight } from './preflight.ts'
export { profileOf, type RobotProfile } from './profile.ts'
export {
  causeCode,
  createRobotEnd,
  type LeaseResult,
  type Outcome,
  type RobotEnd,
  type RobotEndOptions,
  stateCode,
} from './robot-end.ts'
