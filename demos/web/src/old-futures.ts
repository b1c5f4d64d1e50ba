import type { EventMessage } from '@skillweave/protocol'
import type { FrameRing } from '@skillweave/stream/client'
import type { History } from './history.ts'

/** What a run did after a moment that it was taken back to: another future than the one it has now. */
export interface OldFuture {
  /** The moment it was left for another one, and how far it had come, s. */
  readonly from_s: number
  readonly to_s: number
  /** Frames by the name of their feed. */
  readonly rings: ReadonlyMap<string, FrameRing>
  readonly weights: History
  readonly events: readonly EventMessage[]
}

/** More than this would be a forest; a minute of one is a few megabytes. */
const keptMax = 4
/** Shorter ones are a slip of the hand. */
const shortest_s = 0.1

/** With one more, the oldest forgotten if there are too many. What is too short to see is not kept. */
export function withOldFuture(kept: readonly OldFuture[], next: OldFuture): readonly OldFuture[] {
  return next.to_s - next.from_s < shortest_s ? kept : [...kept, next].slice(-keptMax)
}
