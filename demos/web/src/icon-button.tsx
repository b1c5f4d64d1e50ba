import type { JSX } from 'solid-js'

/** A square button with a drawing or a sign in it: its name is for ears and pointers, its key stands behind the name. */
export function IconButton(props: {
  name: string
  /** Of the action table. */
  shortcut: string
  /** What pointers are told, where that is not the name. */
  title?: string
  run: () => void
  pressed?: boolean
  action?: string
  /** Path in a square of 16, drawn as a line; or a sign. */
  children: JSX.Element
}): JSX.Element {
  return (
    <button
      type="button"
      class="icon"
      onClick={() => props.run()}
      aria-pressed={props.pressed}
      aria-label={props.name}
      title={`${props.title ?? props.name} (${props.shortcut})`}
      data-action={props.action}
    >
      {props.children}
    </button>
  )
}

/** A drawing of 16 by 16: lines, and what is filled. */
export function Icon(props: { lines: string; filled?: string }): JSX.Element {
  return (
    <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={props.lines} fill="none" stroke="currentColor" stroke-width="1.4" />
      <path d={props.filled ?? ''} fill="currentColor" />
    </svg>
  )
}

/** A circle as a path. */
const circle = (x: number, y: number, r: number): string =>
  `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`

export const icons = {
  theme: { lines: circle(8, 8, 6.3), filled: 'M8 1a7 7 0 1 0 0 14z' },
  panels: { lines: 'M1.7 2.7h12.6v10.6H1.7z', filled: 'M2 3h4v10H2z' },
  plots: { lines: 'M1.7 2v12h12.6M3.5 10.5l3-4 2.5 2.5 4-5.5' },
  find: { lines: `${circle(6.6, 6.6, 4.4)}M10 10l4 4` },
} as const
