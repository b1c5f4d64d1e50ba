import {
  type CameraMode,
  createViewer,
  defaultQuality,
  type MarkName,
  type QualityName,
  qualities,
  rendererName,
  type Theme,
  type Viewer,
} from '@skillweave/viewer'
import { createEffect, createSignal, For, type JSX, onCleanup, onMount, Show } from 'solid-js'
import { type Action, type ActionTargets, bindKeys, createActions, nextSpeed } from './actions.ts'
import { recall, remember } from './browser-memory.ts'
import { LinkBanner } from './connection.tsx'
import { bindEmbed } from './embed.ts'
import { createGoalHand } from './goal-hand.ts'
import { HelpSheet } from './help-sheet.tsx'
import { Hints } from './hints.tsx'
import { Hud } from './hud.tsx'
import { JointsPanel } from './joints-panel.tsx'
import { createKicks } from './kicks.ts'
import { createLive, type Live } from './live.ts'
import { Palette } from './palette.tsx'
import type { Cursor } from './plot.tsx'
import { PlotsPanel } from './plots-panel.tsx'
import { RobotStrip } from './robot-strip.tsx'
import { cameraTitles, SceneButtons } from './scene-buttons.tsx'
import { balanceWords, liveSentence, slowWords, spoken } from './sentences.ts'
import type { Settings } from './settings.ts'
import { createShare } from './share.ts'
import { SheetHandle, type SheetStop } from './sheet-handle.tsx'
import { createShellColors, shellColorTitles } from './shell-colors.ts'
import { SkillsPanel } from './skills-panel.tsx'
import type { Source } from './source.ts'
import { SpokenSummary } from './spoken-summary.tsx'
import { bindSteering, type Steering } from './steer.ts'
import { createStop } from './stop-button.tsx'
import { Strip } from './strip.tsx'
import { exposeTestHook } from './test-hook.ts'
import { ThumbSticks } from './thumb-stick.tsx'
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
  const live: Live = createLive(source, {
    // A frame in somebody else's page has no say in a run that is not its own.
    role: settings.embed !== null && source.kind === 'server' ? 'spectator' : settings.role,
    ...(settings.token === undefined ? {} : { token: settings.token }),
  })
  const { state } = live
  const { stop, Button: StopButton } = createStop(live)
  const prefersLight = matchMedia('(prefers-color-scheme: light)')
  const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)').matches
  const [theme, setTheme] = createSignal<Theme>(
    settings.theme ?? rememberedTheme() ?? (prefersLight.matches ? 'light' : 'dark'),
  )
  const gpu = rendererName()
  const [quality, setQuality] = createSignal<QualityName>(
    settings.quality ?? defaultQuality(gpu ?? 'software'),
  )
  /** `lost`: the browser took the graphics away for a while. */
  const [picture, setPicture] = createSignal<'there' | 'lost' | 'none'>(
    gpu === null ? 'none' : 'there',
  )
  const [helpOpen, setHelpOpen] = createSignal(false)
  const [paletteOpen, setPaletteOpen] = createSignal(false)
  const [summaryOn, setSummaryOn] = createSignal(false)
  const hasRoom = settings.embed === null || settings.embed === 'full'
  const [panelsOpen, setPanelsOpen] = createSignal(innerWidth > 720 && hasRoom)
  const [plotsOpen, setPlotsOpen] = createSignal(innerWidth > 1100 && hasRoom)
  const cursor: Cursor = createSignal<number | null>(null)
  let filePicker!: HTMLInputElement
  const colors = createShellColors(live)
  const goalHand = createGoalHand(live)
  const kicks = createKicks(live)
  const [marks, setMarks] = createSignal<Readonly<Record<MarkName, boolean>>>({
    goals: true,
    contacts: false,
    balance: false,
  })
  const [camera, setCamera] = createSignal<CameraMode>('follow')
  const [follows, setFollows] = createSignal(true)
  const [hover, setHover] = createSignal<string | null>(null)
  const [pushing, setPushing] = createSignal(false)
  const [hasPushed, setHasPushed] = createSignal(false)
  const [hasPlaced, setHasPlaced] = createSignal(false)
  const [armed, setArmed] = createSignal<string | null>(null)
  const [steering, setSteering] = createSignal<Steering | null>(null)
  let canvas!: HTMLCanvasElement
  let stage!: HTMLDivElement
  let viewer: Viewer | null = null

  const share = createShare(live, { viewer: () => viewer, canvas: () => canvas })

  const targets: ActionTargets = {
    togglePause: () => {
      if (state.looksBack) live.playPast(!state.plays)
      else live.ask('world.pause', { paused: !state.paused })
    },
    step: (count) => {
      if (state.looksBack) live.lookAt(state.time_s + count * live.frame_s())
      else live.ask('world.step', { count, unit: 'control' })
    },
    stepBack: (count) => live.lookAt(state.time_s - count * live.frame_s()),
    goLive: () => live.goLive(),
    goOn: () => {
      if (state.looksBack) void live.goOnFromHere()
    },
    stop,
    faster: (direction) => live.ask('world.speed', { speed: nextSpeed(state.speed, direction) }),
    reset: (same) =>
      live.ask('world.reset', same && state.seed !== null ? { seed: state.seed } : {}),
    follow: () => setFollows(viewer?.toggleFollow() ?? true),
    nextCamera: () => {
      setCamera(viewer?.nextCamera() ?? 'follow')
      setFollows(true)
    },
    home: () => {
      viewer?.homeCamera()
      setCamera('follow')
      setFollows(true)
    },
    throwBall: () => {
      const ball = state.scene?.objects.find((o) => o.look === 'ball')
      if (ball && viewer) {
        live.ask('world.placeObject', { object: ball.name, ...viewer.throwFromCamera() })
      }
    },
    kick: (way) => {
      if (live.accepts('world.kick')) kicks.kick(way)
    },
    giveBack: () => {
      if (state.byHand) void live.ask('skill.weights', { weights: null, mode: 'override' })
      if (state.goalsByHand) goalHand.giveBack()
    },
    solo: (slot, held) => {
      const skill = state.skills[slot]
      if (skill) live.ask('skill.select', { skill: held ? skill.name : null })
    },
    nextColors: () => colors.next(),
    toggleMark: (name) => setMarks((shown) => ({ ...shown, [name]: !shown[name] })),
    toggleTheme: () => {
      setTheme(theme() === 'dark' ? 'light' : 'dark')
      remember(themeKey, theme())
    },
    togglePanels: () => setPanelsOpen(!panelsOpen()),
    togglePlots: () => setPlotsOpen(!plotsOpen()),
    ...share.targets,
    openRecording: () => filePicker.click(),
    changeRole: () => {
      if (source.kind === 'server') {
        live.setRole(state.status.role === 'operator' ? 'spectator' : 'operator')
      }
    },
    toggleSummary: () => setSummaryOn(!summaryOn()),
    palette: () => setPaletteOpen(true),
    help: () => setHelpOpen(!helpOpen()),
    escape: () => {
      setHelpOpen(false)
      arm(null)
    },
  }
  const actions = createActions(targets)
  const look = (mode: CameraMode): void => {
    viewer?.setCamera(mode)
    setCamera(mode)
    setFollows(true)
  }
  /** What is one of several, for the palette. */
  const choices = (): Action[] => [
    ...(viewer?.cameras() ?? []).map((mode) =>
      choice(`Look: ${mode === 'follow' ? 'Following' : cameraTitles[mode]}`, () => look(mode)),
    ),
    ...colors.choices().map((c) => choice(shellColorTitles[c], () => colors.choose(c))),
    ...state.controllers.map((controller) =>
      choice(`Controller: ${controller}`, () => live.ask('controller.select', { controller })),
    ),
    ...Object.values(qualities).map(({ name }) =>
      choice(`Quality: ${name}`, () => setQuality(name)),
    ),
  ]
  const sheet = (): SheetStop => (plotsOpen() ? 'full' : panelsOpen() ? 'half' : 'peek')
  const setSheet = (stop: SheetStop): void => {
    setPanelsOpen(stop !== 'peek')
    setPlotsOpen(stop === 'full')
  }

  const kindOf = (name: string): 'object' | 'target' =>
    state.targets.includes(name) ? 'target' : 'object'
  const place = (name: string, pos_w: readonly [number, number, number]): void => {
    setHasPlaced(true)
    setArmed(null)
    if (kindOf(name) === 'target') live.ask('target.place', { target: name, pos_w })
    else live.ask('world.placeObject', { object: name, pos_w })
  }
  const arm = (name: string | null): void => {
    setArmed(name)
    viewer?.armPlacement(name === null ? null : { kind: kindOf(name), name })
  }

  onMount(() => {
    if (picture() !== 'none') {
      viewer = tryViewer(canvas, {
        theme: theme(),
        quality: quality(),
        reducedMotion,
        onContext: (isThere) => setPicture(isThere ? 'there' : 'lost'),
        handlers: {
          onPush: (push) => {
            setPushing(true)
            setHasPushed(true)
            live.client.send('world.push', { ...push, validFor_ms: 200 })
          },
          onPushEnd: () => setPushing(false),
          onPlace: ({ name, pos_w }) => place(name, pos_w),
          onGoal: ({ skill, goal }) => goalHand.set(skill, goal),
          onHover: setHover,
        },
      })
      if (!viewer) setPicture('none')
    }
    const resize = new ResizeObserver(() => {
      const { width, height } = stage.getBoundingClientRect()
      viewer?.setSize(Math.round(width), Math.round(height), devicePixelRatio)
    })
    resize.observe(stage)
    const stopKeys = bindKeys(actions, targets)
    const bound = bindSteering(live)
    setSteering(bound)
    const stopEmbed =
      settings.embed === null
        ? () => {}
        : bindEmbed({ live, viewer: () => viewer, element: stage, allowed: settings.allowed })
    if (settings.link.camera) viewer?.setCameraPose(settings.link.camera)
    let frame = 0
    let lastDrawn_ms = 0
    const draw = (now_ms: number): void => {
      frame = requestAnimationFrame(draw)
      if (settings.fpsMax > 0 && now_ms - lastDrawn_ms < 1000 / settings.fpsMax - 2) return
      lastDrawn_ms = now_ms
      live.step(viewer)
      if (viewer) colors.step(viewer)
      if (viewer?.render(now_ms)) live.countFrame()
    }
    frame = requestAnimationFrame(draw)
    const retry = (): void => {
      if (document.visibilityState === 'visible') live.client.retryNow()
    }
    document.addEventListener('visibilitychange', retry)
    window.addEventListener('focus', retry)
    if (settings.test) exposeTestHook({ live, viewer })
    onCleanup(() => {
      cancelAnimationFrame(frame)
      resize.disconnect()
      stopKeys()
      bound.stop()
      stopEmbed()
      document.removeEventListener('visibilitychange', retry)
      window.removeEventListener('focus', retry)
      viewer?.dispose()
      live.close()
      source.dispose()
    })
  })

  createEffect(() => {
    document.documentElement.dataset.theme = theme()
    viewer?.setTheme(theme())
  })
  createEffect(() => viewer?.setQuality(quality()))
  createEffect(() => viewer?.setMarks(marks()))
  createEffect(() => viewer?.setColorMode(colors.mode()))
  createEffect(() => {
    const { status, frameAge_s, paused } = state
    const lost = status.state !== 'open'
    const old = !paused && (frameAge_s ?? 0) > 0.5
    viewer?.setLight(lost ? 'stopped' : old ? 'stale' : 'live')
    const canAct = !lost && status.role !== 'spectator' && !state.looksBack
    viewer?.setGestures({
      world: canAct && live.accepts('world.push'),
      goals: canAct && live.accepts('skill.goal') && marks().goals,
    })
  })
  createEffect(() => {
    const title = state.scene?.title
    document.title = title ? `${title} · Skillweave` : 'Skillweave'
  })

  const isTouch = matchMedia('(pointer: coarse)').matches
  /** Thumbs are offered where keys and gamepads would do something. */
  const canSteer = (): boolean =>
    isTouch &&
    !state.looksBack &&
    ((state.accepts !== null && live.accepts('command.velocity')) ||
      (state.targets.length > 0 && live.accepts('target.place')))
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
        'panels-open': panelsOpen(),
        'plots-open': plotsOpen(),
        embed: settings.embed !== null,
        [`ui-${settings.embed}`]: settings.embed !== null,
        lost: state.status.state !== 'open',
        past: state.looksBack,
      }}
    >
      <TopBar
        live={live}
        robotName={robotName()}
        actions={actions}
        targets={targets}
        theme={theme()}
        panelsOpen={panelsOpen()}
        plotsOpen={plotsOpen()}
        isFilming={share.isFilming()}
        open={props.open}
        setFilePicker={(input) => {
          filePicker = input
        }}
        stopButton={() => <StopButton />}
      />

      <main class="stage" ref={stage} aria-label="Scene">
        <RobotStrip live={live} />
        <canvas
          ref={canvas}
          tabindex="0"
          role="img"
          aria-label={`Three-dimensional view. ${sentence()}`}
          class="scene"
        />
        <Show when={pictureWords[picture()]}>
          {(words) => (
            <p class="no-webgl" role="status">
              {words()}
            </p>
          )}
        </Show>
        <Show when={state.robots.length === 0 && picture() === 'there'}>
          <div class="still" aria-hidden="true" />
        </Show>
        <LinkBanner state={state} source={source} retry={() => live.client.retryNow()} />
        <Show when={props.openProblem}>
          <p class="notice error" role="alert">
            {props.openProblem}
          </p>
        </Show>
        <SceneButtons
          live={live}
          targets={targets}
          camera={camera()}
          follows={follows()}
          colors={colors}
          marks={marks()}
        />
        <Show when={canSteer() && steering()}>
          {(bound) => <ThumbSticks live={live} steering={bound()} />}
        </Show>
        <div class="below-scene">
          <Hints
            hasPushed={hasPushed()}
            hasPlaced={hasPlaced()}
            looksBack={state.looksBack}
            places={
              state.scene?.objects.find((o) => o.look === 'hoop' || o.look === 'target')?.look
            }
            ready={state.frameAge_s !== null && live.accepts('world.push')}
          />
          <Show when={armed()}>
            <p class="hint">
              Click the floor to put the {spoken(armed() ?? '')} there. Esc to leave it.
            </p>
          </Show>
          <Show when={state.isSlow}>
            <p class="slow" role="status">
              {slowWords({
                asked: state.speed,
                reached: state.reachedSpeed,
                robots: state.robots.length,
              })}
            </p>
          </Show>
          <p class="sentence">{state.complaint || sentence()}</p>
          <Show when={summaryOn()}>
            <SpokenSummary live={live} sentence={sentence} />
          </Show>
          <Show when={(state.push_N ?? 0) >= 1}>
            <span class="hover-name">{state.push_N?.toFixed(0)} N</span>
          </Show>
          <Show when={marks().balance && state.marks.includes('balance')}>
            <span class="hover-name">{balanceWords(state.margin_m)}</span>
          </Show>
          <Show when={hover() && !pushing()}>
            <span class="hover-name">{spoken(hover() ?? '')}</span>
          </Show>
        </div>
        <For each={state.notices.filter((n) => n.text !== '')}>
          {(n) => <p class={`notice ${n.level}`}>{n.text}</p>}
        </For>
      </main>

      <aside class="panels" aria-label="Panels" hidden={!panelsOpen()}>
        <SkillsPanel live={live} theme={theme()} goalHand={goalHand} />
        <Show when={live.accepts('world.placeObject') || live.accepts('target.place')}>
          <WorldPanel
            live={live}
            armed={armed()}
            arm={arm}
            place={place}
            throwBall={targets.throwBall}
            kicks={kicks}
          />
        </Show>
        <JointsPanel live={live} />
      </aside>

      <aside class="plots" aria-labelledby="plots-title" hidden={!plotsOpen()}>
        <PlotsPanel live={live} theme={theme()} cursor={cursor} />
      </aside>

      <footer class="bottom">
        <SheetHandle stop={sheet()} setStop={setSheet} />
        <TimeControls live={live} targets={targets} />
        <Strip live={live} theme={theme()} cursor={cursor} />
        <Hud state={state} quality={quality()} setQuality={setQuality} gpu={gpu} />
      </footer>
      <Show when={helpOpen()}>
        <HelpSheet actions={actions} close={() => setHelpOpen(false)} />
      </Show>
      <Show when={paletteOpen()}>
        <Palette actions={[...actions, ...choices()]} close={() => setPaletteOpen(false)} />
      </Show>
    </div>
  )
}

const pictureWords = {
  there: '',
  none: 'No 3D here: WebGL 2 is off in this browser. Skills, strip, plots and controls still work.',
  lost: 'The browser took the graphics away; the picture comes back by itself. Skills, strip, plots and controls still work.',
} as const

/** A viewer, or null where the browser has no WebGL 2 for it after all. */
function tryViewer(...args: Parameters<typeof createViewer>): Viewer | null {
  try {
    return createViewer(...args)
  } catch {
    return null
  }
}

const choice = (title: string, run: () => void): Action => ({
  id: title,
  keys: [],
  shown: '',
  title,
  group: 'Choice',
  run,
})

const themeKey = 'skillweave.theme'

function rememberedTheme(): Theme | null {
  const value = recall(themeKey)
  return value === 'dark' || value === 'light' ? value : null
}
