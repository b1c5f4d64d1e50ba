import { type BoundEvent, defineEvent } from '../define.ts'

type Range = readonly [number, number]

/** Ground friction, mass and gains of the whole body, drawn evenly per episode; scales multiply the model's. */
export const randomizeBody = defineEvent(
  'randomizeBody',
  (
    p: { friction?: Range; massScale?: Range; gainScale?: Range },
    { simulator, rng },
  ): BoundEvent => ({
    apply: (s) => {
      const draw = (range: Range | undefined) => (range ? rng.range(range[0], range[1]) : undefined)
      const friction = draw(p.friction)
      const massScale = draw(p.massScale)
      const gainScale = draw(p.gainScale)
      simulator.randomize(s.index, {
        ...(friction === undefined ? {} : { friction }),
        ...(massScale === undefined ? {} : { massScale }),
        ...(gainScale === undefined ? {} : { gainScale }),
      })
    },
  }),
)
