import { dofCount, type Simulator } from '@skillweave/model'
import type { JointDivergence } from './divergence-picture.ts'

/** A policy in one engine: how it did, and what it did to the joints and the ground. */
export interface Trial {
  readonly episodes: number
  /** Share of episodes that succeeded. */
  readonly success: number
  /** By name, with the unit as a suffix. */
  readonly metrics: Readonly<Record<string, number>>
  readonly torque: {
    /** Root mean square over all episodes, by joint, N·m. */
    readonly rms: Readonly<Record<string, number>>
    /** Share of joint samples at the torque limit. */
    readonly saturated: number
  }
  readonly contact: {
    /** Share of time each foot is on the ground. */
    readonly onGround: Readonly<Record<string, number>>
    readonly touchdownsPerSecond: number
  }
  /** Joint coordinates of every episode's beginning, before anything disturbs it. */
  readonly beginning: Beginning
}

export interface Beginning {
  readonly duration_s: number
  /** [episodes, steps, nDof] rad */
  readonly q: Float64Array
  readonly nSteps: number
}

/** Watches a simulator at every control step and sums up. */
export interface TrialWatch {
  /** After the physics of a control step of environment e, the `step`-th of its episode from 0. */
  see(e: number, step: number): void
  summary(): Pick<Trial, 'torque' | 'contact' | 'beginning'>
}

/** `beginning_s`: how much of each episode's joint path is kept; 0 keeps none. */
export function watchTrial(
  sim: Simulator,
  options: { readonly controlDt_s: number; readonly beginning_s: number },
): TrialWatch {
  const { model, effort, feet } = sim.robot
  const nDof = dofCount(model)
  const nSteps = Math.round(options.beginning_s / options.controlDt_s)
  const q = new Float64Array(sim.nEnvs * nSteps * nDof)
  const squares = new Float64Array(nDof)
  const onGround = new Float64Array(feet.length)
  const before = sim.states.map((s) => Float64Array.from(s.footContact))
  let samples = 0
  let saturated = 0
  let touchdowns = 0
  return {
    see: (e, step) => {
      const s = sim.states[e]
      if (step < nSteps) q.set(s.q, (e * nSteps + step) * nDof)
      samples++
      for (let d = 0; d < nDof; d++) {
        squares[d] += s.tau[d] ** 2
        if (Math.abs(s.tau[d]) > 0.999 * effort[d]) saturated++
      }
      for (let f = 0; f < feet.length; f++) {
        onGround[f] += s.footContact[f]
        if (s.footContact[f] > before[e][f]) touchdowns++
        before[e][f] = s.footContact[f]
      }
    },
    summary: () => ({
      torque: {
        rms: Object.fromEntries(
          model.dofNames.map((name, d) => [name, Math.sqrt(squares[d] / samples)]),
        ),
        saturated: saturated / (samples * nDof),
      },
      contact: {
        onGround: Object.fromEntries(feet.map((name, f) => [name, onGround[f] / samples])),
        touchdownsPerSecond: touchdowns / (samples * options.controlDt_s),
      },
      beginning: { duration_s: options.beginning_s, q, nSteps },
    }),
  }
}

/** Trials of several skills with as many episodes each, as one: means, and the metrics of all. */
export function joinTrials(trials: readonly Trial[]): Trial {
  const mean = (of: (t: Trial) => number) =>
    trials.reduce((sum, t) => sum + of(t), 0) / trials.length
  const [first] = trials
  const parts = trials.map((t) => t.beginning.q)
  const q = new Float64Array(parts.reduce((n, part) => n + part.length, 0))
  parts.reduce((at, part) => {
    q.set(part, at)
    return at + part.length
  }, 0)
  return {
    episodes: trials.reduce((n, t) => n + t.episodes, 0),
    success: mean((t) => t.success),
    metrics: Object.assign({}, ...trials.map((t) => t.metrics)),
    torque: {
      rms: Object.fromEntries(
        Object.keys(first.torque.rms).map((joint) => [
          joint,
          Math.sqrt(mean((t) => t.torque.rms[joint] ** 2)),
        ]),
      ),
      saturated: mean((t) => t.torque.saturated),
    },
    contact: {
      onGround: Object.fromEntries(
        Object.keys(first.contact.onGround).map((foot) => [
          foot,
          mean((t) => t.contact.onGround[foot]),
        ]),
      ),
      touchdownsPerSecond: mean((t) => t.contact.touchdownsPerSecond),
    },
    beginning: { ...first.beginning, q },
  }
}

/**
 * Root mean square of the difference between two engines' joint paths over the episodes' beginnings, by
 * joint, rad. Both started every episode in the same state.
 */
export function divergence(
  a: Beginning,
  b: Beginning,
  dofNames: readonly string[],
): Record<string, number> {
  return Object.fromEntries(
    divergencePaths(a, b, dofNames).map(({ name, rmsAll }) => [name, rmsAll]),
  )
}

/** The same with its course over time. */
export function divergencePaths(
  a: Beginning,
  b: Beginning,
  dofNames: readonly string[],
): JointDivergence[] {
  if (a.q.length !== b.q.length) {
    throw new Error(`paths of ${a.q.length} and ${b.q.length} numbers cannot be compared`)
  }
  const n = dofNames.length
  const { nSteps } = a
  const episodes = a.q.length / (nSteps * n)
  // [nSteps, nDof]
  const squares = new Float64Array(nSteps * n)
  for (let i = 0; i < a.q.length; i++) squares[i % squares.length] += (a.q[i] - b.q[i]) ** 2
  return dofNames.map((name, d) => {
    const course = Array.from({ length: nSteps }, (_, s) => squares[s * n + d] / episodes)
    const mean = course.reduce((sum, x) => sum + x, 0) / nSteps
    return { name, rms: course.map(Math.sqrt), rmsAll: Math.sqrt(mean) }
  })
}
