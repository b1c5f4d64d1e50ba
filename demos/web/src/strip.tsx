import { skillColor, type Theme } from '@skillweave/viewer'
import { createEffect, createSignal, type JSX } from 'solid-js'
import type { Page } from './page.ts'
import type { Cursor } from './plot.tsx'
import { eventWords } from './sentences.ts'

const windows_s: readonly number[] = [10, 20, 60]
const lane = { weights: 34, blocks: 16, events: 16, futures: 3 } as const
/** This close to the newest moment is the present, px. */
const snap_px = 6

/**
 * The last seconds as a slider over time: weights stacked (or the sum of rewards), the leading skill
 * as blocks, what happened. Drag it to look back.
 */
export function Strip(props: { page: Page; cursor: Cursor }): JSX.Element {
  const { live, selection, bookmarks } = props.page
  const { state } = live
  const theme = (): Theme => props.page.state.theme
  const [window_s, setWindow] = createSignal<number>(20)
  const [cursor_s, setCursor] = props.cursor
  let canvas!: HTMLCanvasElement
  let isDragging = false

  const timeAt = (e: PointerEvent): number => {
    const { left, width } = canvas.getBoundingClientRect()
    return state.newest_s - window_s() * (1 - (e.clientX - left) / width)
  }
  const scrub = (e: PointerEvent): void => {
    const { right } = canvas.getBoundingClientRect()
    if (right - e.clientX < snap_px) live.goLive()
    else live.lookAt(timeAt(e))
  }
  const onKey = (e: KeyboardEvent): void => {
    const step_s = e.shiftKey ? 1 : 0.1
    if (e.key === 'ArrowLeft') live.lookAt(state.time_s - step_s)
    else if (e.key === 'ArrowRight') live.lookAt(state.time_s + step_s)
    else if (e.key === 'Home') live.lookAt(Math.max(state.oldest_s, state.newest_s - window_s()))
    else if (e.key === 'End') live.goLive()
    else return
    e.preventDefault()
    e.stopPropagation()
  }

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
    const x = (t: number): number => width - ((state.newest_s - t) / window_s()) * width
    if (state.skills.length > 0) {
      drawWeights(g, x, width)
      drawBlocks(g, x, style.color)
    } else drawReward(g, x, style.getPropertyValue('--accent'))
    drawEvents(g, x, width, style)
    drawFutures(g, x, width, style)
    drawSeconds(g, x, style)
    drawBookmarks(g, x, style)
    drawMoments(g, x, style)
  }

  /** Another skill is selected. */
  const isOther = (skill: number): boolean => {
    const what = selection.now()
    return what?.kind === 'skill' && what.name !== state.skills[skill]?.name
  }

  /** One column per pixel and skill would be thousands of rectangles; one path per skill is five. */
  function drawWeights(
    g: CanvasRenderingContext2D,
    x: (t: number) => number,
    width: number,
    weights = live.weights,
    opacity = 1,
  ): void {
    const first = Math.max(0, weights.firstFrom(state.newest_s - window_s()) - 1)
    const below = new Float32Array(Math.max(0, weights.count - first))
    const stride = Math.max(1, Math.floor(below.length / Math.max(1, width)))
    for (let s = 0; s < weights.width; s++) {
      g.beginPath()
      for (let k = first; k < weights.count; k += stride) {
        const y = lane.weights * (1 - below[k - first])
        if (k === first) g.moveTo(x(weights.timeAt(k)), y)
        else g.lineTo(x(weights.timeAt(k)), y)
      }
      for (let k = first; k < weights.count; k += stride) below[k - first] += weights.valueAt(k, s)
      const last = first + stride * Math.floor((weights.count - 1 - first) / stride)
      for (let k = last; k >= first; k -= stride) {
        g.lineTo(x(weights.timeAt(k)), lane.weights * (1 - below[k - first]))
      }
      g.closePath()
      g.fillStyle = skillColor(theme(), state.skills[s]?.color ?? s)
      g.globalAlpha = opacity * (isOther(s) ? 0.3 : 1)
      g.fill()
    }
    g.globalAlpha = 1
  }

  /** A run without skills still has good and bad moments: the sum of its rewards, from their own least to most. */
  function drawReward(g: CanvasRenderingContext2D, x: (t: number) => number, color: string): void {
    const { signals } = live
    const terms = state.signalNames.flatMap((n, i) => (n.startsWith('reward.') ? [i] : []))
    const first = Math.max(0, signals.firstFrom(state.newest_s - window_s()) - 1)
    const n = signals.count - first
    if (terms.length === 0 || n < 2) return
    const sums = new Float64Array(n)
    for (let k = 0; k < n; k++) for (const i of terms) sums[k] += signals.valueAt(first + k, i)
    const least = Math.min(0, ...sums)
    const most = Math.max(least + 1e-6, ...sums)
    const floor = lane.weights + lane.blocks
    g.beginPath()
    g.moveTo(x(signals.timeAt(first)), floor)
    for (let k = 0; k < n; k++) {
      const share = (sums[k] - least) / (most - least)
      g.lineTo(x(signals.timeAt(first + k)), floor - 4 - share * (floor - 8))
    }
    g.lineTo(x(signals.timeAt(first + n - 1)), floor)
    g.closePath()
    g.fillStyle = color
    g.globalAlpha = 0.22
    g.fill()
    g.globalAlpha = 0.9
    g.strokeStyle = color
    g.lineWidth = 1.25
    g.stroke()
    g.globalAlpha = 1
  }

  function drawBlocks(g: CanvasRenderingContext2D, x: (t: number) => number, color: string): void {
    const { weights } = live
    const top = lane.weights + 3
    let k = Math.max(0, weights.firstFrom(state.newest_s - window_s()) - 1)
    g.font = '11px system-ui, sans-serif'
    g.textBaseline = 'middle'
    while (k < weights.count) {
      const leader = leaderAt(k)
      let end = k + 1
      while (end < weights.count && leaderAt(end) === leader) end++
      const from = Math.max(0, x(weights.timeAt(k)))
      const to = end < weights.count ? x(weights.timeAt(end)) : x(state.newest_s)
      if (leader >= 0 && to - from > 1) {
        g.globalAlpha = 0.35
        g.fillStyle = skillColor(theme(), state.skills[leader]?.color ?? leader)
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
    for (let s = 0; s < live.weights.width; s++) {
      const w = live.weights.valueAt(k, s)
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
    g.font = '11px system-ui, sans-serif'
    g.textBaseline = 'middle'
    for (const event of live.events) {
      const word = eventWords[event.name]
      if (!word || event.time_s < state.newest_s - window_s() || event.time_s > state.newest_s)
        continue
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

  /** What the run did before it was taken back: a bar each, and the one on screen in place of the run's own. */
  function drawFutures(
    g: CanvasRenderingContext2D,
    x: (t: number) => number,
    width: number,
    style: CSSStyleDeclaration,
  ): void {
    const { future } = live
    if (future && state.skills.length > 0) {
      const from = x(future.from_s)
      g.fillStyle = style.getPropertyValue('--bg')
      g.fillRect(from, 0, width - from, lane.weights)
      drawWeights(g, x, width, future.weights, 0.6)
    }
    state.oldFutures.forEach(({ from_s, to_s }, i) => {
      g.fillStyle = style.getPropertyValue(state.future === i ? '--accent' : '--muted')
      const from = x(from_s)
      const top = canvas.clientHeight - lane.futures * (i + 1)
      g.fillRect(from, top, x(to_s) - from, lane.futures - 1)
    })
  }

  function drawSeconds(
    g: CanvasRenderingContext2D,
    x: (t: number) => number,
    style: CSSStyleDeclaration,
  ): void {
    const step = window_s() / 10
    g.fillStyle = style.getPropertyValue('--line')
    const first = Math.ceil((state.newest_s - window_s()) / step)
    for (let i = Math.max(0, first); i * step <= state.newest_s; i++) {
      g.fillRect(Math.round(x(i * step)), lane.weights + lane.blocks + 4, 1, 4)
    }
  }

  /** A flag each. */
  function drawBookmarks(
    g: CanvasRenderingContext2D,
    x: (t: number) => number,
    style: CSSStyleDeclaration,
  ): void {
    g.font = '11px system-ui, sans-serif'
    g.textBaseline = 'middle'
    for (const { time_s, name } of bookmarks.list()) {
      if (time_s < state.newest_s - window_s() || time_s > state.newest_s) continue
      const at = Math.round(x(time_s))
      g.fillStyle = style.getPropertyValue('--panel')
      g.fillRect(at, 0, g.measureText(name).width + 8, 14)
      g.fillStyle = style.color
      g.fillRect(at, 0, 1, canvas.clientHeight)
      g.fillText(name, at + 4, 7)
    }
  }

  /** What is replaceable, the moment pointed at, the playhead. */
  function drawMoments(
    g: CanvasRenderingContext2D,
    x: (t: number) => number,
    style: CSSStyleDeclaration,
  ): void {
    const height = canvas.clientHeight
    const at_s = cursor_s()
    if (at_s !== null) {
      g.fillStyle = style.getPropertyValue('--control')
      g.fillRect(Math.round(x(at_s)), 0, 1, height)
    }
    if (!state.looksBack) return
    const at = Math.round(x(state.time_s))
    g.globalAlpha = 0.55
    g.fillStyle = style.getPropertyValue('--bg')
    g.fillRect(at, 0, canvas.clientWidth - at, height)
    g.globalAlpha = 1
    g.fillStyle = style.getPropertyValue('--accent')
    g.fillRect(at - 1, 0, 2, height)
    g.beginPath()
    g.arc(at, 4, 4, 0, 2 * Math.PI)
    g.fill()
  }

  createEffect(() => {
    // Everything drawn depends on these; the histories themselves are not signals.
    void state.now_s
    void state.time_s
    void state.looksBack
    void state.oldFutures
    void state.future
    void state.skills
    void window_s()
    void cursor_s()
    void theme()
    void selection.now()
    void bookmarks.list()
    draw()
  })

  return (
    <div class="strip">
      <canvas
        ref={canvas}
        tabindex="0"
        role="slider"
        aria-label="Moment on screen"
        aria-valuemin={state.oldest_s}
        aria-valuemax={state.newest_s}
        aria-valuenow={state.time_s}
        aria-valuetext={
          state.looksBack
            ? `${(state.newest_s - state.time_s).toFixed(1)} seconds behind the run`
            : 'live'
        }
        title="Drag to look back (arrow keys when focused)"
        onKeyDown={onKey}
        onPointerDown={(e) => {
          isDragging = true
          canvas.setPointerCapture(e.pointerId)
          scrub(e)
        }}
        onPointerMove={(e) => {
          if (isDragging) scrub(e)
          setCursor(timeAt(e))
        }}
        onPointerUp={() => {
          isDragging = false
        }}
        onPointerCancel={() => {
          isDragging = false
        }}
        onPointerLeave={() => setCursor(null)}
        onWheel={(e) => {
          e.preventDefault()
          const at = windows_s.indexOf(window_s()) + Math.sign(e.deltaY)
          setWindow(windows_s[Math.min(windows_s.length - 1, Math.max(0, at))])
        }}
      />
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
