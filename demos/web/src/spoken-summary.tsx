import { createSignal, type JSX, onCleanup } from 'solid-js'
import type { Live } from './live-interface.ts'
import { spoken, spokenSummary } from './sentences.ts'

const every_ms = 2000

/** What happens, in words, every two seconds: for a screen reader, or for whoever looks elsewhere. */
export function SpokenSummary(props: { live: Live; sentence: () => string }): JSX.Element {
  const words = (): string => summaryOf(props.live, props.sentence())
  const [text, setText] = createSignal(words())
  const timer = setInterval(() => setText(words()), every_ms)
  onCleanup(() => clearInterval(timer))
  return (
    <p class="summary" role="status" aria-live="polite" aria-label="What happens">
      {text()}
    </p>
  )
}

function summaryOf(live: Live, sentence: string): string {
  const { state, signals } = live
  const [robot] = state.robots
  const values = live.bodyValues()
  const base = values?.basePos_w
  const k = Math.min(signals.count - 1, signals.firstFrom(state.time_s))
  const signal = (name: string): number => {
    const i = state.signalNames.indexOf(name)
    return i < 0 || k < 0 ? Number.NaN : signals.valueAt(k, i)
  }
  const speed = Math.hypot(signal('baseVel.x'), signal('baseVel.y'))
  const bits = values?.footContact?.[0] ?? 0
  const feet = robot?.feet.length ?? 0
  const name = state.targets[0] ?? state.scene?.objects.find((o) => o.look === 'hoop')?.name
  const at = name === undefined ? null : live.whereIs(name)
  return spokenSummary({
    sentence,
    speed: Number.isFinite(speed) ? speed : null,
    feet: feet === 0 ? null : { down: ones(bits, feet), of: feet },
    margin_m: state.margin_m,
    goal:
      name === undefined || !at || !base
        ? null
        : { name: spoken(name), distance_m: Math.hypot(at[0] - base[0], at[1] - base[1]) },
  })
}

/** How many of the lowest bits are set. */
function ones(bits: number, count: number): number {
  let n = 0
  for (let i = 0; i < count; i++) n += (bits >> i) & 1
  return n
}
