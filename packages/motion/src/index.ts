export { skillReferences } from './ball-library.ts'
export { type Clip, clipColumns, readClip } from './ballplay-clip.ts'
export { headingOf } from './heading.ts'
export { type Cycle, closeCycle, findCycle, frameFeatures } from './loop.ts'
export { type PickledTensor, readTensorPickle } from './pickle.ts'
export { type Reference, type ReferenceOptions, toReference } from './reference.ts'
export { type BodyFrame, type BodyMotion, linkOrigins, retarget } from './retarget.ts'
export {
  linkSource,
  type RecordedSkeleton,
  recordedSkeleton,
  skeletonPose,
} from './skeleton.ts'
