import { createEffect, createSignal, type JSX, onCleanup, Show } from 'solid-js'

const shown_ms = 8000

interface Hint {
  readonly text: string
  readonly isDone: () => boolean
}

/** At most two hints, one after the other, gone after use or eight seconds. */
export function Hints(props: {
  ready: boolean
  hasPushed: boolean
  hasPlaced: boolean
  /** The look of what can be moved, if anything. */
  places: string | undefined
}): JSX.Element {
  const [step, setStep] = createSignal(0)
  const touch = matchMedia('(pointer: coarse)').matches
  const push: Hint = {
    text: touch ? 'Hold the robot, then drag to push it' : 'Drag the robot to push it',
    isDone: () => props.hasPushed,
  }
  const place = (text: string): Hint => ({ text, isDone: () => props.hasPlaced })
  const hints = (): Hint[] => {
    if (props.places === 'target') return [place('Drag the target; the robot reaches for it'), push]
    if (props.places === 'hoop' && !touch) return [push, place('Shift-drag moves the hoop')]
    return [push]
  }
  const now = (): Hint | undefined => (props.ready ? hints()[step()] : undefined)
  createEffect(() => {
    const hint = now()
    if (!hint) return
    if (hint.isDone()) {
      setStep((s) => s + 1)
      return
    }
    const timer = setTimeout(() => setStep((s) => s + 1), shown_ms)
    onCleanup(() => clearTimeout(timer))
  })
  return (
    <Show when={now()}>
      <p class="hint">{now()?.text}</p>
    </Show>
  )
}
