import { For, type JSX, Show } from 'solid-js'
import type { LiveState } from './live-interface.ts'
import { clock } from './sentences.ts'

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

/** The score of the run: what the demo counts itself, else what its events say. */
function scoreOf(state: LiveState): readonly { readonly name: string; readonly value: string }[] {
  const counted = Object.entries(state.signals).filter(([name]) => name.startsWith('score.'))
  const rows =
    counted.length > 0
      ? counted.map(([name, value]) => ({ name: name.slice(6), value: String(Math.round(value)) }))
      : [
          { name: 'baskets', value: String(state.baskets) },
          { name: 'attempts', value: String(state.shots) },
        ]
  const order = ['baskets', 'attempts']
  rows.sort((a, b) => rank(order, a.name) - rank(order, b.name))
  return [...rows, { name: 'time', value: clock(state.time_s) }]
}

const rank = (order: readonly string[], name: string): number => {
  const i = order.indexOf(name)
  return i < 0 ? order.length : i
}
