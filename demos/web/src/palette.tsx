import {
  createMemo,
  createSignal,
  createUniqueId,
  For,
  type JSX,
  onCleanup,
  onMount,
} from 'solid-js'
import type { Action } from './actions.ts'

/** Every action by its name: type a few letters, arrow keys choose, Enter does it. */
export function Palette(props: { actions: readonly Action[]; close: () => void }): JSX.Element {
  let dialog!: HTMLDialogElement
  const id = createUniqueId()
  const [text, setText] = createSignal('')
  const [at, setAt] = createSignal(0)
  const found = createMemo(() => findActions(props.actions, text()))
  onMount(() => {
    const before = document.activeElement
    dialog.showModal()
    onCleanup(() => {
      if (before instanceof HTMLElement) before.focus()
    })
  })
  const run = (action: Action | undefined): void => {
    if (!action) return
    props.close()
    action.run()
  }
  const onKey = (e: KeyboardEvent): void => {
    if (e.key === 'ArrowDown') setAt(Math.min(found().length - 1, at() + 1))
    else if (e.key === 'ArrowUp') setAt(Math.max(0, at() - 1))
    else if (e.key === 'Enter') run(found()[at()])
    else return
    e.preventDefault()
    dialog.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' })
  }
  return (
    <dialog ref={dialog} class="sheet palette" aria-label="Actions" onClose={() => props.close()}>
      <input
        type="text"
        role="combobox"
        aria-label="Find an action"
        placeholder="Find an action"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={found().length > 0 ? `${id}-${at()}` : undefined}
        value={text()}
        onInput={(e) => {
          setText(e.currentTarget.value)
          setAt(0)
        }}
        onKeyDown={onKey}
      />
      <div id={`${id}-list`} role="listbox" aria-label="Actions" class="found">
        <For each={found()}>
          {(action, i) => (
            <div
              id={`${id}-${i()}`}
              role="option"
              tabIndex={-1}
              aria-selected={at() === i()}
              onPointerEnter={() => setAt(i())}
              onClick={() => run(action)}
              onKeyDown={onKey}
            >
              <span class="grow">{action.title}</span>
              {action.shown === '' ? null : <kbd>{action.shown}</kbd>}
            </div>
          )}
        </For>
      </div>
    </dialog>
  )
}

/** Actions with all these words in their title or group, those that begin with the text first. */
export function findActions(actions: readonly Action[], text: string): readonly Action[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const has = (a: Action): boolean =>
    words.every((w) => `${a.title} ${a.group} ${a.shown}`.toLowerCase().includes(w))
  const begins = (a: Action): boolean => a.title.toLowerCase().startsWith(text.toLowerCase().trim())
  const list = actions.filter(has)
  return [...list.filter(begins), ...list.filter((a) => !begins(a))]
}
