export { type Acceptance, type AcceptedCommand, createAcceptance } from './acceptance.ts'
export { createFrameSlot, type FrameSlot } from './frame-slot.ts'
export { createLimiter, createMotorCommand, type Limiter, type MotorCommand } from './limiter.ts'
export { type Measurement, preflight } from './preflight.ts'
export { profileOf, type RobotBody, type RobotProfile } from './profile.ts'
export { causeCode, createRobotEnd, stateCode } from './robot-end.ts'
export type {
  LeaseResult,
  Outcome,
  RobotEnd,
  RobotEndOptions,
  StopCause,
} from './robot-end-interface.ts'
export { createSelfCollision, type SelfCollision } from './self-collision.ts'
