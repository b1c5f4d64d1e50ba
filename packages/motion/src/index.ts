export { type Bounce, ballRadius, ballVelocities, findBounces } from './ball-track.ts'
export { ballPlayFps, readClip, writeBallPlayClip } from './ballplay.ts'
export { bodyErrors, type ClipProblem, checkClip, repairClip } from './checks.ts'
export { type BodyPoses, bodyPoses, type Clip } from './clip.ts'
export type { Flight, FlightFit } from './flights.ts'
export { type TransitionGraph, type TransitionOptions, transitionGraph } from './graph.ts'
export { type HandFit, type HandTarget, type HandTargets, palmTargets } from './hands.ts'
export { holdEnd } from './hold-end.ts'
export { keyRoles } from './key-points.ts'
export {
  bestLoop,
  buildLibrary,
  type ClipReport,
  type MotionLibrary,
  type SkillOptions,
  skillReferences,
} from './library.ts'
export { closeLoop, findLoops, type LoopCandidate, type LoopSearch } from './loop.ts'
export { mirrorReference } from './mirror-motion.ts'
export { type LoopTransform, loopTransform, type MotionLoop } from './motion-loop.ts'
export { type RecordedSkeleton, recordedSkeleton } from './recorded-skeleton.ts'
export {
  completeReference,
  type MotionRates,
  type MotionTrack,
  motionRates,
  type Reference,
  softContact,
} from './reference.ts'
export { readReferences, writeReferences } from './reference-file.ts'
export { cutReference, resample } from './resample.ts'
export {
  ballPlayLinks,
  type LinkMap,
  type RetargetOptions,
  type RetargetReport,
  retarget,
} from './retarget.ts'
export { ballPlaySkeleton, type Skeleton } from './skeleton.ts'
export type { SoleFit } from './soles.ts'
export { type SyntheticMotion, syntheticClip } from './synthetic.ts'
export { turnReference } from './turn.ts'
