import {
  type CameraMode,
  createViewer,
  defaultQuality,
  type MarkName,
  type QualityName,
  rendererName,
  type Theme,
  type Viewer,
} from '@skillweave/viewer'
import { createEffect, createSignal, For, type JSX, onCleanup, onMount, Show } from 'solid-js'
import { type ActionTargets, bindKeys, createActions, nextSpeed } from './actions.ts'
import { ConnectionChip, LinkBanner } from './connection.tsx'
import { HelpSheet } from './help-sheet.tsx'
import { Hints } from './hints.tsx'
import { Hud } from './hud.tsx'
import { JointsPanel } from './joints-panel.tsx'
import { createLive, type Live } from './live.ts'
import type { Cursor } from './plot.tsx'
import { PlotsPanel } from './plots-panel.tsx'
import { Scoreboard } from './scoreboard.tsx'
import { balanceWords, liveSentence, spoken } from './sentences.ts'
import type { Settings, ViewRole } from './settings.ts'
import { createShare } from './share.ts'
import { ShareMenu } from './share-menu.tsx'
import { SkillsPanel } from './skills-panel.tsx'
import type { Source } from './source.ts'
import { bindSteering } from './steer.ts'
import { createStop } from './stop-button.tsx'
import { Strip } from './strip.tsx'
import { exposeTestHook } from './test-hook.ts'
import { TimeControls } from './time-controls.tsx'
import { WorldPanel } from './world-panel.tsx'

