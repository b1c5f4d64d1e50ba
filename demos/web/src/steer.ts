import { isTyping } from './actions.ts'
import type { Live } from './live-interface.ts'
import { atRest, isAtRest, ramp, type Stick, stickOfKeys, stickOfPad, sumOf } from './stick.ts'

/** How fast a stick at its end moves a target, m/s, and asks a robot to go. */
const targetSpeed = 0.4
const walk = { ahead: 1, aside: 0.5, turn: 1 } as const
/** How fast the asked velocity grows, as shares of the greatest per second: 2 m/s² ahead. */
const growth = 2
const every_ms = 50
const validFor_ms = 200

/** What steers beside keys and gamepads, such as a thumb on the screen. */
export interface Steering {
  /** Where the thumbs are; `atRest` when they are let go. */
  thumb: Stick
  stop(): void
}

/**
 * W A S D, Q E, a gamepad and thumbs move the first target; where there is none, they are a velocity for a robot that
 * takes one. Letting go says zero once and then nothing; losing keyboard, gamepad or page is letting go, at once.
 */
export function bindSteering(live: Live): Steering {
  const held = new Set<string>()
  let now = atRest
  const key = (e: KeyboardEvent): string => e.key.toLowerCase()
  const down = (e: KeyboardEvent): void => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.shiftKey || isTyping(e.target)) return
    if ('wasdqe'.includes(key(e))) held.add(key(e))
  }
  const up = (e: KeyboardEvent): void => {
    held.delete(key(e))
  }

  function read(): Stick {
    const pad = document.hasFocus() ? navigator.getGamepads().find((p) => p?.connected) : null
    const isReal = live.state.robots.some((r) => r.real)
    return sumOf(stickOfKeys(held), stickOfPad(pad ?? null, isReal), steering.thumb)
  }

  function send({ x, y, z, yaw }: Stick): void {
    if (live.state.status.role === 'spectator' || live.state.looksBack) return
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

  function turnTo(next: Stick): void {
    const isOver = isAtRest(now) && isAtRest(next)
    now = next
    if (!isOver) send(now)
  }
  const letGo = (): void => {
    held.clear()
    steering.thumb = atRest
    turnTo(atRest)
  }
  const hide = (): void => {
    if (document.visibilityState === 'hidden') letGo()
  }

  const timer = setInterval(() => turnTo(ramp(now, read(), growth * (every_ms / 1000))), every_ms)
  const listeners = {
    keydown: down,
    keyup: up,
    blur: letGo,
    gamepaddisconnected: letGo,
  } as const
  for (const [name, f] of Object.entries(listeners)) {
    window.addEventListener(name, f as EventListener)
  }
  document.addEventListener('visibilitychange', hide)
  const steering: Steering = {
    thumb: atRest,
    stop() {
      clearInterval(timer)
      for (const [name, f] of Object.entries(listeners)) {
        window.removeEventListener(name, f as EventListener)
      }
      document.removeEventListener('visibilitychange', hide)
    },
  }
  return steering
}
