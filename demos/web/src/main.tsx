import { createSignal, type JSX, lazy, onCleanup, onMount, Show } from 'solid-js'
import { render } from 'solid-js/web'
import { readSettings, type Settings } from './settings.ts'
import { recordingSource, type Source, serverSource, tabSource } from './source.ts'

// The start page has no scene, and the scene's code is most of the page.
const App = lazy(() => import('./app.tsx').then((m) => ({ default: m.App })))
const StartPage = lazy(() => import('./start-page.tsx').then((m) => ({ default: m.StartPage })))

/** On a static site there is no server behind the page; `build:web` says so in the document. */
const isSite = document.documentElement.dataset.home === 'start'

/** The run that the address asks for; null: the start page. */
function firstSource(settings: Settings): Source | null {
  const { link } = settings
  const demo = settings.demo ?? (isSite && !settings.isRemote ? link.demo : undefined)
  if (demo !== undefined && demo !== null) {
    return tabSource({
      demo,
      seed: link.seed ?? 1,
      ...(link.at_s === undefined ? {} : { holdAt_s: link.at_s }),
      ...(link.speed === undefined ? {} : { speed: link.speed }),
      ...(link.kicks === undefined ? {} : { kicks: link.kicks }),
    })
  }
  return isSite && !settings.isRemote ? null : serverSource(settings.url, settings.host)
}

/** One run at a time; another source takes the page over. */
function Root(): JSX.Element {
  const settings = readSettings(location)
  const [source, setSource] = createSignal(firstSource(settings))
  const [problem, setProblem] = createSignal('')
  const open = async (file: File): Promise<void> => {
    try {
      setSource(await recordingSource(file.name, new Uint8Array(await file.arrayBuffer())))
      setProblem('')
    } catch (error) {
      setProblem(`${file.name}: ${(error as Error).message}`)
    }
  }
  const [dropping, setDropping] = createSignal(false)
  onMount(() => onCleanup(bindDrop({ hover: setDropping, drop: (file) => void open(file) })))
  return (
    <>
      <Show when={dropping()}>
        <p class="drop">Drop a recording (.mcap) to play it</p>
      </Show>
      <Show when={source()} keyed fallback={<StartPage open={open} problem={problem()} />}>
        {(run) => <App settings={settings} source={run} open={open} openProblem={problem()} />}
      </Show>
    </>
  )
}

/** Files dropped anywhere on the window. Returns how to stop. */
function bindDrop(on: {
  hover: (isOver: boolean) => void
  drop: (file: File) => void
}): () => void {
  const over = (e: DragEvent): void => {
    e.preventDefault()
    on.hover(true)
  }
  const leave = (e: DragEvent): void => {
    if (e.relatedTarget === null) on.hover(false)
  }
  const drop = (e: DragEvent): void => {
    e.preventDefault()
    on.hover(false)
    const [file] = e.dataTransfer?.files ?? []
    if (file) on.drop(file)
  }
  const listeners = { dragover: over, dragleave: leave, drop } as const
  for (const [name, f] of Object.entries(listeners)) window.addEventListener(name as 'drop', f)
  return () => {
    for (const [name, f] of Object.entries(listeners)) window.removeEventListener(name as 'drop', f)
  }
}

const root = document.querySelector('#app')
if (!root) throw new Error('the page has no #app')
render(() => <Root />, root)
