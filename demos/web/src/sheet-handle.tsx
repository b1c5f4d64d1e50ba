import type { JSX } from 'solid-js'

/** How much of the panels a phone shows: none, the skills, the plots. */
export const sheetStops = ['peek', 'half', 'full'] as const
export type SheetStop = (typeof sheetStops)[number]

const words: Readonly<Record<SheetStop, string>> = {
  peek: 'Panels: none; show skills',
  half: 'Panels: skills; show plots',
  full: 'Panels: plots; show none',
}

/** A drag further than this is no click, px. */
const dragMin_px = 24

/** The handle of a phone's bottom sheet: drag it up or down, or press it for the next stop. */
export function SheetHandle(props: {
  stop: SheetStop
  setStop: (stop: SheetStop) => void
}): JSX.Element {
  let from = Number.NaN
  let wasDrag = false
  const go = (by: 1 | -1, wraps: boolean): void => {
    const at = sheetStops.indexOf(props.stop) + by
    const next = wraps ? sheetStops[at % sheetStops.length] : sheetStops.at(Math.max(0, at))
    if (next) props.setStop(next)
  }
  return (
    <button
      type="button"
      class="sheet-handle"
      aria-label={words[props.stop]}
      data-stop={props.stop}
      onPointerDown={(e) => {
        from = e.clientY
        wasDrag = false
        e.currentTarget.setPointerCapture(e.pointerId)
      }}
      onPointerUp={(e) => {
        const up_px = from - e.clientY
        if (Math.abs(up_px) < dragMin_px) return
        wasDrag = true
        go(up_px > 0 ? 1 : -1, false)
      }}
      onClick={() => {
        if (!wasDrag) go(1, true)
        wasDrag = false
      }}
    >
      <span aria-hidden="true" />
    </button>
  )
}
