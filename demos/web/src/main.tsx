import { createSignal, type JSX, lazy, Show } from 'solid-js'
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
  return (
    <Show when={source()} keyed fallback={<StartPage open={open} problem={problem()} />}>
      {(shown) => <App settings={settings} source={shown} open={open} openProblem={problem()} />}
    </Show>
  )
}

const root = document.querySelector('#app')
if (!root) throw new Error('the page has no #app')
render(() => <Root />, root)
