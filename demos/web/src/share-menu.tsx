import { For, type JSX, Show } from 'solid-js'
import type { Action } from './actions.ts'
import type { Live } from './live.ts'

/** Pictures, films, recordings, links: the group Share of the action table as a menu. */
export function ShareMenu(props: {
  live: Live
  actions: readonly Action[]
  isFilming: boolean
}): JSX.Element {
  let menu!: HTMLDetailsElement
  const { state } = props.live
  const isOn = (a: Action): boolean =>
    (a.id === 'record' && state.isRecording) || (a.id === 'video' && props.isFilming)
  const size = (): string => `${(state.tapeBytes / 2 ** 20).toFixed(1)} MB`
  return (
    <details
      ref={menu}
      class="menu"
      onFocusOut={(e) => {
        if (!menu.contains(e.relatedTarget as Node | null)) menu.open = false
      }}
      onKeyDown={(e) => {
        if (e.key !== 'Escape') return
        menu.open = false
        menu.querySelector('summary')?.focus()
      }}
    >
      <summary>
        <Show when={state.isRecording || props.isFilming} fallback="Share">
          <span class="rec" aria-hidden="true" /> {state.isRecording ? size() : 'filming'}
        </Show>
      </summary>
      <ul>
        <For each={props.actions.filter((a) => a.group === 'Share')}>
          {(a) => (
            <li>
              <button
                type="button"
                aria-pressed={a.id === 'record' || a.id === 'video' ? isOn(a) : undefined}
                data-action={a.id}
                onClick={() => {
                  menu.open = false
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
    </details>
  )
}
