import { For, type JSX } from 'solid-js'
import { type Bookmarks, nameMax } from './bookmarks.ts'
import { Menu } from './menu.tsx'

/** Moments somebody wants to find again: a list to jump, rename and remove. */
export function BookmarksMenu(props: { bookmarks: Bookmarks }): JSX.Element {
  const { bookmarks } = props
  return (
    <Menu label={`Marks ${bookmarks.list().length || ''}`} opensUp>
      {() => (
        <ul class="bookmarks">
          <li>
            <button type="button" onClick={() => bookmarks.add()} data-action="bookmark">
              <span>Mark the moment on screen</span>
              <kbd>Z</kbd>
            </button>
          </li>
          <For each={bookmarks.list()}>
            {(mark) => (
              <li class="row">
                <button
                  type="button"
                  aria-label={`Go to ${mark.name}`}
                  onClick={() => bookmarks.goTo(mark)}
                >
                  {mark.time_s.toFixed(2)} s
                </button>
                <input
                  type="text"
                  class="grow"
                  maxLength={nameMax}
                  aria-label={`Name of the mark at ${mark.time_s.toFixed(2)} seconds`}
                  value={mark.name}
                  onChange={(e) => bookmarks.rename(mark, e.currentTarget.value)}
                />
                <button
                  type="button"
                  aria-label={`Remove ${mark.name}`}
                  onClick={() => bookmarks.remove(mark)}
                >
                  ×
                </button>
              </li>
            )}
          </For>
        </ul>
      )}
    </Menu>
  )
}
