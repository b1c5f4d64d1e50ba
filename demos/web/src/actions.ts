import type { MarkName } from '@skillweave/viewer'
import { type KickWay, kickWays } from './kicks.ts'
import type { NudgeKey } from './nudge.ts'

/** One thing the page can do: its key, its sheet entry and its button come from here. */
export interface Action {
  readonly id: string
  /** `KeyboardEvent.key` values, lower case; `shift+`, `ctrl+` or `alt+` in front where it matters. None: of the palette only. */
  readonly keys: readonly string[]
  /** As written on the sheet. */
  readonly shown: string
  readonly title: string
  readonly group: 'Time' | 'Camera' | 'Robot' | 'Selection' | 'Share' | 'Page' | 'Choice'
  /** Again and again while the key is held. */
  readonly repeats?: boolean
  /** False: the key belongs to whatever else listens to it. */
  isOn?(): boolean
  run(event?: KeyboardEvent): void
}

/** Speeds of the slow-motion control, times real time. */
export const speeds = [1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8] as const

/** The next speed up or down the list. */
export function nextSpeed(speed: number, direction: 1 | -1): number {
  if (direction > 0) return speeds.find((s) => s > speed * 1.01) ?? speeds[speeds.length - 1]
  return speeds.findLast((s) => s < speed * 0.99) ?? speeds[0]
}

/** What actions need from the page. */
export interface ActionTargets {
  togglePause(): void
  step(count: number): void
  stepBack(count: number): void
  goLive(): void
  bookmark(): void
  jump(direction: 1 | -1): void
  goOn(): void
  stop(): void
  faster(direction: 1 | -1): void
  reset(sameSeed: boolean): void
  follow(): void
  nextCamera(): void
  home(): void
  throwBall(): void
  kick(way: KickWay): void
  giveBack(): void
  solo(slot: number, held: boolean): void
  canNudge(): boolean
  nudge(key: NudgeKey): void
  undoSelection(): void
  nextColors(): void
  toggleMark(name: MarkName): void
  toggleTheme(): void
  togglePanels(): void
  togglePlots(): void
  plotMarker(): void
  screenshot(): void
  toggleVideo(): void
  toggleRecording(): void
  saveLastMinute(): void
  openRecording(): void
  copyLink(): void
  changeRole(): void
  toggleSummary(): void
  palette(): void
  help(): void
  escape(): void
}

