import { For, type JSX, Show } from 'solid-js'
import { type ActionTargets, speeds } from './actions.ts'
import { BookmarksMenu } from './bookmarks-menu.tsx'
import { ControllerPicker } from './controller-picker.tsx'
import type { Live } from './live-interface.ts'
import type { Page } from './page.ts'
import { clock, speedText } from './sentences.ts'

/** Play or hold, step, speed, reset; and while looking back, the way to the present. */
export function TimeControls(props: { page: Page; targets: ActionTargets }): JSX.Element {
  const t = props.targets
  const { live } = props.page
  const { state } = live
  const off = (): boolean => state.status.state !== 'open'
  const isWatching = (): boolean => state.status.role === 'spectator'
  const isHeld = (): boolean => (state.looksBack ? !state.plays : state.paused)
  return (
    <fieldset class="time" aria-label="Time">
      <Show when={live.accepts('world.pause') || state.looksBack}>
        <button
          type="button"
          class="primary"
          disabled={off() && !state.looksBack}
          onClick={() => t.togglePause()}
          title="Space"
          data-action="pause"
        >
          <PlayIcon isHeld={isHeld()} />
          {isHeld() ? (state.looksBack ? 'Play' : 'Go') : state.looksBack ? 'Hold' : 'Pause'}
        </button>
      </Show>
      <button
        type="button"
        onClick={() => t.stepBack(1)}
        title="Look one step back ( , )"
        aria-label="Look one step back"
      >
        ‹
      </button>
      <Show when={live.accepts('world.step') || state.looksBack}>
        <button
          type="button"
          disabled={off() && !state.looksBack}
          onClick={() => t.step(1)}
          title="One control step ( . )"
          data-action="step"
        >
          Step
        </button>
      </Show>
      <Show when={live.accepts('world.speed')}>
        <label class="speed">
          <span class="visually-hidden">Speed</span>
          <select
            disabled={off()}
            value={String(state.speed)}
            onChange={(e) => live.ask('world.speed', { speed: Number(e.currentTarget.value) })}
            title="Slower [ , faster ]"
          >
            <For each={withCurrent(state.speed)}>
              {(s) => (
                <option value={String(s)} selected={s === state.speed}>
                  {speedText(s)}
                </option>
              )}
            </For>
          </select>
        </label>
      </Show>
      <Show
        when={state.looksBack}
        fallback={
          <Show when={live.accepts('world.reset')}>
            <button
              type="button"
              disabled={off()}
              onClick={() => t.reset(false)}
              title="New seed (R)"
            >
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
          </Show>
        }
      >
        <button
          type="button"
          class="live"
          onClick={() => t.goLive()}
          title="Back to now (L)"
          data-action="live"
        >
          Live
        </button>
        <Show when={state.replay !== null || state.pastFrom_s !== null}>
          <button
            type="button"
            class="accent"
            disabled={off() || !canGoOn(live) || isWatching()}
            onClick={() => t.goOn()}
            title={
              canGoOn(live)
                ? 'The run goes back to this moment and on from there (Enter)'
                : state.future === null
                  ? 'This moment is from before the run was started anew'
                  : 'This future was left: the run can go on from where it was left'
            }
            data-action="go-on"
          >
            Go on from here
          </button>
        </Show>
      </Show>
      <Show when={state.oldFutures.length > 0}>
        <label class="speed">
          <span class="visually-hidden">Future on screen</span>
          <select
            title="What the run did before it was taken back"
            onChange={(e) => {
              const { value } = e.currentTarget
              live.showFuture(value === '' ? null : Number(value))
            }}
          >
            <option value="" selected={state.future === null}>
              this run
            </option>
            <For each={state.oldFutures}>
              {({ from_s, to_s }, i) => (
                <option value={String(i())} selected={state.future === i()}>
                  left at {from_s.toFixed(1)} s, was at {to_s.toFixed(1)} s
                </option>
              )}
            </For>
          </select>
        </label>
      </Show>
      <Show when={state.replay}>
        {(range) => (
          <label class="seek">
            <span class="visually-hidden">Place in the recording</span>
            <input
              type="range"
              min={range().from_s}
              max={range().to_s}
              step="0.01"
              value={state.time_s}
              onChange={(e) => {
                const time_s = e.currentTarget.valueAsNumber
                // What has been played in the last minute is still here, with its plots.
                if (time_s >= state.oldest_s && time_s <= state.newest_s) live.lookAt(time_s)
                else void live.ask('replay.seek', { time_s })
              }}
            />
            <span class="number">
              {clock(state.time_s)} of {clock(range().to_s)}
            </span>
          </label>
        )}
      </Show>
      <BookmarksMenu bookmarks={props.page.bookmarks} />
      <ControllerPicker live={live} />
    </fieldset>
  )
}

/** Can the run be taken to the playhead? */
const canGoOn = ({ state, future }: Live): boolean =>
  state.replay !== null ||
  (state.pastFrom_s !== null &&
    state.time_s >= state.pastFrom_s - 0.02 &&
    (state.future === null || state.time_s <= (future?.from_s ?? 0)))

function PlayIcon(props: { isHeld: boolean }): JSX.Element {
  return (
    <svg viewBox="0 0 12 12" width="11" height="11" aria-hidden="true">
      <path
        d={props.isHeld ? 'M2 1l9 5-9 5z' : 'M1 1h3.5v10H1zM7.5 1H11v10H7.5z'}
        fill="currentColor"
      />
    </svg>
  )
}

/** The list, with the speed that is set even if it is none of them. */
const withCurrent = (speed: number): number[] =>
  [...new Set([...speeds, speed])].sort((a, b) => a - b)
