/**
 * Observation terms that a robot can measure of itself, by the names manifests use for policies that
 * run without our environments. `numbers` is the length of one frame; the joints are the manifest's.
 */
export const sensedTerms = {
  /** Angular velocity of the base in its own frame (a gyro), rad/s. */
  angVel_b: { numbers: 3, params: [] },
  /** Velocity of the base's origin in its own frame, m/s: needs an estimator on a robot. */
  linVel_b: { numbers: 3, params: [] },
  /** The unit vector down, in the base's frame. */
  gravity_b: { numbers: 3, params: [] },
  /** Wanted velocity: m/s forward, m/s left, rad/s to the left. */
  velocityCommand: { numbers: 3, params: [] },
  /** Joint coordinates, rad or m, in the order of `jointNames`; the default pose is the term's offset. */
  jointPos: { numbers: 'joints', params: [] },
  /** Joint rates, rad/s or m/s. */
  jointVel: { numbers: 'joints', params: [] },
  /** The network's previous output, before scale and offset. */
  lastAction: { numbers: 'actions', params: [] },
  /** sin and cos of 2π t / period_s; the first decision is one control step after zero. */
  gaitPhase: { numbers: 2, params: ['period_s'] },
} as const satisfies Readonly<Record<string, SensedTerm>>

export interface SensedTerm {
  readonly numbers: number | 'joints' | 'actions'
  /** Names the term's `params` must have. */
  readonly params: readonly string[]
}

export type SensedTermName = keyof typeof sensedTerms

/** A term of the table. Throws, naming those that exist. */
export function sensedTerm(name: string): SensedTerm {
  if (Object.hasOwn(sensedTerms, name)) return sensedTerms[name as SensedTermName]
  throw new Error(
    `no observation term "${name}"; a robot senses ${Object.keys(sensedTerms).join(', ')}`,
  )
}
