import type { ColorMode, Viewer } from '@skillweave/viewer'
import { type Accessor, createMemo, createSignal } from 'solid-js'
import { bindJointLoads, type LoadName } from './joint-loads.ts'
import type { Live } from './live-interface.ts'

/** What the colours of the shells mean. */
export type ShellColor = 'family' | 'skill' | 'return' | LoadName

export const shellColorTitles: Readonly<Record<ShellColor, string>> = {
  family: 'Colours: limbs',
  skill: 'Colours: skills',
  return: 'Colours: return',
  tracking: 'Colours: joint error',
  torque: 'Colours: torque',
}

export interface ShellColors {
  readonly color: Accessor<ShellColor>
  /** What this run can show. */
  readonly choices: Accessor<readonly ShellColor[]>
  choose(color: ShellColor): void
  /** The next one there is. */
  next(): void
  readonly mode: Accessor<ColorMode>
  /** Show the present loads; once per animation frame. */
  step(viewer: Viewer): void
}

export function createShellColors(live: Live): ShellColors {
  const { state, signals } = live
  const [chosen, setChosen] = createSignal<ShellColor>('family')
  const loads = createMemo(() => {
    const [robot] = state.robots
    return robot ? bindJointLoads(robot, state.signalNames) : null
  })
  /** Some copy of a grid was better than another; a run that does not say sends zeros. */
  const [hasReturns, setHasReturns] = createSignal(false)
  const choices = createMemo((): readonly ShellColor[] => [
    'family',
    ...(state.skills.length > 0 ? (['skill'] as const) : []),
    ...(hasReturns() ? (['return'] as const) : []),
    ...(loads()?.names ?? []),
  ])
  const color = (): ShellColor => (choices().includes(chosen()) ? chosen() : 'family')
  let values = new Float32Array(0)
  let shown_s = Number.NaN
  return {
    color,
    choices,
    choose(next) {
      shown_s = Number.NaN
      setChosen(next)
    },
    next() {
      const list = choices()
      this.choose(list[(list.indexOf(color()) + 1) % list.length])
    },
    mode: () => {
      const c = color()
      return c === 'tracking' || c === 'torque' ? 'load' : c
    },
    step(viewer) {
      if (!hasReturns() && live.bodyValues()?.tint?.some((t) => t > 0)) setHasReturns(true)
      const name = color()
      const bound = loads()
      if ((name !== 'tracking' && name !== 'torque') || !bound || signals.count === 0) return
      if (shown_s === state.time_s) return
      shown_s = state.time_s
      const dofs = state.robots[0]?.dofNames.length ?? 0
      if (values.length !== dofs) values = new Float32Array(dofs)
      const k = Math.min(signals.count - 1, signals.firstFrom(state.time_s))
      bound.read(name, signals, k, values)
      viewer.showLoads(values)
    },
  }
}
