import { createSignal, onCleanup } from 'solid-js'
import type { Live } from './live-interface.ts'

/** Where a kick sends the robot, seen from itself. */
export const kickWays = {
  forward: { title: 'Kick it forward', shown: '↑', ahead: 1, left: 0 },
  back: { title: 'Kick it back', shown: '↓', ahead: -1, left: 0 },
  left: { title: 'Kick it to its left', shown: '←', ahead: 0, left: 1 },
  right: { title: 'Kick it to its right', shown: '→', ahead: 0, left: -1 },
} as const

export type KickWay = keyof typeof kickWays

/** Impulses on the trunk of the main robot, once or again and again. */
export interface Kicks {
  /** Change of the robot's speed, m/s. */
  readonly strength: () => number
  setStrength(value: number): void
  /** Of the robot as it is, N·s. */
  readonly impulse: () => number
  /** Seconds of the run between kicks; null: each is asked for. */
  readonly every_s: () => number | null
  setEvery(every_s: number | null): void
  kick(way: KickWay): void
}

export function createKicks(live: Live): Kicks {
  const { state } = live
  const [strength, setStrength] = createSignal(0.5)
  const [every_s, setEvery] = createSignal<number | null>(null)
  let last: { way: KickWay; at_s: number } | null = null
  const mass = (): number => (state.robots[0]?.links ?? []).reduce((m, l) => m + l.mass, 0)

  const kick = (way: KickWay): void => {
    const [robot] = state.robots
    if (!robot) return
    last = { way, at_s: state.newest_s }
    const link = robot.links[robot.roles.torso ?? 0].name
    const { ahead, left } = kickWays[way]
    const yaw = headingOf(live.bodyValues()?.baseQuat_wb ?? robot.standingQuat, robot.forward)
    const p = strength() * mass()
    // To 0.01 N·s, so that a link can say it exactly.
    const exact = (x: number): number => Math.round(100 * x) / 100
    const impulse_w = [
      exact(p * (Math.cos(yaw) * ahead - Math.sin(yaw) * left)),
      exact(p * (Math.sin(yaw) * ahead + Math.cos(yaw) * left)),
      0,
    ] as const
    void live.ask('world.kick', { robot: robot.id, link, impulse_w })
  }
  const timer = setInterval(() => {
    const wait_s = every_s()
    if (wait_s === null || !last || state.paused || state.looksBack) return
    // After a reset time may be less than it was.
    if (state.newest_s - last.at_s >= wait_s || state.newest_s < last.at_s) kick(last.way)
  }, 100)
  onCleanup(() => clearInterval(timer))
  return {
    strength,
    setStrength,
    impulse: () => strength() * mass(),
    every_s,
    setEvery(next) {
      last = null
      setEvery(next)
    },
    kick,
  }
}

/** Where a base faces, rad. `quat`: x, y, z, w; `forward`: in the base frame. */
export function headingOf(quat: ArrayLike<number>, forward: ArrayLike<number>): number {
  const [x, y, z, w] = [quat[0], quat[1], quat[2], quat[3]]
  const [fx, fy, fz] = [forward[0], forward[1], forward[2]]
  const ahead = (1 - 2 * (y * y + z * z)) * fx + 2 * (x * y - z * w) * fy + 2 * (x * z + y * w) * fz
  const left = 2 * (x * y + z * w) * fx + (1 - 2 * (x * x + z * z)) * fy + 2 * (y * z - x * w) * fz
  return Math.atan2(left, ahead)
}
