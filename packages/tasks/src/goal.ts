import { type Command, defineObservation, mirrorVector } from '@skillweave/mdp'

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
 * Write what a body whose heading has this cosine and sine sees of a goal (x, y) m from it, world axes: its direction in the
 * heading frame (2) and its distance, at most 3.5 m, over 8 m (1).
 */
export function writeGoalSeen(
  x: number,
  y: number,
  cos: number,
  sin: number,
  out: Float32Array,
  at: number,
): void {
  const d = Math.sqrt(x * x + y * y)
  const ux = x / (d + 1e-6)
  const uy = y / (d + 1e-6)
  out[at] = cos * ux + sin * uy
  out[at + 1] = -sin * ux + cos * uy
  out[at + 2] = Math.min(d, goalRange) / goalScale
}

/**
 * The goal from the body, heading frame: direction (2) and distance, at most 3.5 m, over 8 m (1). Every ball
 * skill sees it; a shot aims at it, a dribble heads for it, a pick-up ends facing it. [3]
 */
export const goalView = defineObservation('goalView', (p: { command: string }, ctx) => {
  const goal = ctx.command<PointGoal>(p.command)
  return {
    size: 3,
    write: (s, out, at) => {
      const x = goal.target[2 * s.index] - s.linkPos_w[0]
      const y = goal.target[2 * s.index + 1] - s.linkPos_w[1]
      writeGoalSeen(x, y, s.headingCos, s.headingSin, out, at)
    },
    mirror: mirrorVector,
  }
})
