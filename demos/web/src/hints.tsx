import { createEffect, createSignal, type JSX, onCleanup, Show } from 'solid-js'
import { recall, remember } from './browser-memory.ts'

const shown_ms = 8000

interface Hint {
  readonly text: string
  readonly isDone: () => boolean
}

const seenKey = 'skillweave.hints'

/** At most three hints, one after the other, gone after use or eight seconds; who has seen them all sees them no more. */
export function Hints(props: {
  ready: boolean
  hasPushed: boolean
  hasPlaced: boolean
  looksBack: boolean
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
    const back: Hint = { text: 'Drag the strip below to look back', isDone: () => props.looksBack }
    if (props.places === 'target') {
      return [place('Drag the target; the robot reaches for it'), push, back]
    }
    if (props.places === 'hoop' && !touch) return [push, place('Shift-drag moves the hoop'), back]
    return [push, back]
  }
  const hadThem = recall(seenKey) !== null
  const now = (): Hint | undefined => (props.ready && !hadThem ? hints()[step()] : undefined)
  createEffect(() => {
    if (step() >= hints().length) remember(seenKey, 'seen')
  })
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
