import { For, type JSX, Show } from 'solid-js'
import { type LiveState, scoreOf } from './live.ts'

/** Baskets, attempts, time. */
export function Scoreboard(props: { state: LiveState }): JSX.Element {
  const hasScore = (): boolean =>
    props.state.scene?.objects.some((o) => o.look === 'hoop') === true ||
    Object.keys(props.state.signals).some((k) => k.startsWith('score.'))
  const rows = () => scoreOf(props.state).filter((r) => hasScore() || r.name === 'time')
  return (
    <Show when={props.state.robots.length > 0}>
      <dl class="scoreboard" aria-label="Score">
        <For each={rows()}>
          {(row) => (
            <div>
              <dt>{row.name}</dt>
              <dd>{row.value}</dd>
            </div>
          )}
        </For>
      </dl>
    </Show>
  )
}
