import { For, type JSX, Show } from 'solid-js'
import type { Live } from './live-interface.ts'

/** With more controllers than this they are a row in time, such as a training run's policies. */
const fewMax = 4

/** Which controller acts: a list of a few, a slider through many. */
export function ControllerPicker(props: { live: Live }): JSX.Element {
  const { state } = props.live
  const at = (): number => Math.max(0, state.controllers.indexOf(state.controller))
  const off = (): boolean => state.status.state !== 'open' || state.looksBack
  const choose = (controller: string | undefined): void => {
    if (controller !== undefined && controller !== state.controller) {
      void props.live.ask('controller.select', { controller })
    }
  }
  return (
    <Show when={props.live.accepts('controller.select') && state.controllers.length > 1}>
      <Show
        when={state.controllers.length > fewMax}
        fallback={
          <label class="speed">
            <span class="visually-hidden">Controller</span>
            <select
              disabled={off()}
              value={state.controller}
              onChange={(e) => choose(e.currentTarget.value)}
            >
              <For each={state.controllers}>{(c) => <option value={c}>{c}</option>}</For>
            </select>
          </label>
        }
      >
        <label class="seek">
          <span class="visually-hidden">Policy as it was</span>
          <input
            type="range"
            min="0"
            max={state.controllers.length - 1}
            step="1"
            disabled={off()}
            value={at()}
            aria-valuetext={state.controller}
            onChange={(e) => choose(state.controllers[e.currentTarget.valueAsNumber])}
          />
          <span class="number">{state.controller}</span>
        </label>
      </Show>
    </Show>
  )
}
