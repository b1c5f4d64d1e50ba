import { stopRobots } from '@skillweave/stream/client'
import { createSignal, type JSX } from 'solid-js'
import type { Live } from './live-interface.ts'

/** Without an answer for so long, the stop counts as not confirmed. */
const confirmWithin_ms = 300

/** What became of the last stop. */
type Stop =
  | { readonly kind: 'idle' | 'sent' | 'unconfirmed' }
  | { readonly kind: 'stopped'; readonly took_ms: number; readonly isRobot: boolean }

/**
 * Stop now. A simulation is paused, what runs behind a robot end is stopped there; the answer, and how long it took, are said. This is no safety
 * function: a real robot has a stop of its own.
 */
export function createStop(live: Live): { stop: () => void; Button: () => JSX.Element } {
  const [state, setState] = createSignal<Stop>({ kind: 'idle' })
  let isRobot = false
  live.client.channels$.subscribe((list) => {
    isRobot = list.some((c) => c.name === 'robot.state')
  })
  const stop = (): void => {
    const sent_ms = performance.now()
    setState({ kind: 'sent' })
    const late = setTimeout(() => setState({ kind: 'unconfirmed' }), confirmWithin_ms)
    const asked = isRobot ? stopRobots(live.client) : live.ask('world.pause', { paused: true })
    void asked.then((isDone) => {
      clearTimeout(late)
      setState(
        isDone
          ? { kind: 'stopped', took_ms: performance.now() - sent_ms, isRobot }
          : { kind: 'unconfirmed' },
      )
    })
  }
  const words = (): string => {
    const s = state()
    if (s.kind === 'sent') return 'stop sent'
    if (s.kind === 'unconfirmed') {
      return live.state.robots.some((r) => r.real)
        ? 'NOT CONFIRMED: use the hardware stop'
        : 'not confirmed'
    }
    if (s.kind === 'stopped' && (live.state.paused || s.isRobot))
      return `stopped ${s.took_ms.toFixed(0)} ms`
    return ''
  }
  const Button = (): JSX.Element => (
    <>
      <span class="stop-words" role="status">
        {words()}
      </span>
      <button
        type="button"
        class="stop"
        // On press, not on release: a stop does not wait for a finger.
        onPointerDown={(e) => {
          if (e.button === 0) stop()
        }}
        onKeyDown={(e) => {
          if (e.key === 'Enter' || e.key === ' ') {
            e.preventDefault()
            stop()
          }
        }}
        title="Stop the run at once (X)"
        data-action="stop"
      >
        STOP
      </button>
    </>
  )
  return { stop, Button }
}
