import { type Command, defineObservation, mirrorVector, writeInHeading } from '@skillweave/mdp'

/** A command that names a place on the floor for every environment. */
export interface PointGoal extends Command {
  /** Env world. [nEnvs, 2] m */
  readonly target: Float64Array
}

/** Distances are seen over this, m, ... */
const goalScale = 8
/** ... and no further than this: whoever is asked for more throws as far as he can without falling. */
export const goalRange = 3.5

/**
 * The goal from the body, heading frame: direction (2) and distance, at most 3.5 m, over 8 m (1). Every ball
 * skill sees it; a shot aims at it, a dribble heads for it, a pick-up ends facing it. [3]
 */
export const goalView = defineObservation('goalView', (p: { command: string }, ctx) => {
  const goal = ctx.command<PointGoal>(p.command)
  const v = new Float64Array(3)
  return {
    size: 3,
    write: (s, out, at) => {
      const x = goal.target[2 * s.index] - s.linkPos_w[0]
      const y = goal.target[2 * s.index + 1] - s.linkPos_w[1]
      const d = Math.sqrt(x * x + y * y)
      writeInHeading(s, x / (d + 1e-6), y / (d + 1e-6), 0, v, 0)
      out[at] = v[0]
      out[at + 1] = v[1]
      out[at + 2] = Math.min(d, goalRange) / goalScale
    },
    mirror: mirrorVector,
  }
})
