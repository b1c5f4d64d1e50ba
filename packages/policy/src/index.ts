export {
  type Checkpoint,
  type CheckpointArray,
  type CheckpointTensor,
  checkpointFloats,
  decodeCheckpoint,
  encodeCheckpoint,
} from './checkpoint.ts'
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
