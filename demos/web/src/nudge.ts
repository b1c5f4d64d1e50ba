/** How far an arrow key moves what is selected, m. */
const step = 0.05

export type NudgeKey = 'up' | 'down' | 'left' | 'right' | 'higher' | 'lower'

/**
 * Where an arrow key moves a thing, seen from the camera: up is away from it, along the world axis that comes nearest,
 * so that places stay on their grid. `camera`: its position and what it looks at, world. Returns x, y, z in m.
 */
export function nudge(key: NudgeKey, camera: readonly number[]): readonly [number, number, number] {
  if (key === 'higher') return [0, 0, step]
  if (key === 'lower') return [0, 0, -step]
  const [ax, ay] = [camera[3] - camera[0], camera[4] - camera[1]]
  const away = Math.abs(ax) >= Math.abs(ay) ? [Math.sign(ax) || 1, 0] : [0, Math.sign(ay)]
  const [x, y] = {
    up: away,
    down: away.map((v) => -v),
    left: [-away[1], away[0]],
    right: [away[1], -away[0]],
  }[key]
  return [step * x, step * y, 0]
}
