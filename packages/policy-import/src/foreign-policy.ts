import type { PolicyState } from '@skillweave/policy'

/** What another project's files say about a policy, before it is held against a robot of ours. */
export interface ForeignPolicy {
  readonly project: 'unitree_rl_lab' | 'unitree_rl_gym' | 'mjlab' | 'Isaac Lab'
  /** In the policy's order: that of joint observations and actions. */
  readonly joints: readonly ForeignJoint[]
  /** In the order in which they are concatenated. */
  readonly terms: readonly ForeignTerm[]
  /** Time between two actions. */
  readonly controlDt_s: number
  /** Bounds of the velocity command: m/s, m/s, rad/s. */
  readonly velocityRanges?: readonly Bounds[]
  /** What the network carries from one decision to the next. */
  readonly state?: readonly PolicyState[]
  /** How each thing was found, one sentence each, for whoever reviews the import. */
  readonly notes: readonly string[]
}

export type Bounds = readonly [low: number, high: number]

/** One actuated joint: q* = offset + scale · action, cut to `clip`. */
export interface ForeignJoint {
  readonly name: string
  readonly kp: number
  readonly kd: number
  /** What joint positions are observed relative to, rad. */
  readonly defaultPos: number
  readonly scale: number
  readonly offset: number
  readonly clip?: Bounds
}

export interface ForeignTerm {
  /** Its name there. */
  readonly name: string
  /** One for all, or one per number of a frame. */
  readonly scale: number | readonly number[]
  readonly clip?: Bounds
  readonly history: number
  readonly params?: Readonly<Record<string, number>>
}
