import { type CameraMode, qualities } from '@skillweave/viewer'
import { type Action, type ActionTargets, nextSpeed } from './actions.ts'
import { type NudgeKey, nudge } from './nudge.ts'
import type { Page } from './page.ts'
import { cameraTitles } from './scene-buttons.tsx'
import type { Share } from './share.ts'
import { shellColorTitles } from './shell-colors.ts'

/** What every action of the table does on this page. */
export function createTargets(
  page: Page,
  parts: { share: Share; stop: () => void; openFile: () => void },
): ActionTargets {
  return {
    ...timeTargets(page),
    ...sceneTargets(page),
    ...robotTargets(page),
    ...selectionTargets(page),
    ...pageTargets(page),
    ...parts.share.targets,
    stop: parts.stop,
    openRecording: parts.openFile,
  }
}

const timeTargets = ({ live, bookmarks }: Page) => {
  const { state } = live
  return {
    togglePause() {
      if (state.looksBack) live.playPast(!state.plays)
      else void live.ask('world.pause', { paused: !state.paused })
    },
    step(count: number) {
      if (state.looksBack) live.lookAt(state.time_s + count * live.frame_s())
      else void live.ask('world.step', { count, unit: 'control' })
    },
    stepBack: (count: number) => live.lookAt(state.time_s - count * live.frame_s()),
    goLive: () => live.goLive(),
    goOn() {
      if (state.looksBack) void live.goOnFromHere()
    },
    faster(direction: 1 | -1) {
      void live.ask('world.speed', { speed: nextSpeed(state.speed, direction) })
    },
    reset(same: boolean) {
      const seed = same && state.seed !== null ? { seed: state.seed } : {}
      void live.ask('world.reset', seed)
    },
    bookmark: () => bookmarks.add(),
    jump: (direction: 1 | -1) => bookmarks.jump(direction),
  }
}

const sceneTargets = (page: Page) => ({
  follow: () => page.set({ follows: page.viewer?.toggleFollow() ?? true }),
  nextCamera: () => page.set({ camera: page.viewer?.nextCamera() ?? 'follow', follows: true }),
  home() {
    page.viewer?.homeCamera()
    page.set({ camera: 'follow', follows: true })
  },
  nextColors: () => page.colors.next(),
  toggleMark: (name: keyof Page['state']['marks']) => page.set('marks', name, (isOn) => !isOn),
})

const robotTargets = (page: Page) => {
  const { live, kicks, goalHand } = page
  const { state } = live
  return {
    throwBall() {
      const ball = state.scene?.objects.find((o) => o.look === 'ball')
      if (!ball || !page.viewer) return
      const { pos_w, linVel_w } = page.viewer.throwFromCamera()
      void live.ask('world.placeObject', { object: ball.name, pos_w, linVel_w })
    },
    kick(way: Parameters<typeof kicks.kick>[0]) {
      if (live.accepts('world.kick')) kicks.kick(way)
    },
    giveBack() {
      if (state.byHand) void live.ask('skill.weights', { weights: null, mode: 'override' })
      if (state.goalsByHand) goalHand.giveBack()
    },
    solo(slot: number, held: boolean) {
      const skill = state.skills[slot]
      if (skill) void live.ask('skill.select', { skill: held ? skill.name : null })
    },
  }
}

const selectionTargets = (page: Page) => {
  const { live, selection } = page
  /** What arrow keys move; null: nothing is selected that can be. */
  const movable = (): string | null => {
    const what = selection.now()
    const can = live.accepts(what?.kind === 'target' ? 'target.place' : 'world.placeObject')
    if (!what || !can || live.state.looksBack) return null
    return what.kind === 'object' || what.kind === 'target' ? what.name : null
  }
  return {
    canNudge: () => movable() !== null,
    nudge(key: NudgeKey) {
      const name = movable()
      if (name === null) return
      const [x, y, z] = live.whereIs(name)
      const by = nudge(key, page.viewer?.cameraPose() ?? [0, 0, 0, 1, 0, 0])
      page.place(name, [x + by[0], y + by[1], Math.max(0, z + by[2])])
    },
    undoSelection: () => selection.undo(),
    escape() {
      const isBusy = page.state.helpOpen || page.state.armed !== null
      page.set({ helpOpen: false })
      page.arm(null)
      if (!isBusy) selection.choose(null)
    },
  }
}

const pageTargets = (page: Page) => {
  const { live, source, state, set, plotMarkers } = page
  return {
    toggleTheme: () => page.setTheme(state.theme === 'dark' ? 'light' : 'dark'),
    togglePanels: () => set('panelsOpen', (isOpen) => !isOpen),
    togglePlots: () => set('plotsOpen', (isOpen) => !isOpen),
    plotMarker: () => plotMarkers.put(live.state.time_s),
    changeRole() {
      if (source.kind !== 'server') return
      live.setRole(live.state.status.role === 'operator' ? 'spectator' : 'operator')
    },
    toggleSummary: () => set('summaryOn', (isOn) => !isOn),
    palette: () => set({ paletteOpen: true }),
    help: () => set('helpOpen', (isOpen) => !isOpen),
  }
}

/** What is one of several, for the palette. */
export function choicesOf(page: Page): Action[] {
  const { live, colors, quality } = page
  const look = (mode: CameraMode): void => {
    page.viewer?.setCamera(mode)
    page.set({ camera: mode, follows: true })
  }
  return [
    ...(page.viewer?.cameras() ?? []).map((mode) =>
      choice(`Look: ${mode === 'follow' ? 'Following' : cameraTitles[mode]}`, () => look(mode)),
    ),
    ...colors.choices().map((c) => choice(shellColorTitles[c], () => colors.choose(c))),
    ...live.state.controllers.map((controller) =>
      choice(`Controller: ${controller}`, () => {
        void live.ask('controller.select', { controller })
      }),
    ),
    ...Object.values(qualities).map(({ name }) =>
      choice(`Quality: ${name}`, () => quality.choose(name)),
    ),
    choice('Quality: by itself', () => quality.choose('auto')),
  ]
}

const choice = (title: string, run: () => void): Action => ({
  id: title,
  keys: [],
  shown: '',
  title,
  group: 'Choice',
  run,
})
