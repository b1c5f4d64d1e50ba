import { For, type JSX, Show } from 'solid-js'
import type { Action } from './actions.ts'
import type { Live } from './live-interface.ts'
import { Menu } from './menu.tsx'

/** Pictures, films, recordings, links: the group Share of the action table as a menu. */
export function ShareMenu(props: {
  live: Live
  actions: readonly Action[]
  isFilming: boolean
}): JSX.Element {
  const { state } = props.live
  const isOn = (a: Action): boolean =>
    (a.id === 'record' && state.isRecording) || (a.id === 'video' && props.isFilming)
  const size = (): string => `${(state.tapeBytes / 2 ** 20).toFixed(1)} MB`
  return (
    <Menu
      label={
        <Show when={state.isRecording || props.isFilming} fallback="Share">
          <span class="rec" aria-hidden="true" /> {state.isRecording ? size() : 'filming'}
        </Show>
      }
    >
      {(close) => (
        <ul>
          <For each={props.actions.filter((a) => a.group === 'Share')}>
            {(a) => (
              <li>
                <button
                  type="button"
                  aria-pressed={a.id === 'record' || a.id === 'video' ? isOn(a) : undefined}
                  data-action={a.id}
                  onClick={() => {
                    close()
                    a.run()
                  }}
                >
                  <span>
                    {isOn(a)
                      ? a.title.replace('Start or end', 'End')
                      : a.title.replace('Start or end', 'Start')}
                  </span>
                  <kbd>{a.shown}</kbd>
                </button>
              </li>
            )}
          </For>
        </ul>
      )}
    </Menu>
  )
}
