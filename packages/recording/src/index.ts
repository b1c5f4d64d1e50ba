export { type FramePose, frameId, framePoses } from './frame-poses.ts'
export { type Message, type Recording, readRecording } from './reader.ts'
export { createRecorder, type Recorder, type RecordingFacts, type Sink } from './recorder.ts'
export { topics } from './topics.ts'
