import { createEffect, createSignal, For, type JSX, on, Show } from 'solid-js'
import type { Page } from './page.ts'
import { type Cursor, Plot, type PlotSpec } from './plot.tsx'
import { signalsOf } from './selection.ts'
import { spoken } from './sentences.ts'

const windows = [10, 30, 60, Number.POSITIVE_INFINITY] as const
const plotsMax = 8

/** Signals over time, as many plots as one likes, with one cursor. */
export function PlotsPanel(props: { page: Page; cursor: Cursor }): JSX.Element {
  const { live, selection, plotMarkers } = props.page
  const { state } = live
  const [plots, setPlots] = createSignal<readonly PlotSpec[]>([])
  const [window_s, setWindow] = createSignal<number>(10)
  let made = 0
  const add = (title: string, lines: readonly string[], stacked = false): void => {
    setPlots([...plots(), { id: ++made, title, lines, stacked }])
  }
  // Names come with the run; what is worth seeing first depends on them.
  createEffect(() => {
    const names = state.signalNames
    if (made > 0 || names.length === 0) return
    for (const first of firstPlots(names)) add(first.title, first.lines, first.stacked)
    if (isTraining(names)) setWindow(Number.POSITIVE_INFINITY)
  })
  // The first plot is that of the selection; what was selected last stays there to be looked at.
  let ofSelection: PlotSpec | undefined
  createEffect(
    on(selection.now, (what) => {
      const lines = signalsOf(state.robots[0], what, state.signalNames)
      if (!what || lines.length === 0) return
      const others = plots().filter((p) => p !== ofSelection)
      ofSelection = { id: ++made, title: `Selected: ${spoken(what.name)}`, lines, stacked: false }
      setPlots([ofSelection, ...others].slice(0, plotsMax))
    }),
  )
  const markerWords = (): string => {
    const [a, b] = [plotMarkers.a(), plotMarkers.b()]
    if (a === null) return ''
    if (b === null) return `A ${a.toFixed(2)} s`
    return `A ${a.toFixed(2)} s, B ${b.toFixed(2)} s, B − A ${(b - a).toFixed(2)} s`
  }
  return (
    <>
      <header>
        <h2 id="plots-title">Plots</h2>
        <fieldset class="windows" aria-label="Length of the plots">
          <For each={windows}>
            {(s) => (
              <button type="button" aria-pressed={window_s() === s} onClick={() => setWindow(s)}>
                {Number.isFinite(s) ? `${s} s` : 'all'}
              </button>
            )}
          </For>
        </fieldset>
        <button
          type="button"
          disabled={plots().length >= plotsMax}
          onClick={() => add(`Plot ${made + 1}`, [])}
        >
          New plot
        </button>
      </header>
      <p class="markers">
        <button
          type="button"
          title="At the moment on screen (9); Shift-click a plot"
          onClick={() => plotMarkers.put(state.time_s)}
        >
          {plotMarkers.a() === null
            ? 'Marker A here'
            : plotMarkers.b() === null
              ? 'Marker B here'
              : 'Remove markers'}
        </button>
        <span role="status">{markerWords()}</span>
      </p>
      <Show when={state.signalNames.length === 0}>
        <p class="quiet">This run sends no signals.</p>
      </Show>
      <datalist id="signal-names">
        <For each={state.signalNames}>{(name) => <option value={name} />}</For>
      </datalist>
      <For each={plots()}>
        {(spec) => (
          <Plot
            page={props.page}
            spec={spec}
            window_s={window_s()}
            cursor={props.cursor}
            remove={() => setPlots(plots().filter((p) => p !== spec))}
          />
        )}
      </For>
    </>
  )
}

const isTraining = (names: readonly string[]): boolean => names.some((n) => n.startsWith('train.'))

/** Rewards by term, weights, and how well a joint follows its target: what most runs have. */
function firstPlots(names: readonly string[]): Omit<PlotSpec, 'id'>[] {
  const group = (prefix: string): string[] => names.filter((n) => n.startsWith(`${prefix}.`))
  const plots: Omit<PlotSpec, 'id'>[] = []
  const some = (title: string, lines: readonly string[], stacked: boolean): void => {
    if (lines.length > 0) plots.push({ title, lines: lines.slice(0, 8), stacked })
  }
  some('Weights', group('weight'), true)
  some('Rewards by term', group('reward'), !isTraining(names))
  for (const line of group('train')) some(line.slice('train.'.length), [line], false)
  some('Ends of episodes', group('end'), false)
  const [joint] = group('qTarget')
  if (joint) some('A joint and its target', [joint.replace('qTarget', 'q'), joint], false)
  return plots.slice(0, plotsMax)
}
