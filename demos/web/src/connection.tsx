import { type JSX, Show } from 'solid-js'
import type { LiveState } from './live-interface.ts'
import { type LinkFacts, linkWords } from './sentences.ts'
import type { Source } from './source.ts'

const facts = (state: LiveState, source: Source): LinkFacts => ({
  state: state.status.state,
  kind: source.kind,
  host: source.name,
  behind_s: state.looksBack ? state.newest_s - state.time_s : null,
  retryIn_s: state.retryAt_s === null ? null : state.retryAt_s - state.now_s,
  text: state.status.text,
  closeCode: state.status.closeCode,
  wasOpen: state.wasOpen,
  frameAge_s: state.frameAge_s,
  paused: state.paused,
  delay_ms: state.delay_ms,
})

/** A coloured dot and a word about the link. */
export function ConnectionChip(props: { state: LiveState; source: Source }): JSX.Element {
  const words = () => linkWords(facts(props.state, props.source))
  return (
    <span class={`chip ${words().tone}`} data-state={props.state.status.state}>
      <span class="dot" aria-hidden="true" />
      {words().chip}
    </span>
  )
}

/** The sentence for when the link is not as it should be, with what to do about it. */
export function LinkBanner(props: {
  state: LiveState
  source: Source
  retry: () => void
}): JSX.Element {
  const words = () => linkWords(facts(props.state, props.source))
  return (
    <Show when={words().sentence}>
      <div class={`banner ${words().tone}`} role="status">
        <span>{words().sentence}</span>
        <Show when={props.state.status.state === 'waiting'}>
          <button type="button" onClick={() => props.retry()}>
            Now
          </button>
        </Show>
        <Show when={props.state.status.state === 'closed'}>
          <button type="button" onClick={() => location.reload()}>
            Reload
          </button>
        </Show>
      </div>
    </Show>
  )
}
