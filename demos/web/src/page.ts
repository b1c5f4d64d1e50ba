import {
  type CameraMode,
  defaultQuality,
  type MarkName,
  rendererName,
  type Theme,
  type Viewer,
} from '@skillweave/viewer'
import { createStore, type SetStoreFunction } from 'solid-js/store'
import { createQualityChoice, type QualityChoice } from './auto-quality.ts'
import { type Bookmarks, createBookmarks } from './bookmarks.ts'
import { recall, remember } from './browser-memory.ts'
import { createGoalHand, type GoalHand } from './goal-hand.ts'
import { createKicks, type Kicks } from './kicks.ts'
import { createLive } from './live.ts'
import type { Live } from './live-interface.ts'
import { createPlotMarkers, type PlotMarkers } from './plot-markers.ts'
import { createSelection, type Selection } from './selection.ts'
import type { Settings } from './settings.ts'
import { createShellColors, type ShellColors } from './shell-colors.ts'
import type { Source } from './source.ts'

/** What the page shows, and how, beside the run itself. */
export interface PageState {
  theme: Theme
  /** `lost`: the browser took the graphics away for a while; `none`: there is no WebGL 2. */
  picture: 'there' | 'lost' | 'none'
  helpOpen: boolean
  paletteOpen: boolean
  summaryOn: boolean
  panelsOpen: boolean
  plotsOpen: boolean
  /** Drawn over the scene. */
  marks: Record<MarkName, boolean>
  camera: CameraMode
  follows: boolean
  /** Name of what is under the pointer. */
  hover: string | null
  /** A hand pulls at the robot. */
  isPushing: boolean
  hasPushed: boolean
  hasPlaced: boolean
  /** What the next click on the floor puts there. */
  armed: string | null
  /** Of the capture point inside what carries the robot, m; null: not shown or not known. */
  captureMargin_m: number | null
}

/** The page as its parts see it: one link to a run, and what is shared by more than one of them. */
export interface Page {
  readonly settings: Settings
  readonly source: Source
  readonly live: Live
  readonly state: PageState
  readonly set: SetStoreFunction<PageState>
  readonly gpu: string | null
  readonly reducedMotion: boolean
  readonly selection: Selection
  readonly bookmarks: Bookmarks
  readonly plotMarkers: PlotMarkers
  readonly colors: ShellColors
  readonly quality: QualityChoice
  readonly goalHand: GoalHand
  readonly kicks: Kicks
  /** null without WebGL, and before the page is there. */
  viewer: Viewer | null
  setTheme(theme: Theme): void
  /** Put an object or a target somewhere, world, m. */
  place(name: string, pos_w: readonly [number, number, number]): void
  /** The next click on the floor puts this there; null: nothing. */
  arm(name: string | null): void
}

export function createPage(settings: Settings, source: Source): Page {
  const live = createLive(source, {
    // A frame in somebody else's page has no say in a run that is not its own.
    role: settings.embed !== null && source.kind === 'server' ? 'spectator' : settings.role,
    ...(settings.token === undefined ? {} : { token: settings.token }),
  })
  const gpu = rendererName()
  const hasRoom = settings.embed === null || settings.embed === 'full'
  const [state, set] = createStore<PageState>({
    theme: settings.theme ?? rememberedTheme() ?? preferredTheme(),
    picture: gpu === null ? 'none' : 'there',
    helpOpen: false,
    paletteOpen: false,
    summaryOn: false,
    panelsOpen: innerWidth > 720 && hasRoom,
    plotsOpen: innerWidth > 1100 && hasRoom,
    marks: { goals: true, contacts: false, balance: false },
    camera: 'follow',
    follows: true,
    hover: null,
    isPushing: false,
    hasPushed: false,
    hasPlaced: false,
    armed: null,
    captureMargin_m: null,
  })
  const kindOf = (name: string): 'object' | 'target' =>
    live.state.targets.includes(name) ? 'target' : 'object'

  const page: Page = {
    settings,
    source,
    live,
    state,
    set,
    gpu,
    reducedMotion: matchMedia('(prefers-reduced-motion: reduce)').matches,
    selection: createSelection(),
    bookmarks: createBookmarks(live, [
      ...(source.bookmarks ?? []),
      ...(settings.link.bookmarks ?? []),
    ]),
    plotMarkers: createPlotMarkers(),
    colors: createShellColors(live),
    quality: createQualityChoice({
      fixed: settings.quality,
      suited: defaultQuality(gpu ?? 'software'),
      say: live.say,
    }),
    goalHand: createGoalHand(live),
    kicks: createKicks(live),
    viewer: null,
    setTheme(theme) {
      set({ theme })
      remember(themeKey, theme)
    },
    place(name, pos_w) {
      set({ hasPlaced: true, armed: null })
      if (kindOf(name) === 'target') void live.ask('target.place', { target: name, pos_w })
      else void live.ask('world.placeObject', { object: name, pos_w })
    },
    arm(name) {
      set({ armed: name })
      page.viewer?.armPlacement(name === null ? null : { kind: kindOf(name), name })
    },
  }
  return page
}

const themeKey = 'skillweave.theme'

const preferredTheme = (): Theme =>
  matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark'

function rememberedTheme(): Theme | null {
  const value = recall(themeKey)
  return value === 'dark' || value === 'light' ? value : null
}
