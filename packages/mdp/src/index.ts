export { jointTarget, referenceResidual } from './actions/joint-target.ts'
export {
  MotionReference,
  type MotionReferenceParams,
  motionReference,
} from './commands/motion-reference.ts'
export {
  type ActionTerm,
  type BindContext,
  type BoundAction,
  type BoundEvent,
  type BoundObservation,
  type Command,
  type CommandTerm,
  defineAction,
  defineCommand,
  defineEvent,
  defineObservation,
  defineReward,
  defineTermination,
  type EnvState,
  type EventTerm,
  type ObservationTerm,
  type RewardTerm,
  type SignedPermutation,
  type Term,
  type TerminationTerm,
} from './define.ts'
export { createEnv, type Env, type EnvOptions, type Symmetry } from './env.ts'
export { push } from './events/push.ts'
export { objectMass } from './events/randomize.ts'
export { referenceAssist } from './events/reference-assist.ts'
export { referenceStart } from './events/reference-start.ts'
export {
  baseAngVel,
  baseHeight,
  baseLinVel,
  baseTilt,
  mirrorRate,
  mirrorVector,
  writeInHeading,
} from './observations/base.ts'
export { bodyPosRel, mirrorTriples } from './observations/bodies.ts'
export { jointPosRel, jointVel, lastAction, mirrorDofs } from './observations/joints.ts'
export { objectFromSites, objectLinVel, objectPosRel } from './observations/objects.ts'
export {
  referenceBaseRotationError,
  referenceBodyError,
  referenceObjectError,
  skillLabel,
} from './observations/reference.ts'
export { actionRateL2, jointVelL2, torqueL2 } from './rewards/effort.ts'
export {
  imitateBodyPos,
  imitateContact,
  imitateInteraction,
  imitateObjectPos,
  imitateRotation,
  softContact,
} from './rewards/imitation.ts'
export { bindSite, mirroredName } from './sites.ts'
export { describeTask, type RewardGroup, type Task, type TaskFactory } from './task.ts'
export { bodyLost, fallen, objectLost, referenceOver, timeOut } from './terminations.ts'
