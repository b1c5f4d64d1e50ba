import { skillColor, type Theme } from '@skillweave/viewer'
import { createEffect, createSignal, type JSX } from 'solid-js'
import type { Live } from './live.ts'
import { eventWords } from './sentences.ts'

const windows_s = [10, 20, 60] as const
const lane = { weights: 34, blocks: 16, events: 16 } as const

/** The last seconds: mean weights stacked, the leading skill as blocks, what happened. */
export function Strip(props: { live: Live; theme: Theme }): JSX.Element {
  const { live } = props
  const { state } = live
  const [window_s, setWindow] = createSignal<number>(20)
  let canvas!: HTMLCanvasElement

  const draw = (): void => {
    const g = canvas.getContext('2d')
    if (!g) return
    const width = canvas.clientWidth
    const height = canvas.clientHeight
    const ratio = devicePixelRatio
    if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio)
    if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio)
    g.setTransform(ratio, 0, 0, ratio, 0, 0)
    g.clearRect(0, 0, width, height)
    const style = getComputedStyle(canvas)
    const to_s = state.time_s
    const x = (t: number): number => width - ((to_s - t) / window_s()) * width
    drawWeights(g, x, width)
    drawBlocks(g, x, style.color)
    drawEvents(g, x, width, style)
  }

  /** One column per pixel and skill would be thousands of rectangles; one path per skill is five. */
  function drawWeights(g: CanvasRenderingContext2D, x: (t: number) => number, width: number): void {
    const { history } = live
    const first = Math.max(0, history.firstFrom(state.time_s - window_s()) - 1)
    const below = new Float32Array(Math.max(0, history.count - first))
    const stride = Math.max(1, Math.floor(below.length / Math.max(1, width)))
    for (let s = 0; s < history.skills; s++) {
      g.beginPath()
      for (let k = first; k < history.count; k += stride) {
        const y = lane.weights * (1 - below[k - first])
        if (k === first) g.moveTo(x(history.timeAt(k)), y)
        else g.lineTo(x(history.timeAt(k)), y)
      }
      for (let k = first; k < history.count; k += stride) below[k - first] += history.weightAt(k, s)
      const last = first + stride * Math.floor((history.count - 1 - first) / stride)
      for (let k = last; k >= first; k -= stride) {
        g.lineTo(x(history.timeAt(k)), lane.weights * (1 - below[k - first]))
      }
      g.closePath()
      g.fillStyle = skillColor(props.theme, state.skills[s]?.color ?? s)
      g.fill()
    }
  }

  function drawBlocks(g: CanvasRenderingContext2D, x: (t: number) => number, color: string): void {
    const { history } = live
    const top = lane.weights + 3
    let k = Math.max(0, history.firstFrom(state.time_s - window_s()) - 1)
    g.font = '11px system-ui, sans-serif'
    g.textBaseline = 'middle'
    while (k < history.count) {
      const leader = leaderAt(k)
      let end = k + 1
      while (end < history.count && leaderAt(end) === leader) end++
      const from = Math.max(0, x(history.timeAt(k)))
      const to = end < history.count ? x(history.timeAt(end)) : x(state.time_s)
      if (leader >= 0 && to - from > 1) {
        g.globalAlpha = 0.35
        g.fillStyle = skillColor(props.theme, state.skills[leader]?.color ?? leader)
        g.fillRect(from, top, to - from - 1, lane.blocks)
        g.globalAlpha = 1
        g.fillRect(from, top + lane.blocks - 2, to - from - 1, 2)
        const title = state.skills[leader]?.title ?? ''
        if (to - from > g.measureText(title).width + 10) {
          g.fillStyle = color
          g.fillText(title, from + 5, top + lane.blocks / 2 - 1)
        }
      }
      k = end
    }
  }

  const leaderAt = (k: number): number => {
    let best = -1
    let most = 0.34
    for (let s = 0; s < live.history.skills; s++) {
      const w = live.history.weightAt(k, s)
      if (w > most) {
        most = w
        best = s
      }
    }
    return best
  }

  function drawEvents(
    g: CanvasRenderingContext2D,
    x: (t: number) => number,
    width: number,
    style: CSSStyleDeclaration,
  ): void {
    const top = lane.weights + lane.blocks + 6
    let free = -1
    for (const event of live.events) {
      const word = eventWords[event.name]
      if (!word || event.time_s < state.time_s - window_s() || event.time_s > state.time_s) continue
      const at = x(event.time_s)
      const isBig = event.name === 'basket' || event.name === 'fall' || event.name === 'reset'
      g.fillStyle = style.getPropertyValue(
        event.name === 'basket' ? '--ok' : event.name === 'fall' ? '--danger' : '--muted',
      )
      g.beginPath()
      g.arc(at, top + lane.events / 2, isBig ? 3.5 : 2.5, 0, 2 * Math.PI)
      g.fill()
      if (at < free || at > width - 4) continue
      g.fillText(word, at + 6, top + lane.events / 2)
      free = at + 12 + g.measureText(word).width
    }
  }

  createEffect(() => {
    // Everything drawn depends on these; the history itself is not a signal.
    void state.time_s
    void state.skills
    void window_s()
    void props.theme
    draw()
  })

  return (
    <div class="strip">
      <canvas ref={canvas} role="img" aria-label={`Skills over the last ${window_s()} seconds`} />
      <fieldset class="windows" aria-label="Length of the strip">
        {windows_s.map((s) => (
          <button type="button" aria-pressed={window_s() === s} onClick={() => setWindow(s)}>
            {s} s
          </button>
        ))}
      </fieldset>
    </div>
  )
}
