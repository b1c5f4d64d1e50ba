/** Which way, each in [−1, 1]: forward, left, up, turning left. */
export interface Stick {
  readonly x: number
  readonly y: number
  readonly z: number
  readonly yaw: number
}

export const atRest: Stick = { x: 0, y: 0, z: 0, yaw: 0 }

export const isAtRest = (s: Stick): boolean => s.x === 0 && s.y === 0 && s.z === 0 && s.yaw === 0

/** W A S D, Q E: the keys that are held, in lower case. */
export function stickOfKeys(held: ReadonlySet<string>): Stick {
  const axis = (plus: string, minus: string): number =>
    Number(held.has(plus)) - Number(held.has(minus))
  return { x: axis('w', 's'), y: axis('a', 'd'), z: axis('e', 'q'), yaw: axis('q', 'e') }
}

/** As much of a `Gamepad` as is read. */
export interface Pad {
  readonly connected: boolean
  readonly axes: readonly number[]
  readonly buttons?: readonly { readonly pressed: boolean }[]
}

const dead = 0.15
/** The left shoulder button of the standard layout. */
const grip = 4

/** Left stick forward and left, right stick up and turn. `needsGrip`: at rest unless LB is held. */
export function stickOfPad(pad: Pad | null, needsGrip: boolean): Stick {
  if (!pad?.connected || (needsGrip && !pad.buttons?.[grip]?.pressed)) return atRest
  const of = (i: number): number => {
    const a = pad.axes[i] ?? 0
    // Zero, not −0.
    return Math.abs(a) < dead ? 0 : -a
  }
  return { x: of(1), y: of(0), z: of(3), yaw: of(2) }
}

export const sumOf = (...sticks: readonly Stick[]): Stick => {
  const sum = (axis: keyof Stick): number =>
    Math.min(
      1,
      Math.max(
        -1,
        sticks.reduce((s, k) => s + k[axis], 0),
      ),
    )
  return { x: sum('x'), y: sum('y'), z: sum('z'), yaw: sum('yaw') }
}

/** `now` on its way to `wanted`, by at most `most` on every axis. To rest it is one step: letting go is zero. */
export function ramp(now: Stick, wanted: Stick, most: number): Stick {
  if (isAtRest(wanted)) return atRest
  const toward = (axis: keyof Stick): number =>
    now[axis] + Math.min(most, Math.max(-most, wanted[axis] - now[axis]))
  return { x: toward('x'), y: toward('y'), z: toward('z'), yaw: toward('yaw') }
}
