export {
  type Checkpoint,
  type CheckpointArray,
  type CheckpointTensor,
  checkpointFloats,
  decodeCheckpoint,
  encodeCheckpoint,
} from './checkpoint.ts'
export { type CutInput, cutModel } from './cut-model.ts'
export { createInterpreter, type Interpreter } from './interpreter.ts'
export { type Expert, expertsOf, joinPolicies } from './join-policies.ts'
export {
  type ActionInfo,
  formatManifest,
  type GainsInfo,
  type ManifestExpectation,
  manifestProblems,
  matchManifest,
  type ObservationTermInfo,
  type PolicyEvaluation,
  type PolicyManifest,
  type PolicyProvenance,
  type PolicyState,
  parseManifest,
  requireManifest,
} from './manifest.ts'
export { type MirrorMap, mirrorPolicy } from './mirror-policy.ts'
export {
  type OnnxAttribute,
  type OnnxData,
  type OnnxElementType,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
  onnxIrVersion,
  onnxOpset,
  readOnnx,
  writeOnnx,
} from './onnx.ts'
export { OnnxBuilder } from './onnx-builder.ts'
export { type SensedTerm, type SensedTermName, sensedTerm, sensedTerms } from './sensed-terms.ts'
