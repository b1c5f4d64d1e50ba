import { createEffect, createSignal, type JSX, onCleanup, Show } from 'solid-js'

const shown_ms = 8000

/** At most two hints, one after the other, gone after use or eight seconds. */
export function Hints(props: {
  ready: boolean
  hasPushed: boolean
  hasPlaced: boolean
  /** What can be moved, if anything. */
  places: string | undefined
}): JSX.Element {
  const [step, setStep] = createSignal(0)
  createEffect(() => {
    if (!props.ready || step() > 1) return
    if (step() === 0 && props.hasPushed) setStep(1)
    if (step() === 1 && (props.hasPlaced || !props.places)) {
      setStep(2)
      return
    }
    const timer = setTimeout(() => setStep((s) => s + 1), shown_ms)
    onCleanup(() => clearTimeout(timer))
  })
  const touch = matchMedia('(pointer: coarse)').matches
  const text = (): string => {
    if (!props.ready) return ''
    if (step() === 0)
      return touch ? 'Hold the robot, then drag to push it' : 'Drag the robot to push it'
    if (step() === 1 && props.places === 'target')
      return 'Drag the target; the robot reaches for it'
    if (step() === 1 && !touch) return 'Shift-drag moves the hoop'
    return ''
  }
  return (
    <Show when={text()}>
      <p class="hint">{text()}</p>
    </Show>
  )
}
