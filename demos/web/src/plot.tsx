import { skillColor } from '@skillweave/viewer'
import { createEffect, createSignal, For, type JSX, onCleanup, onMount, Show } from 'solid-js'
import type UPlot from 'uplot'
import { csvOf } from './csv.ts'
import type { Page } from './page.ts'
import { download, fileStem } from './recordings.ts'
import { subjectOf } from './selection.ts'
import { createSeries, type Series } from './series.ts'

/** What one plot shows. */
export interface PlotSpec {
  readonly id: number
  readonly title: string
  readonly lines: readonly string[]
  /** Positive values are piled up from zero, negative ones down from zero. */
  readonly stacked: boolean
}

/** A moment that is pointed at, shared by all plots and the strip; null: none. */
export type Cursor = [() => number | null, (time_s: number | null) => void]

const linesMax = 12
/** Slots of the palette in an order in which neighbours differ most. */
const lineColors = [5, 1, 3, 0, 6, 2, 7, 4] as const
/** More columns than this cannot be told apart on the screen. */
const columnsMax = 1000

/** One plot: lines over time, a box to add another one, values where the cursor is. */
export function Plot(props: {
  page: Page
  spec: PlotSpec
  window_s: number
  cursor: Cursor
  remove: () => void
}): JSX.Element {
  const { live, plotMarkers } = props.page
  const { state, signals } = live
  const [series, setSeries] = createSignal<readonly Series[]>([])
  const [problem, setProblem] = createSignal('')
  const [text, setText] = createSignal('')
  const [cursor_s, setCursor] = props.cursor
  let host!: HTMLDivElement
  let plot: UPlot | undefined
  let Library: typeof UPlot | undefined

  const add = async (line: string): Promise<void> => {
    if (line === '' || series().some((s) => s.text === line)) return
    if (series().length >= linesMax) {
      setProblem(`a plot has at most ${linesMax} lines`)
      return
    }
    try {
      const added = await createSeries(live, line)
      setSeries([...series(), added])
      setProblem('')
      setText('')
    } catch (error) {
      setProblem((error as Error).message)
    }
  }
  const drop = (line: Series): void => {
    line.dispose()
    setSeries(series().filter((s) => s !== line))
  }
  const color = (line: Series, i: number): string => {
    const skill = state.skills.find((s) => line.text === `weight.${s.name}`)
    return skillColor(props.page.state.theme, skill?.color ?? lineColors[i % lineColors.length])
  }
  const columnAt = (time_s: number): number =>
    Math.min(signals.count - 1, signals.firstFrom(time_s))
  /** Sample to read numbers from: under the cursor, else at the playhead. */
  const column = (): number => {
    void state.now_s
    return columnAt(cursor_s() ?? state.time_s)
  }
  /** What a line does between the markers; nothing without both. */
  const differenceOf = (line: Series): string => {
    const [a, b] = [plotMarkers.a(), plotMarkers.b()]
    if (a === null || b === null) return ''
    return `Δ ${shortNumber(line.valueAt(columnAt(b)) - line.valueAt(columnAt(a)))}`
  }

  /** Lines as the library wants them; stacked ones from the top down, so that each covers those below. */
  function data(): UPlot.AlignedData {
    const to_s = state.newest_s
    const first = Number.isFinite(props.window_s)
      ? Math.max(0, signals.firstFrom(to_s - props.window_s) - 1)
      : 0
    const stride = Math.max(1, Math.ceil((signals.count - first) / columnsMax))
    const n = Math.max(0, Math.floor((signals.count - 1 - first) / stride) + 1)
    const x = new Float64Array(n)
    const ys = series().map(() => new Float64Array(n))
    for (let c = 0; c < n; c++) {
      const k = first + c * stride
      x[c] = signals.timeAt(k)
      let up = 0
      let down = 0
      series().forEach((line, i) => {
        const value = line.valueAt(k)
        if (!props.spec.stacked) ys[i][c] = value
        else if (value >= 0) ys[i][c] = up += value
        else ys[i][c] = down += value
      })
    }
    return [x, ...(props.spec.stacked ? ys.reverse() : ys)] as unknown as UPlot.AlignedData
  }

  /** Every kept sample of the lines, not only what the window shows. */
  function saveTable(): void {
    const table = csvOf(
      ['time_s', ...series().map((s) => s.text)],
      Array.from({ length: signals.count }, (_, k) => [
        signals.timeAt(k),
        ...series().map((s) => s.valueAt(k)),
      ]),
    )
    download(new Blob([table], { type: 'text/csv' }), `${fileStem(props.spec.title)}.csv`)
  }

  function build(): void {
    plot?.destroy()
    plot = undefined
    if (!Library || series().length === 0) return
    const style = getComputedStyle(host)
    const muted = style.getPropertyValue('--muted')
    const line = style.getPropertyValue('--line')
    const lines = series().map((s, i) => ({
      label: s.text,
      stroke: color(s, i),
      width: 1.5,
      points: { show: false },
      ...(props.spec.stacked ? { fill: color(s, i) } : {}),
    }))
    if (props.spec.stacked) lines.reverse()
    const axis = {
      stroke: muted,
      font: '11px system-ui',
      grid: { stroke: line, width: 1 },
      ticks: { show: false },
    }
    plot = new Library(
      {
        width: host.clientWidth,
        height: 132,
        padding: [8, 6, 0, 0],
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, points: { size: 5 } },
        scales: {
          x: {
            time: false,
            range: (_u, min) =>
              Number.isFinite(props.window_s)
                ? [state.newest_s - props.window_s, state.newest_s]
                : [min ?? 0, Math.max(state.newest_s, (min ?? 0) + 1)],
          },
        },
        axes: [
          { ...axis, size: 24, values: (_u, ticks) => ticks.map((t) => `${+t.toFixed(2)} s`) },
          { ...axis, size: 46 },
        ],
        series: [{}, ...lines],
        hooks: {
          setCursor: [
            (u) => {
              const { left } = u.cursor
              setCursor(left == null || left < 0 ? null : u.posToVal(left, 'x'))
            },
          ],
          draw: [drawMarkers, drawPlayhead],
        },
      },
      data(),
      host,
    )
    plot.over.addEventListener('click', (e) => {
      const at_s = cursor_s()
      if (at_s === null) return
      if (e.shiftKey) plotMarkers.put(at_s)
      else live.lookAt(at_s)
    })
  }

  function drawMarkers(u: UPlot): void {
    const { top, height } = u.bbox
    const style = getComputedStyle(host)
    u.ctx.fillStyle = style.getPropertyValue('--text')
    u.ctx.font = `${11 * devicePixelRatio}px system-ui`
    for (const [name, at_s] of [
      ['A', plotMarkers.a()],
      ['B', plotMarkers.b()],
    ] as const) {
      if (at_s === null) continue
      const x = Math.round(u.valToPos(at_s, 'x', true))
      u.ctx.fillRect(x, top, 1, height)
      u.ctx.fillText(name, x + 3, top + 11 * devicePixelRatio)
    }
  }

  function drawPlayhead(u: UPlot): void {
    if (!state.looksBack) return
    const x = Math.round(u.valToPos(state.time_s, 'x', true))
    const { top, height } = u.bbox
    u.ctx.fillStyle = getComputedStyle(host).getPropertyValue('--accent')
    u.ctx.fillRect(x - 1, top, 2, height)
  }

  onMount(async () => {
    const resize = new ResizeObserver(() => plot?.setSize({ width: host.clientWidth, height: 132 }))
    resize.observe(host)
    onCleanup(() => {
      resize.disconnect()
      plot?.destroy()
      for (const s of series()) s.dispose()
    })
    for (const l of props.spec.lines) await add(l)
    const [library] = await Promise.all([import('uplot'), import('uplot/dist/uPlot.min.css')])
    Library = library.default
    build()
  })
  createEffect(() => {
    void props.page.state.theme
    void series()
    build()
  })
  createEffect(() => {
    void state.now_s
    void props.window_s
    void plotMarkers.a()
    void plotMarkers.b()
    plot?.setData(data())
  })
  createEffect(() => {
    const at_s = cursor_s()
    if (!plot) return
    const left = at_s === null ? -10 : plot.valToPos(at_s, 'x')
    plot.setCursor({ left, top: at_s === null ? -10 : 10 }, false)
  })

  return (
    <section class="plot" aria-label={props.spec.title}>
      <header>
        <h3>{props.spec.title}</h3>
        <button
          type="button"
          class="icon"
          title="Save these lines as a table (.csv)"
          aria-label={`Save ${props.spec.title} as a table`}
          disabled={series().length === 0}
          onClick={saveTable}
        >
          ↓
        </button>
        <button
          type="button"
          class="icon"
          aria-label={`Remove ${props.spec.title}`}
          onClick={() => props.remove()}
        >
          ×
        </button>
      </header>
      <div ref={host} class="canvas" />
      <ul class="lines">
        <For each={series()}>
          {(line, i) => (
            <li>
              <span class="swatch" style={{ background: color(line, i()) }} />
              <LineName page={props.page} text={line.text} />
              <span class="quiet">{differenceOf(line)}</span>
              <span class="number">
                {shortNumber(line.valueAt(column()))} {line.unit === '1' ? '' : line.unit}
              </span>
              <button
                type="button"
                class="icon"
                aria-label={`Remove ${line.text}`}
                onClick={() => drop(line)}
              >
                ×
              </button>
            </li>
          )}
        </For>
      </ul>
      <form
        onSubmit={(e) => {
          e.preventDefault()
          void add(text().trim())
        }}
      >
        <input
          type="text"
          list="signal-names"
          placeholder="add a signal or a formula"
          aria-label={`Add a line to ${props.spec.title}`}
          aria-invalid={problem() !== ''}
          value={text()}
          spellcheck={false}
          autocomplete="off"
          onInput={(e) => {
            setText(e.currentTarget.value)
            setProblem('')
            // Chosen from the list: nothing is left to type.
            if (state.signalNames.includes(e.currentTarget.value)) void add(e.currentTarget.value)
          }}
        />
        <button type="submit" disabled={text().trim() === ''}>
          Add
        </button>
      </form>
      <Show when={problem()}>
        <p class="problem" role="alert">
          {problem()}
        </p>
      </Show>
    </section>
  )
}

/** The name of a line; a button where it is about something that can be selected. */
function LineName(props: { page: Page; text: string }): JSX.Element {
  const { live, selection } = props.page
  const subject = () => subjectOf(live.state.robots[0], props.text)
  return (
    <Show when={subject()} fallback={<span class="name">{props.text}</span>}>
      {(what) => (
        <button
          type="button"
          class="name"
          aria-pressed={selection.is(what())}
          title="Select what this is about"
          onClick={() => selection.toggle(what())}
        >
          {props.text}
        </button>
      )}
    </Show>
  )
}

const shortNumber = (x: number): string =>
  Number.isFinite(x) ? String(Number(x.toPrecision(3))) : '–'