/** The table: keys, the key sheet and the buttons all read it. */
export const createActions = (t: ActionTargets): readonly Action[] => [
  row('stop', 'Time', 'x', 'X', 'Stop at once', () => t.stop()),
  row('pause', 'Time', ' ', 'Space', 'Hold or play what is on screen', () => t.togglePause()),
  row('step', 'Time', '.', '.', 'One control step', () => t.step(1)),
  row('step10', 'Time', 'shift+>', 'Shift .', 'Ten control steps', () => t.step(10)),
  row('back', 'Time', ',', ',', 'Look one step back', () => t.stepBack(1)),
  row('back10', 'Time', 'shift+<', 'Shift ,', 'Look ten steps back', () => t.stepBack(10)),
  row('live', 'Time', 'l', 'L', 'Back to now', () => t.goLive()),
  row('goOn', 'Time', 'enter', 'Enter', 'Go on from the moment on screen', () => t.goOn()),
  row('bookmark', 'Time', 'z', 'Z', 'Mark the moment on screen', () => t.bookmark()),
  row('lastMark', 'Time', 'shift+{', 'Shift [', 'To the mark before', () => t.jump(-1)),
  row('nextMark', 'Time', 'shift+}', 'Shift ]', 'To the next mark', () => t.jump(1)),
  row('slower', 'Time', '[', '[', 'Slower', () => t.faster(-1)),
  row('faster', 'Time', ']', ']', 'Faster', () => t.faster(1)),
  row('reset', 'Time', 'r', 'R', 'Start again with a new seed', () => t.reset(false)),
  row('resetSame', 'Time', 'shift+r', 'Shift R', 'Start again with the same seed', () =>
    t.reset(true),
  ),
  row('follow', 'Camera', 'f', 'F', 'Follow the robot or stay', () => t.follow()),
  row('camera', 'Camera', 'c', 'C', 'Next camera', () => t.nextCamera()),
  row('home', 'Camera', 'home', 'Home', 'Back to the first view', () => t.home()),
  row('throw', 'Robot', 'b', 'B', 'Throw the ball at the robot', () => t.throwBall()),
  kick('arrowup', 'forward', t),
  kick('arrowdown', 'back', t),
  kick('arrowleft', 'left', t),
  kick('arrowright', 'right', t),
  row('giveBack', 'Robot', '0', '0', 'Give skills and their goals back', () => t.giveBack()),
  row('colors', 'Robot', 'k', 'K', 'What the colours of the robot mean', () => t.nextColors()),
  row('goals', 'Robot', 'v', 'V', 'Show what the skills aim at', () => t.toggleMark('goals')),
  row('contacts', 'Robot', 'j', 'J', 'Show contacts and their forces', () =>
    t.toggleMark('contacts'),
  ),
  row('balance', 'Robot', 'n', 'N', 'Show the centre of mass over what carries it', () =>
    t.toggleMark('balance'),
  ),
  nudgeRow('arrowup', 'up', '↑', 'Move it 5 cm away', t),
  nudgeRow('arrowdown', 'down', '↓', 'Move it 5 cm nearer', t),
  nudgeRow('arrowleft', 'left', '←', 'Move it 5 cm to the left', t),
  nudgeRow('arrowright', 'right', '→', 'Move it 5 cm to the right', t),
  nudgeRow('pageup', 'higher', 'Page ↑', 'Move it 5 cm up', t),
  nudgeRow('pagedown', 'lower', 'Page ↓', 'Move it 5 cm down', t),
  row(
    'undoSelection',
    'Selection',
    'alt+arrowleft',
    'Alt ←',
    'Back to what was selected before',
    () => t.undoSelection(),
  ),
  row('escape', 'Selection', 'escape', 'Esc', 'Close; else select nothing', () => t.escape()),
  row('screenshot', 'Share', 'p', 'P', 'Save a picture', () => t.screenshot()),
  row('video', 'Share', 'shift+p', 'Shift P', 'Start or end a video', () => t.toggleVideo()),
  row('record', 'Share', 'm', 'M', 'Start or end a recording', () => t.toggleRecording()),
  row('save', 'Share', 'shift+m', 'Shift M', 'Save the last minute', () => t.saveLastMinute()),
  row('open', 'Share', 'o', 'O', 'Open a recording', () => t.openRecording()),
  row('link', 'Share', 'u', 'U', 'Copy a link to this moment', () => t.copyLink()),
  row('plots', 'Page', 'g', 'G', 'Hide or show the plots', () => t.togglePlots()),
  row('plotMarker', 'Page', '9', '9', 'Markers A and B of the plots, here', () => t.plotMarker()),
  row('panels', 'Page', 'h', 'H', 'Hide or show the panels', () => t.togglePanels()),
  row('theme', 'Page', 't', 'T', 'Dark or light', () => t.toggleTheme()),
  row('role', 'Page', 'y', 'Y', 'Only watch, or take part', () => t.changeRole()),
  row('summary', 'Page', 'i', 'I', 'Say every two seconds what happens', () => t.toggleSummary()),
  row('palette', 'Page', 'ctrl+k', 'Ctrl K', 'Find an action by its name', () => t.palette()),
  row('help', 'Page', '?', '?', 'This sheet', () => t.help()),
]

function row(
  id: string,
  group: Action['group'],
  keys: string,
  shown: string,
  title: string,
  run: () => void,
): Action {
  return { id, group, keys: [keys], shown, title, run }
}

const kick = (arrow: string, way: KickWay, t: ActionTargets): Action => {
  const { title, shown } = kickWays[way]
  return row(`kick-${way}`, 'Robot', `shift+${arrow}`, `Shift ${shown}`, title, () => t.kick(way))
}

