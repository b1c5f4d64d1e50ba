import { createSignal, type JSX, onCleanup, onMount, Show } from 'solid-js'
import type { Live } from './live-interface.ts'
import { createRobotLink, type RobotStatus } from './robot-link.ts'

/**
 * What a connected robot does, who may command it, and, for a real one, the enable: it moves only while a person who sees it holds this
 * button. Letting go, looking elsewhere and a screen that stands still all take it back.
 */
export function RobotStrip(props: { live: Live }): JSX.Element {
  const { live } = props
  const [status, setStatus] = createSignal<RobotStatus | null>(null)
  const [isHeld, setHeld] = createSignal(false)
  const link = createRobotLink(live.client, (next) => {
    setStatus(next)
    if (next === null) setHeld(false)
  })
  const grip = (held: boolean): void => {
    setHeld(held)
    link.grip(held)
  }
  const letGo = (): void => grip(false)
  const isReal = (): boolean => live.state.robots.some((r) => r.real)
  const mayAct = (): boolean => live.state.status.role === 'operator'

  onMount(() => {
    let frame = requestAnimationFrame(function see() {
      link.drawn()
      frame = requestAnimationFrame(see)
    })
    window.addEventListener('blur', letGo)
    document.addEventListener('visibilitychange', letGo)
    onCleanup(() => {
      cancelAnimationFrame(frame)
      window.removeEventListener('blur', letGo)
      document.removeEventListener('visibilitychange', letGo)
      link.dispose()
    })
  })

  return (
    <Show when={status()}>
      {(now) => (
        <section class="robot-strip" aria-label="Robot">
          <span role="status" class="robot-words">
            <b>{now().robot}</b> {robotWords(now())}
          </span>
          <Show when={isReal() && mayAct()}>
            <button
              type="button"
              class="enable"
              classList={{ held: isHeld() }}
              aria-pressed={isHeld()}
              title="Hold to let the robot move"
              onPointerDown={(e) => {
                if (e.button !== 0) return
                e.currentTarget.setPointerCapture(e.pointerId)
                grip(true)
              }}
              onPointerUp={letGo}
              onPointerCancel={letGo}
              onContextMenu={(e) => e.preventDefault()}
              onKeyDown={(e) => {
                if (e.key !== ' ' && e.key !== 'Enter') return
                e.preventDefault()
                e.stopPropagation()
                if (!e.repeat) grip(true)
              }}
              onKeyUp={letGo}
              onBlur={letGo}
            >
              {isHeld() ? 'MAY MOVE' : 'Hold to enable'}
            </button>
          </Show>
          <Show when={now().state === 'stopped' && mayAct()}>
            <button
              type="button"
              onClick={async () => {
                const problem = await link.resetStop()
                if (problem !== '') live.say(problem)
              }}
            >
              Reset the stop
            </button>
          </Show>
        </section>
      )}
    </Show>
  )
}

/** State, cause of a stop and lease, as a person would say it. */
export function robotWords({ state, stopCause, holder }: RobotStatus): string {
  const stopped = state === 'stopped' ? ` (${stopCause})` : ''
  return `is ${state}${stopped}; ${holder === null ? 'nobody has its lease' : `${holder} has its lease`}`
}
