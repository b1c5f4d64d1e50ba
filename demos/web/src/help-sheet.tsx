import { For, type JSX, onCleanup, onMount } from 'solid-js'
import { type Action, gestures } from './actions.ts'

/** All keys and gestures, from the action table. */
export function HelpSheet(props: { actions: readonly Action[]; close: () => void }): JSX.Element {
  let dialog!: HTMLDialogElement
  onMount(() => {
    const before = document.activeElement
    dialog.showModal()
    onCleanup(() => {
      if (before instanceof HTMLElement) before.focus()
    })
  })
  const groups = (): Action['group'][] => [...new Set(props.actions.map((a) => a.group))]
  return (
    <dialog ref={dialog} class="sheet" aria-label="Keys and gestures" onClose={() => props.close()}>
      <header>
        <h2>Keys and gestures</h2>
        <button type="button" onClick={() => props.close()}>
          Close
        </button>
      </header>
      <div class="columns">
        <section>
          <h3>Mouse and touch</h3>
          <dl>
            <For each={gestures}>
              {(g) => (
                <div>
                  <dt>{g.shown}</dt>
                  <dd>{g.title}</dd>
                </div>
              )}
            </For>
          </dl>
        </section>
        <For each={groups()}>
          {(group) => (
            <section>
              <h3>{group}</h3>
              <dl>
                <For each={props.actions.filter((a) => a.group === group)}>
                  {(a) => (
                    <div>
                      <dt>
                        <kbd>{a.shown}</kbd>
                      </dt>
                      <dd>{a.title}</dd>
                    </div>
                  )}
                </For>
              </dl>
            </section>
          )}
        </For>
      </div>
    </dialog>
  )
}
