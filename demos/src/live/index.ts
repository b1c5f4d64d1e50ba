export { demoNames, demos } from '../demos.ts'
export { loadPolicy } from '../policy-files.ts'
export { type LiveOptions, type LiveSummary, runLive } from './host.ts'
export { type Player, playRecording } from './player.ts'
