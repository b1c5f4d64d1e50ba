import type { JSX } from 'solid-js'

/** A list behind a word; it closes when the focus leaves it, and by Escape. */
export function Menu(props: {
  label: JSX.Element
  /** Above its word instead of below. */
  opensUp?: boolean
  children: (close: () => void) => JSX.Element
}): JSX.Element {
  let menu!: HTMLDetailsElement
  const close = (): void => {
    menu.open = false
  }
  return (
    <details
      ref={menu}
      class="menu"
      classList={{ up: props.opensUp === true }}
      onFocusOut={(e) => {
        if (!menu.contains(e.relatedTarget as Node | null)) close()
      }}
      onKeyDown={(e) => {
        if (e.key !== 'Escape') return
        // Of the menu alone: what is selected stays.
        e.stopPropagation()
        close()
        menu.querySelector('summary')?.focus()
      }}
    >
      <summary>{props.label}</summary>
      {props.children(close)}
    </details>
  )
}
