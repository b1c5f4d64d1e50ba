import type {
  EventMessage,
  MethodName,
  MethodParams,
  RobotDescription,
  SceneDescription,
  SkillDescription,
} from '@skillweave/protocol'
import type { ConnectionStatus, StreamClient } from '@skillweave/stream/client'
import type { MarkName, Viewer } from '@skillweave/viewer'
import type { History } from './history.ts'
import type { OldFuture } from './old-futures.ts'
import type { ViewRole } from './settings.ts'
import type { Source } from './source.ts'
import type { Tape } from './tape.ts'

/** What the page shows; changes at most ten times a second. */
export interface LiveState {
  status: ConnectionStatus
  wasOpen: boolean
  retryAt_s: number | null
  now_s: number
  frameAge_s: number | null
  scene: SceneDescription | null
  robots: readonly RobotDescription[]
  skills: readonly SkillDescription[]
  paused: boolean
  speed: number
  seed: number | null
  targets: readonly string[]
  /** Controllers there are, and the one that acts. */
  controllers: readonly string[]
  controller: string
  weights: number[]
  /** Per skill and coordinate, when the channel carries them. [skills · dofs] */
  jointWeights: number[]
  byHand: boolean
  /** Are numbers of sub-goals set by hand? */
  goalsByHand: boolean
  /** Sub-goals as last given, skill after skill. */
  goals: number[]
  /** What can be drawn over the scene. */
  marks: readonly MarkName[]
  /** Force of a hand on the robot, N; null: none. */
  push_N: number | null
  /** Of the centre of mass over what carries the robot, m. */
  margin_m: number | null
  time_s: number
  fps: number
  reachedSpeed: number
  delay_ms: number
  dropped: number
  /** Names of the signals there are, with their units. */
  signalNames: readonly string[]
  signalUnits: readonly string[]
  /** Values at the playhead of the few signals that panels show as numbers. */
  signals: Record<string, number>
  /** Methods this run carries out; null: unknown. */
  accepts: readonly string[] | null
  /** The whole of a recording. */
  replay: { readonly from_s: number; readonly to_s: number } | null
  /** Programs that are connected, this page among them; null: unknown. */
  clients: number | null
  /** The run has been slower than asked for a while. */
  isSlow: boolean
  /** When the run began with its present seed: its time goes on across resets, s. */
  startedAt_s: number
  /** Earliest time the run can be taken back to; null: it cannot. */
  pastFrom_s: number | null
  /** Hash of the paused run's physics. */
  hash: number | null
  /** The newest moment there is, and the oldest that is kept, s. */
  newest_s: number
  oldest_s: number
  /** Is the playhead in the past, and does it move? */
  looksBack: boolean
  plays: boolean
  /** What the run did before it was taken back, oldest first. */
  oldFutures: readonly { readonly from_s: number; readonly to_s: number }[]
  /** The one that is looked at; null: the run's own. */
  future: number | null
  isRecording: boolean
  tapeBytes: number
  baskets: number
  shots: number
  falls: number
  /** Sentences of the server that stand now. */
  notices: readonly { readonly id: string; readonly level: string; readonly text: string }[]
  /** What a call was refused for; shown for a while. */
  complaint: string
}

/** The page's link to a run: feeds the viewer every frame and the panels ten times a second. */
export interface Live {
  readonly state: LiveState
  /** Values of the main robot's frame at the playhead, by field. */
  bodyValues(): Readonly<Record<string, Float64Array>> | undefined
  /** Weight per skill over time. */
  readonly weights: History
  /** Every signal over time, in the order of `state.signalNames`. */
  readonly signals: History
  /** Told after every sample: its values and time. Returns how to stop. */
  onSample(listener: (values: ArrayLike<number>, time_s: number) => void): () => void
  readonly events: readonly EventMessage[]
  readonly client: StreamClient
  readonly tape: Tape
  readonly source: Source
  /** Ask the run for something; a refusal becomes a sentence on the page. Resolves to whether it was done. */
  ask<M extends MethodName>(method: M, params: MethodParams<M>): Promise<boolean>
  /** Take part, or only watch: another link to the same run. */
  setRole(role: ViewRole): void
  /** Show a sentence for a while. */
  say(text: string): void
  /** Does the run carry this out? Yes where nobody knows. */
  accepts(method: MethodName): boolean
  /** Put the playhead on a moment that is kept. */
  lookAt(time_s: number): void
  /** Let the playhead run on from where it is, or hold it. */
  playPast(isPlaying: boolean): void
  goLive(): void
  /** Look at what the run did before it was taken back; null: at the run itself. */
  showFuture(index: number | null): void
  /** The old future that is looked at. */
  readonly future: OldFuture | null
  /** Time between two frames of the main robot, s. */
  frame_s(): number
  /** Take the run back to the playhead and go on from there. */
  goOnFromHere(): Promise<void>
  /** Feed the viewer for this moment. Call once per animation frame. */
  step(viewer: Viewer | null): void
  countFrame(): void
  /** Where an object or target is now, world, m. */
  whereIs(name: string): readonly [number, number, number]
  close(): void
}

/** Before anything is known. */
export const emptyState = (): LiveState => ({
  status: { state: 'connecting', role: null, retryIn_s: null, closeCode: null, text: '' },
  wasOpen: false,
  retryAt_s: null,
  now_s: 0,
  frameAge_s: null,
  scene: null,
  robots: [],
  skills: [],
  paused: false,
  speed: 1,
  seed: null,
  targets: [],
  controllers: [],
  controller: '',
  weights: [],
  jointWeights: [],
  byHand: false,
  goalsByHand: false,
  goals: [],
  marks: [],
  push_N: null,
  margin_m: null,
  time_s: 0,
  fps: 0,
  reachedSpeed: 1,
  delay_ms: 0,
  dropped: 0,
  signalNames: [],
  signalUnits: [],
  signals: {},
  accepts: null,
  replay: null,
  clients: null,
  isSlow: false,
  startedAt_s: 0,
  pastFrom_s: null,
  hash: null,
  newest_s: 0,
  oldest_s: 0,
  looksBack: false,
  plays: false,
  oldFutures: [],
  future: null,
  isRecording: false,
  tapeBytes: 0,
  baskets: 0,
  shots: 0,
  falls: 0,
  notices: [],
  complaint: '',
})