/** The page: scene edge to edge, panels around it, one link to the run. */
export function App(props: {
  settings: Settings
  source: Source
  /** Show this file instead. */
  open: (file: File) => Promise<void>
  /** What is wrong with a file that was to be opened. */
  openProblem: string
  role: ViewRole
  setRole: (role: ViewRole) => void
}): JSX.Element {
  const { settings, source } = props
  const live: Live = createLive(source, {
    role: props.role,
    ...(settings.token === undefined ? {} : { token: settings.token }),
  })
  const { state } = live
  const { stop, Button: StopButton } = createStop(live)
  const prefersLight = matchMedia('(prefers-color-scheme: light)')
  const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)').matches
  const [theme, setTheme] = createSignal<Theme>(
    settings.theme ?? remembered() ?? (prefersLight.matches ? 'light' : 'dark'),
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
  const [panelsOpen, setPanelsOpen] = createSignal(innerWidth > 720 && !settings.embed)
  const [plotsOpen, setPlotsOpen] = createSignal(innerWidth > 1100 && !settings.embed)
  const cursor: Cursor = createSignal<number | null>(null)
  let filePicker!: HTMLInputElement
  const [bySkill, setBySkill] = createSignal(false)
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
    giveBack: () => live.ask('skill.weights', { weights: null, mode: 'override' }),
    solo: (slot, held) => {
      const skill = state.skills[slot]
      if (skill) live.ask('skill.select', { skill: held ? skill.name : null })
    },
    toggleColors: () => {
      setBySkill(!bySkill())
      viewer?.setColorMode(bySkill() ? 'skill' : 'family')
    },
    toggleMark: (name) => setMarks((shown) => ({ ...shown, [name]: !shown[name] })),
    toggleTheme: () => {
      setTheme(theme() === 'dark' ? 'light' : 'dark')
      remember(theme())
    },
    togglePanels: () => setPanelsOpen(!panelsOpen()),
    togglePlots: () => setPlotsOpen(!plotsOpen()),
    ...share.targets,
    openRecording: () => filePicker.click(),
    changeRole: () => {
      if (source.kind === 'server') {
        props.setRole(props.role === 'operator' ? 'spectator' : 'operator')
      }
    },
    help: () => setHelpOpen(!helpOpen()),
    escape: () => {
      setHelpOpen(false)
      arm(null)
    },
  }
  const actions = createActions(targets)

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
    const stopSteering = bindSteering(live)
    if (settings.link.camera) viewer?.setCameraPose(settings.link.camera)
    let frame = 0
    let lastDrawn_ms = 0
    const draw = (now_ms: number): void => {
      frame = requestAnimationFrame(draw)
      if (settings.fpsMax > 0 && now_ms - lastDrawn_ms < 1000 / settings.fpsMax - 2) return
      lastDrawn_ms = now_ms
      live.step(viewer)
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
      stopSteering()
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
  createEffect(() => {
    const { status, frameAge_s, paused } = state
    const lost = status.state !== 'open'
    const old = !paused && (frameAge_s ?? 0) > 0.5
    viewer?.setLight(lost ? 'stopped' : old ? 'stale' : 'live')
    viewer?.setInteractive(
      !lost && status.role !== 'spectator' && !state.looksBack && live.accepts('world.push'),
    )
  })
  createEffect(() => {
    const title = state.scene?.title
    document.title = title ? `${title} · Skillweave` : 'Skillweave'
  })

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
        embed: settings.embed,
        lost: state.status.state !== 'open',
        past: state.looksBack,
      }}
    >
      <header class="bar">
        <h1>
          <span class="mark" aria-hidden="true" />
          {state.scene?.title ?? 'Skillweave'}
          <Show when={robotName()}>
            <span class="robot-name">{robotName()}</span>
          </Show>
        </h1>
        <ConnectionChip state={state} source={source} />
        <Show when={source.kind === 'server' && props.role === 'spectator'}>
          <button
            type="button"
            class="badge"
            onClick={targets.changeRole}
            title="This page only watches: it can look back, plot and record, but change nothing (Y)"
            data-action="take-part"
          >
            watching · take part
          </button>
        </Show>
        <Show when={state.seed !== null}>
          <span class="quiet">seed {state.seed}</span>
        </Show>
        <span class="grow" />
        <Scoreboard state={state} />
        <span class="grow" />
        <ShareMenu live={live} actions={actions} isFilming={share.isFilming()} />
        <input
          ref={filePicker}
          type="file"
          accept=".mcap"
          hidden
          aria-label="Recording to open"
          onChange={(e) => {
            const [file] = e.currentTarget.files ?? []
            if (file) void props.open(file)
            e.currentTarget.value = ''
          }}
        />
        <button
          type="button"
          class="icon"
          onClick={targets.toggleTheme}
          title="Dark or light (T)"
          aria-label={theme() === 'dark' ? 'Use the light theme' : 'Use the dark theme'}
        >
          <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path d="M8 1a7 7 0 1 0 0 14z" fill="currentColor" />
            <circle cx="8" cy="8" r="6.3" fill="none" stroke="currentColor" stroke-width="1.4" />
          </svg>
        </button>
        <button
          type="button"
          class="icon"
          onClick={targets.togglePanels}
          aria-pressed={panelsOpen()}
          aria-label="Panels"
          title="Panels (H)"
        >
          <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path
              d="M1.7 2.7h12.6v10.6H1.7z"
              fill="none"
              stroke="currentColor"
              stroke-width="1.4"
            />
            <path d="M2 3h4v10H2z" fill="currentColor" />
          </svg>
        </button>
        <button
          type="button"
          class="icon"
          onClick={targets.togglePlots}
          aria-pressed={plotsOpen()}
          aria-label="Plots"
          title="Plots (G)"
        >
          <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path
              d="M1.7 2v12h12.6M3.5 10.5l3-4 2.5 2.5 4-5.5"
              fill="none"
              stroke="currentColor"
              stroke-width="1.4"
            />
          </svg>
        </button>
        <button
          type="button"
          class="icon"
          onClick={targets.help}
          aria-label="Keys"
          title="Keys (?)"
        >
          ?
        </button>
        <Show when={live.accepts('world.pause')}>
          <StopButton />
        </Show>
      </header>

      <main class="stage" ref={stage} aria-label="Scene">
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
        <fieldset class="camera-buttons" aria-label="Camera">
          <button type="button" onClick={targets.home} title="First view (Home)">
            Home
          </button>
          <button
            type="button"
            onClick={targets.follow}
            aria-pressed={follows()}
            title="Follow the robot (F)"
          >
            Follow
          </button>
          <button type="button" onClick={targets.nextCamera} title="Next camera (C)">
            {cameraTitles[camera()]}
          </button>
          <Show when={state.skills.length > 0}>
            <button
              type="button"
              onClick={targets.toggleColors}
              aria-pressed={bySkill()}
              title="Colour the robot by its skills (K)"
            >
              Skill colours
            </button>
          </Show>
          <For each={markTitles}>
            {({ name, title, key }) => (
              <Show when={state.marks.includes(name)}>
                <button
                  type="button"
                  onClick={() => targets.toggleMark(name)}
                  aria-pressed={marks()[name]}
                  title={`${title} (${key})`}
                  data-action={`mark-${name}`}
                >
                  {title}
                </button>
              </Show>
            )}
          </For>
        </fieldset>
        <div class="below-scene">
          <Hints
            hasPushed={hasPushed()}
            hasPlaced={hasPlaced()}
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
          <p class="sentence">{state.complaint || sentence()}</p>
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
        <SkillsPanel live={live} theme={theme()} />
        <Show when={live.accepts('world.placeObject') || live.accepts('target.place')}>
          <WorldPanel
            live={live}
            armed={armed()}
            arm={arm}
            place={place}
            throwBall={targets.throwBall}
          />
        </Show>
        <JointsPanel live={live} />
      </aside>

      <aside class="plots" aria-labelledby="plots-title" hidden={!plotsOpen()}>
        <PlotsPanel live={live} theme={theme()} cursor={cursor} />
      </aside>

      <footer class="bottom">
        <TimeControls live={live} targets={targets} />
        <Strip live={live} theme={theme()} cursor={cursor} />
        <Hud state={state} quality={quality()} setQuality={setQuality} gpu={gpu} />
      </footer>
      <Show when={helpOpen()}>
        <HelpSheet actions={actions} close={() => setHelpOpen(false)} />
      </Show>
    </div>
  )
}

const cameraTitles: Readonly<Record<CameraMode, string>> = {
  follow: 'Camera',
  chase: 'Chase',
  side: 'Side',
  front: 'Front',
  top: 'Top',
  hoop: 'To the hoop',
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

const markTitles = [
  { name: 'goals', title: 'Goals', key: 'V' },
  { name: 'contacts', title: 'Contacts', key: 'J' },
  { name: 'balance', title: 'Balance', key: 'N' },
] as const satisfies readonly { name: MarkName; title: string; key: string }[]

const themeKey = 'skillweave.theme'

function remembered(): Theme | null {
  try {
    const value = localStorage.getItem(themeKey)
    return value === 'dark' || value === 'light' ? value : null
  } catch {
    return null
  }
}

function remember(theme: Theme): void {
  try {
    localStorage.setItem(themeKey, theme)
  } catch {
    // Storage may be off; the choice then lasts as long as the page.
  }
}
