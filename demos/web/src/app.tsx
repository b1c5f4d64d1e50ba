import { createEffect, createSignal, type JSX, onCleanup, Show } from 'solid-js'
import { bindKeys, createActions } from './actions.ts'
import { HelpSheet } from './help-sheet.tsx'
import { Hud } from './hud.tsx'
import { JointsPanel } from './joints-panel.tsx'
import { createPage } from './page.ts'
import { choicesOf, createTargets } from './page-actions.ts'
import { Palette } from './palette.tsx'
import { PartsPanel } from './parts-panel.tsx'
import type { Cursor } from './plot.tsx'
import { PlotsPanel } from './plots-panel.tsx'
import { liveSentence } from './sentences.ts'
import type { Settings } from './settings.ts'
import { createShare } from './share.ts'
import { SheetHandle, type SheetStop } from './sheet-handle.tsx'
import { SkillsPanel } from './skills-panel.tsx'
import type { Source } from './source.ts'
import { Stage } from './stage.tsx'
import { bindSteering } from './steer.ts'
import { createStop } from './stop-button.tsx'
import { Strip } from './strip.tsx'
import { TimeControls } from './time-controls.tsx'
import { TopBar } from './top-bar.tsx'
import { WorldPanel } from './world-panel.tsx'

/** The page: scene edge to edge, panels around it, one link to the run. */
export function App(props: {
  settings: Settings
  source: Source
  /** Show this file instead. */
  open: (file: File) => Promise<void>
  /** What is wrong with a file that was to be opened. */
  openProblem: string
}): JSX.Element {
  const { settings, source } = props
  const page = createPage(settings, source)
  const { live, set } = page
  const { state } = live
  const { stop, Button: StopButton } = createStop(live)
  const cursor: Cursor = createSignal<number | null>(null)
  let filePicker!: HTMLInputElement
  let canvas!: HTMLCanvasElement
  const share = createShare(page, () => canvas)
  const targets = createTargets(page, { share, stop, openFile: () => filePicker.click() })
  const actions = createActions(targets)
  const steering = bindSteering(live)
  const stopKeys = bindKeys(actions, targets)
  const retry = (): void => {
    if (document.visibilityState === 'visible') live.client.retryNow()
  }
  document.addEventListener('visibilitychange', retry)
  window.addEventListener('focus', retry)
  onCleanup(() => {
    stopKeys()
    steering.stop()
    document.removeEventListener('visibilitychange', retry)
    window.removeEventListener('focus', retry)
    live.close()
    source.dispose()
  })
  createEffect(() => {
    document.documentElement.dataset.theme = page.state.theme
  })
  createEffect(() => {
    const title = state.scene?.title
    document.title = title ? `${title} · Skillweave` : 'Skillweave'
  })

  const sheet = (): SheetStop =>
    page.state.plotsOpen ? 'full' : page.state.panelsOpen ? 'half' : 'peek'
  const setSheet = (stop: SheetStop): void => {
    set({ panelsOpen: stop !== 'peek', plotsOpen: stop === 'full' })
  }
  const robotName = (): string => {
    const name = state.robots[0]?.name ?? ''
    return name.length <= 3 ? name.toUpperCase() : name.charAt(0).toUpperCase() + name.slice(1)
  }
  const sentence = (): string =>
    liveSentence({
      robot: robotName(),
      description: state.scene?.description ?? '',
      skills: state.skills,
      weights: state.weights,
      paused: state.paused && !state.looksBack,
      byHand: state.byHand,
    })

  return (
    <div
      class="page"
      classList={{
        'panels-open': page.state.panelsOpen,
        'plots-open': page.state.plotsOpen,
        embed: settings.embed !== null,
        [`ui-${settings.embed}`]: settings.embed !== null,
        lost: state.status.state !== 'open',
        past: state.looksBack,
      }}
    >
      <TopBar
        page={page}
        robotName={robotName()}
        actions={actions}
        targets={targets}
        isFilming={share.isFilming()}
        open={props.open}
        setFilePicker={(input) => {
          filePicker = input
        }}
        stopButton={() => <StopButton />}
      />
      <Stage
        page={page}
        targets={targets}
        sentence={sentence()}
        steering={steering}
        openProblem={props.openProblem}
        setCanvas={(element) => {
          canvas = element
        }}
      />
      <aside class="panels" aria-label="Panels" hidden={!page.state.panelsOpen}>
        <SkillsPanel page={page} />
        <Show when={live.accepts('world.placeObject') || live.accepts('target.place')}>
          <WorldPanel page={page} throwBall={targets.throwBall} />
        </Show>
        <JointsPanel page={page} />
        <PartsPanel page={page} />
      </aside>
      <aside class="plots" aria-labelledby="plots-title" hidden={!page.state.plotsOpen}>
        <PlotsPanel page={page} cursor={cursor} />
      </aside>
      <footer class="bottom">
        <SheetHandle stop={sheet()} setStop={setSheet} />
        <TimeControls page={page} targets={targets} />
        <Strip page={page} cursor={cursor} />
        <Hud page={page} />
      </footer>
      <Show when={page.state.helpOpen}>
        <HelpSheet actions={actions} close={() => set({ helpOpen: false })} />
      </Show>
      <Show when={page.state.paletteOpen}>
        <Palette
          actions={[...actions, ...choicesOf(page)]}
          close={() => set({ paletteOpen: false })}
        />
      </Show>
    </div>
  )
}