/** Moves what is selected; nobody else's arrow keys are taken while that cannot be moved. */
const nudgeRow = (
  key: string,
  to: NudgeKey,
  shown: string,
  title: string,
  t: ActionTargets,
): Action => ({
  ...row(`nudge-${to}`, 'Selection', key, shown, title, () => t.nudge(to)),
  repeats: true,
  isOn: () => t.canNudge(),
})

/** Gestures have no key, but belong on the sheet. */
export const gestures: readonly { readonly shown: string; readonly title: string }[] = [
  { shown: 'Click', title: 'Select that link, object or target on the whole page' },
  { shown: 'Drag a link', title: 'Push the robot; let go to stop' },
  { shown: 'Drag a target', title: 'Move it through the air' },
  { shown: 'Drag a goal', title: 'Tell a skill what to aim at; 0 gives it back' },
  { shown: 'Double click', title: 'Look at that part of the robot' },
  { shown: 'Shift-drag', title: 'Move the ball, the hoop or the target over the floor' },
  { shown: 'Click the floor', title: 'Put the target or the hoop there' },
  { shown: 'Drag the strip', title: 'Look back through the last minute' },
  { shown: 'Drop a file', title: 'Play a recording (.mcap)' },
  { shown: 'W A S D, Q E', title: 'Move the target, or the robot where it takes commands' },
  {
    shown: 'Gamepad',
    title: 'Left stick: the same; right stick: height, turn. A real robot listens while LB is held',
  },
  { shown: 'Drag elsewhere', title: 'Turn the view (Alt: even over the robot)' },
  { shown: 'Wheel, right drag', title: 'Zoom, shift the view' },
  { shown: '1 … 8 held', title: 'Only that skill' },
]

/** Listen to keys. Nothing fires while typing. Returns how to stop. */
export function bindKeys(actions: readonly Action[], targets: ActionTargets): () => void {
  const held = new Set<string>()
  const down = (e: KeyboardEvent): void => {
    if (isTyping(e.target)) return
    const key = e.key.toLowerCase()
    // Every other Ctrl belongs to the browser.
    if (e.ctrlKey || e.metaKey) {
      const found = actions.find((a) => a.keys.includes(`ctrl+${key}`))
      if (found) e.preventDefault()
      found?.run(e)
      return
    }
    if (e.altKey) {
      const found = actions.find((a) => a.keys.includes(`alt+${key}`))
      if (found) e.preventDefault()
      found?.run(e)
      return
    }
    // Space and Enter belong to a focused button.
    const isButton = e.target instanceof HTMLElement && e.target.closest('button, summary, a')
    if ((key === ' ' || key === 'enter') && isButton) return
    // A slider moves by itself.
    if (isSlider(e.target) && /^(home|end|arrow.*)$/.test(key)) return
    if (/^[1-8]$/.test(key)) {
      if (!held.has(key)) targets.solo(Number(key) - 1, true)
      held.add(key)
      return
    }
    const full = e.shiftKey && key !== '?' ? `shift+${key}` : key
    const action = actions.find((a) => a.keys.includes(full))
    if (!action || action.isOn?.() === false) return
    e.preventDefault()
    if (e.repeat && action.group !== 'Time' && !action.repeats) return
    action.run(e)
  }
  const up = (e: KeyboardEvent): void => {
    const key = e.key.toLowerCase()
    if (held.delete(key)) targets.solo(Number(key) - 1, false)
  }
  // A key that is held while the page loses the focus never comes up.
  const blur = (): void => {
    for (const key of held) targets.solo(Number(key) - 1, false)
    held.clear()
  }
  window.addEventListener('keydown', down)
  window.addEventListener('keyup', up)
  window.addEventListener('blur', blur)
  return () => {
    window.removeEventListener('keydown', down)
    window.removeEventListener('keyup', up)
    window.removeEventListener('blur', blur)
  }
}

const isSlider = (target: EventTarget | null): boolean =>
  target instanceof HTMLInputElement && target.type === 'range'

/** Keys pressed there are text. */
export const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && !isSlider(target)))
