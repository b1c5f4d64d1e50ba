import { skillColor, type Theme } from '@skillweave/viewer'
import { createEffect, createSignal, type JSX } from 'solid-js'
import type { Live } from './live-interface.ts'
import { spoken } from './sentences.ts'

const rowHeight = 12
const names_px = 108

/** Joints down, skills across: how much each skill has to say about each joint. */
export function HeatMap(props: {
  live: Live
  theme: Theme
  /** Coordinates that the faders are about. */
  shown: readonly number[]
  /** The joint of the page's selection; null: none. */
  selected: number | null
  /** A row was clicked. */
  choose: (joint: number) => void
}): JSX.Element {
  const { state } = props.live
  let canvas!: HTMLCanvasElement
  const [pointed, setPointed] = createSignal<number | null>(null)
  const joints = () => state.robots[0]?.joints ?? []
  const dofs = (): number => state.robots[0]?.dofNames.length ?? 0
  const rowAt = (e: MouseEvent): number | null => {
    const row = Math.floor((e.clientY - canvas.getBoundingClientRect().top) / rowHeight)
    return row >= 0 && row < joints().length ? row : null
  }
  createEffect(() => {
    const rows = joints()
    const n = state.skills.length
    const weights = state.jointWeights
    const g = canvas.getContext('2d')
    if (!g) return
    const ratio = devicePixelRatio
    const width = canvas.clientWidth
    canvas.width = width * ratio
    canvas.height = rows.length * rowHeight * ratio
    g.scale(ratio, ratio)
    const cell = (width - names_px) / Math.max(1, n)
    const style = getComputedStyle(canvas)
    g.font = '10px system-ui, sans-serif'
    g.textBaseline = 'middle'
    rows.forEach((joint, r) => {
      g.globalAlpha = props.shown.includes(joint.dof) ? 1 : 0.55
      g.fillStyle = style.color
      g.fillText(spoken(joint.name), 0, r * rowHeight + rowHeight / 2, names_px - 6)
      for (let k = 0; k < n; k++) {
        g.globalAlpha = 0.08 + 0.92 * (weights[k * dofs() + joint.dof] ?? 0)
        g.fillStyle = skillColor(props.theme, state.skills[k].color)
        g.fillRect(names_px + k * cell + 1, r * rowHeight + 1, cell - 2, rowHeight - 2)
      }
      if (r !== props.selected) return
      g.globalAlpha = 1
      g.strokeStyle = style.getPropertyValue('--accent')
      g.lineWidth = 1.5
      g.strokeRect(names_px - 4, r * rowHeight + 0.75, width - names_px + 3, rowHeight - 1.5)
    })
  })
  const words = (): string => {
    const row = pointed() ?? props.selected
    const joint = row === null ? undefined : joints()[row]
    if (!joint) return 'Weight of each skill for each joint'
    const parts = state.skills.map(
      (s, k) =>
        `${s.title.toLowerCase()} ${(state.jointWeights[k * dofs() + joint.dof] ?? 0).toFixed(2)}`,
    )
    return `${spoken(joint.name)}: ${parts.join(', ')}`
  }
  return (
    <>
      <canvas
        ref={canvas}
        class="heat"
        role="img"
        style={{ height: `${joints().length * rowHeight}px` }}
        aria-label="Weight of each skill for each joint"
        onPointerMove={(e) => setPointed(rowAt(e))}
        onPointerLeave={() => setPointed(null)}
        onClick={(e) => {
          const row = rowAt(e)
          if (row !== null) props.choose(row)
        }}
      />
      <p class="heat-words">{words()}</p>
    </>
  )
}
