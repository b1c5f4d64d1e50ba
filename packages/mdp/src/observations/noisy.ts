import type { ObservationTerm } from '../define.ts'

/** A term with Gaussian noise of standard deviation `std` on every number: what a sensor gives. */
export const noisy = (std: number, term: ObservationTerm): ObservationTerm => ({
  name: term.name,
  params: { ...(term.params as object), noise: std },
  bind: (ctx) => {
    const bound = term.bind(ctx)
    const { rng } = ctx
    return {
      ...bound,
      write: (s, out, at) => {
        bound.write(s, out, at)
        for (let i = 0; i < bound.size; i++) out[at + i] += std * rng.normal()
      },
    }
  },
})
