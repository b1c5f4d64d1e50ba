import { isTyping } from './actions.ts'
import type { Live } from './live.ts'

/** How fast a stick at its end moves a target, m/s, and asks a robot to go. */
const targetSpeed = 0.4
const walk = { ahead: 1, aside: 0.5, turn: 1 } as const
const every_ms = 50
const validFor_ms = 200
const dead = 0.15

/** Which way, each in [−1, 1]: forward, left, up, turning left. */
interface Stick {
  readonly x: number
  readonly y: number
  readonly z: number
  readonly yaw: number
}

/**
 * W A S D, Q E and a gamepad move the first target; where there is none, they are a velocity for a robot that takes
 * one. Letting go says zero once and then nothing; losing the keyboard is letting go.
 */
export function bindSteering(live: Live): () => void {
  const held = new Set<string>()
  let wasMoving = false
  const key = (e: KeyboardEvent): string => e.key.toLowerCase()
  const down = (e: KeyboardEvent): void => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.shiftKey || isTyping(e.target)) return
    if ('wasdqe'.includes(key(e))) held.add(key(e))
  }
  const up = (e: KeyboardEvent): void => {
    held.delete(key(e))
  }
  const letGo = (): void => held.clear()

  function read(): Stick {
    const axis = (plus: string, minus: string): number =>
      Number(held.has(plus)) - Number(held.has(minus))
    const pad = document.hasFocus() ? navigator.getGamepads().find((p) => p?.connected) : null
    const of = (i: number): number => {
      const a = pad?.axes[i] ?? 0
      return Math.abs(a) < dead ? 0 : a
    }
    return {
      x: axis('w', 's') - of(1),
      y: axis('a', 'd') - of(0),
      z: axis('e', 'q') - of(3),
      yaw: axis('q', 'e') - of(2),
    }
  }

  function send({ x, y, z, yaw }: Stick): void {
    if (live.state.status.role === 'spectator') return
    const [target] = live.state.targets
    if (target !== undefined && live.accepts('target.place')) {
      const [px, py, pz] = live.whereIs(target)
      const d = targetSpeed * (every_ms / 1000)
      const pos_w = [px + d * x, py + d * y, Math.max(0, pz + d * z)] as const
      live.client.send('target.place', { target, pos_w })
    } else if (live.state.accepts?.includes('command.velocity')) {
      live.client.send('command.velocity', {
        linVelX_mps: walk.ahead * x,
        linVelY_mps: walk.aside * y,
        yawRate_radps: walk.turn * yaw,
        validFor_ms,
      })
    }
  }

  const timer = setInterval(() => {
    const stick = read()
    const isMoving = Object.values(stick).some((v) => v !== 0)
    if ((isMoving || wasMoving) && !live.state.looksBack) send(stick)
    wasMoving = isMoving
  }, every_ms)
  window.addEventListener('keydown', down)
  window.addEventListener('keyup', up)
  window.addEventListener('blur', letGo)
  return () => {
    clearInterval(timer)
    window.removeEventListener('keydown', down)
    window.removeEventListener('keyup', up)
    window.removeEventListener('blur', letGo)
  }
}
