import { type BoundEvent, defineEvent } from '../define.ts'

/** A sudden change of the whole body's velocity, at random times. m/s, horizontal. */
export const push = defineEvent(
  'push',
  (p: { every_s: number; speedMax: number }, { simulator, rng, controlDt_s }): BoundEvent => {
    const chance = controlDt_s / p.every_s
    const v = new Float64Array(3)
    return {
      apply: (s) => {
        if (rng.uniform() >= chance) return
        const speed = rng.range(0, p.speedMax)
        const angle = rng.range(-Math.PI, Math.PI)
        v[0] = speed * Math.cos(angle)
        v[1] = speed * Math.sin(angle)
        simulator.addVelocity(s.index, v)
      },
    }
  },
)
