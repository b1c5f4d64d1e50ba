import type { SetStoreFunction } from 'solid-js/store'
import type { LiveState } from './live-interface.ts'
import { type OldFuture, withOldFuture } from './old-futures.ts'

/** The moment that is drawn: it follows the run, or is where the user put it, in the run's past or in a future it had. */
export interface Playhead {
  /** Where it was put; null: it follows the run. */
  readonly past_s: number | null
  /** The old future that is looked at; null: the run itself. */
  readonly future: OldFuture | null
  lookAt(time_s: number): void
  play(isPlaying: boolean): void
  goLive(): void
  showFuture(index: number | null): void
  /** Keep what a run did after the moment it is taken back to. */
  keepFuture(future: OldFuture): void
  /** Another run: nothing of this one is left. */
  forget(): void
  /** No old future belongs to what is loaded now. */
  forgetFutures(): void
  /** The run is at `live_s`; move on by `dt_s` of the wall if it plays. Returns the moment to draw. */
  step(live_s: number, dt_s: number): number
}

/** `jumped`: what is on screen may be another state of the same time. */
export function createPlayhead(
  state: LiveState,
  setState: SetStoreFunction<LiveState>,
  jumped: () => void,
): Playhead {
  let past_s: number | null = null
  let live_s = 0
  let oldFutures: readonly OldFuture[] = []
  let future: OldFuture | null = null

  function setFutures(next: readonly OldFuture[]): void {
    oldFutures = next
    future = null
    setState({ oldFutures: next.map(({ from_s, to_s }) => ({ from_s, to_s })), future: null })
  }
  const playhead: Playhead = {
    get past_s() {
      return past_s
    },
    get future() {
      return future
    },
    lookAt(time_s) {
      past_s = Math.min(future?.to_s ?? live_s, Math.max(state.oldest_s, time_s))
      setState({ time_s: past_s, looksBack: true, plays: false })
    },
    play(isPlaying) {
      setState({ plays: isPlaying })
    },
    goLive() {
      past_s = null
      if (future) {
        future = null
        setState({ future: null })
        jumped()
      }
      setState({ looksBack: false, plays: false, time_s: live_s })
    },
    showFuture(index) {
      future = index === null ? null : (oldFutures[index] ?? null)
      jumped()
      setState({ future: future ? index : null })
      if (!future) return playhead.goLive()
      past_s = future.from_s
      setState({ time_s: past_s, looksBack: true, plays: true })
    },
    keepFuture: (next) => setFutures(withOldFuture(oldFutures, next)),
    forget() {
      past_s = null
      setFutures([])
    },
    forgetFutures: () => setFutures([]),
    step(now_s, dt_s) {
      live_s = now_s
      if (past_s !== null && state.plays) {
        past_s += dt_s * state.speed
        if (future && past_s >= future.to_s) {
          past_s = future.to_s
          setState({ plays: false })
        } else if (!future && past_s >= live_s) playhead.goLive()
      }
      return past_s ?? live_s
    },
  }
  return playhead
}
