import { For, type JSX } from 'solid-js'
import { type ActionTargets, speeds } from './actions.ts'
import type { LiveState } from './live.ts'
import { speedText } from './sentences.ts'

/** Pause, step, speed, reset. */
export function TimeControls(props: {
  state: LiveState
  targets: ActionTargets
  setSpeed: (speed: number) => void
}): JSX.Element {
  const t = props.targets
  const off = (): boolean => props.state.status.state !== 'open'
  return (
    <fieldset class="time" aria-label="Time">
      <button
        type="button"
        class="primary"
        disabled={off()}
        onClick={() => t.togglePause()}
        title="Space"
        data-action="pause"
      >
        <PlayIcon paused={props.state.paused} />
        {props.state.paused ? 'Go' : 'Pause'}
      </button>
      <button
        type="button"
        disabled={off()}
        onClick={() => t.step(1)}
        title="One control step ( . )"
        data-action="step"
      >
        Step
      </button>
      <label class="speed">
        <span class="visually-hidden">Speed</span>
        <select
          disabled={off()}
          value={String(props.state.speed)}
          onChange={(e) => props.setSpeed(Number(e.currentTarget.value))}
          title="Slower [ , faster ]"
        >
          <For each={withCurrent(props.state.speed)}>
            {(s) => (
              <option value={String(s)} selected={s === props.state.speed}>
                {speedText(s)}
              </option>
            )}
          </For>
        </select>
      </label>
      <button type="button" disabled={off()} onClick={() => t.reset(false)} title="New seed (R)">
        Reset
      </button>
      <button
        type="button"
        disabled={off()}
        onClick={() => t.reset(true)}
        title="Same seed (Shift R)"
      >
        Same seed
      </button>
    </fieldset>
  )
}

function PlayIcon(props: { paused: boolean }): JSX.Element {
  return (
    <svg viewBox="0 0 12 12" width="11" height="11" aria-hidden="true">
      <path
        d={props.paused ? 'M2 1l9 5-9 5z' : 'M1 1h3.5v10H1zM7.5 1H11v10H7.5z'}
        fill="currentColor"
      />
    </svg>
  )
}

/** The list, with the speed that is set even if it is none of them. */
const withCurrent = (speed: number): number[] =>
  [...new Set([...speeds, speed])].sort((a, b) => a - b)
