import { objectIndex } from '@skillweave/model'
import { Curriculum } from '../curriculum.ts'
import { type BoundEvent, defineEvent } from '../define.ts'

/**
 * Mass of an object, drawn per episode. `from` and `to` are the ranges at curriculum level 0 and 1,
 * kg, drawn evenly in the logarithm. The level rises while episodes survive and falls when they do
 * not, so a light ball comes when a heavy one is mastered.
 */
export const objectMass = defineEvent(
  'objectMass',
  (
    p: {
      object: string
      from: readonly [number, number]
      to: readonly [number, number]
      /** Survival is an episode's length over this time, 1 for one that did not fail. s */
      horizon_s: number
      /** Survival above which the level rises, and the rise per 1000 episodes. 0: stays at level 1. */
      riseAbove: number
      risePer1000: number
      startLevel?: number | undefined
    },
    { scene, simulator, rng, actionDt_s },
  ): BoundEvent => {
    const object = objectIndex(scene, p.object)
    const masses = scene.objects.map((o) => o.mass)
    const curriculum = new Curriculum({
      riseAbove: p.riseAbove,
      fallBelow: p.riseAbove - 0.2,
      risePer1000: p.risePer1000,
      memory: 0.002,
      success: 0,
      start: p.startLevel,
    })
    return {
      apply: (s) => {
        const { level } = curriculum
        const low = Math.exp(mix(Math.log(p.from[0]), Math.log(p.to[0]), level))
        const high = Math.exp(mix(Math.log(p.from[1]), Math.log(p.to[1]), level))
        masses[object] = low * (high / low) ** rng.uniform()
        simulator.randomize(s.index, { objectMass: masses })
      },
      finish: (s, { terminated }) =>
        curriculum.record(terminated ? Math.min(1, (s.step * actionDt_s) / p.horizon_s) : 1),
      save: () => curriculum.save(),
      restore: (state) => curriculum.restore(state),
      metrics: () => (p.risePer1000 > 0 ? { 'curriculum/objectMass': curriculum.level } : {}),
    }
  },
)

const mix = (a: number, b: number, t: number): number => a + (b - a) * t
