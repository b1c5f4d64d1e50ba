import type { Live } from './live-interface.ts'

/** How fast the base moves over the ground at the playhead, world, m/s; null where the run does not say. */
export function baseVelocityOf({ state, signals }: Live): () => readonly [number, number] | null {
  return () => {
    const [x, y] = ['baseVel.x', 'baseVel.y'].map((name) => state.signalNames.indexOf(name))
    if (x < 0 || y < 0 || signals.count === 0) return null
    const k = Math.min(signals.count - 1, signals.firstFrom(state.time_s))
    return [signals.valueAt(k, x), signals.valueAt(k, y)]
  }
}
