export {
  type ActionScale,
  jointScales,
  jointTarget,
  referenceResidual,
} from './actions/joint-target.ts'
export { lagged } from './actions/lagged.ts'
export { bodyMass, chainTo, type LimbDofs, limbDofs, pitchDofs } from './chains.ts'
export { DrawnCommand } from './commands/drawn-command.ts'
export { GaitClock, gaitClock, gaitPhase, type WalkingCommand } from './commands/gait-clock.ts'
export { HeightCommand, heightCommand, heightError } from './commands/height-command.ts'
export {
  MotionReference,
  type MotionReferenceParams,
  motionReference,
} from './commands/motion-reference.ts'
export {
  SiteTargets,
  siteHome,
  siteTargetError,
  siteTargets,
  type TargetDraw,
} from './commands/site-targets.ts'
export { commandedVelocity, VelocityCommand, velocityCommand } from './commands/velocity-command.ts'
export { Curriculum, type CurriculumParams } from './curriculum.ts'
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
  type Rewindable,
  type SignedPermutation,
  type Term,
  type TerminationTerm,
} from './define.ts'
export { createEnv, type Env, type EnvOptions, type EnvSnapshot, type Symmetry } from './env.ts'
export { defaultStart } from './events/default-start.ts'
export { harness } from './events/harness.ts'
export { push } from './events/push.ts'
export { objectMass } from './events/randomize.ts'
export { randomizeBody } from './events/randomize-body.ts'
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
export { bodyPosRel, mirrorTriples, sitePosRel } from './observations/bodies.ts'
export { history } from './observations/history.ts'
export { gravityDirection, gyroscope } from './observations/imu.ts'
export { jointPosRel, jointVel, lastAction, mirrorDofs } from './observations/joints.ts'
export { noisy } from './observations/noisy.ts'
export { objectFromSites, objectLinVel, objectPosRel } from './observations/objects.ts'
export {
  referenceBaseRotationError,
  referenceBodyError,
  referenceObjectError,
  skillLabel,
} from './observations/reference.ts'
export { actionRateL2, jointVelL2, torqueL2 } from './rewards/effort.ts'
export { contactSchedule, feetDown, footSlip, swingHeight } from './rewards/gait.ts'
export {
  imitateBodyPos,
  imitateContact,
  imitateInteraction,
  imitateObjectPos,
  imitateRotation,
  softContact,
} from './rewards/imitation.ts'
export { baseUnrest, feetTooClose, jointLimitL1, nearDefault, upright } from './rewards/posture.ts'
export {
  heightAtTarget,
  sitesAtTargets,
  trackMeanVelocity,
  trackVelocity,
  trackYawRate,
} from './rewards/tracking.ts'
export { keepArrays, rewindAll, snapshotAll } from './rewind.ts'
export { bindSite, mirroredName } from './sites.ts'
export { describeTask, type RewardGroup, type Task, type TaskFactory } from './task.ts'
export { bodyLost, fallen, objectLost, referenceOver, tilted, timeOut } from './terminations.ts'
