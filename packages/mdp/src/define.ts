import type { Rng } from '@skillweave/math'
import type { Controls, Robot, Scene, Simulator, StateView } from '@skillweave/model'

/** One environment as terms see it: the simulator's view plus what the task adds. */
export interface EnvState extends StateView {
  /** Actions since the episode began. */
  step: number
  /** The policy's last action and the one before, [actionSize]. */
  readonly action: Float32Array
  readonly previousAction: Float32Array
  /** Yaw of the robot's facing direction, rad, and its cosine and sine: the frame `_r`. */
  heading: number
  headingCos: number
  headingSin: number
}

/** What a term may resolve names against, once, before the first step. */
export interface BindContext {
  readonly robot: Robot
  readonly scene: Scene
  readonly nEnvs: number
  readonly controlDt_s: number
  /** Time an action lasts, s: `holdSteps` control steps. `EnvState.step` counts these. */
  readonly actionDt_s: number
  readonly simulator: Simulator
  readonly states: readonly EnvState[]
  readonly rng: Rng
  /** A bound command by name. Throws, naming the commands the task has. */
  command<C extends Command>(name: string): C
}

/**
 * One named part of a task. `params` is plain data, so a task can be printed, compared and stored
 * beside its policy; `bind` resolves names and allocates; what it returns is called every step and
 * does neither.
 */
export interface Term<Bound> {
  readonly name: string
  readonly params: unknown
  bind(ctx: BindContext): Bound
}

/** A signed permutation: mirrored[i] = sign[i] · x[index[i]]. */
export interface SignedPermutation {
  readonly index: readonly number[]
  readonly sign: readonly number[]
}

/**
 * How a term goes back in time. Everything that decides what it does next and is not in the physics, the
 * actions, the streams of chance or what `save` keeps. A term without such a memory has neither function.
 */
export interface Rewindable {
  /** A copy of it. */
  snapshot?(): unknown
  rewind?(snapshot: unknown): void
}

export interface BoundObservation extends Rewindable {
  /** Numbers written. */
  readonly size: number
  write(s: EnvState, out: Float32Array, offset: number): void
  /** How the block changes when left and right are swapped; absent: the task has no symmetry. */
  readonly mirror?: SignedPermutation
  /** How many moments the numbers are from, oldest first; default 1. */
  readonly frames?: number
}

export interface BoundAction extends Rewindable {
  readonly size: number
  /** Turn an action into PD targets. */
  apply(s: EnvState, action: Float32Array, controls: Controls): void
  /**
   * The same for all environments at once (`states[e].action` holds the actions), for terms that run
   * a network: one batch is much cheaper than many single calls. Replaces `apply` when present.
   */
  applyAll?(states: readonly EnvState[], controls: readonly Controls[]): void | Promise<void>
  /**
   * The action that would produce these targets, as near as this term can: the label for
   * distillation. Absent: actions of this kind cannot be labels.
   */
  invert?(s: EnvState, controls: Controls, out: Float32Array, offset: number): void
  readonly mirror?: SignedPermutation
}

/**
 * What the task asks of the robot: a velocity, a target, a reference motion. Keeps one value per
 * environment; other terms reach it by name.
 */
export interface Command extends Rewindable {
  reset(s: EnvState): void
  /** After the physics of a control step, before rewards. */
  step(s: EnvState): void
  /** At the end of an episode. */
  finish?(s: EnvState, outcome: { readonly terminated: boolean }): void
  /** What was learned, which survives a new start. */
  save?(): unknown
  restore?(state: unknown): void
  metrics?(): Record<string, number>
}

/** Acts on the simulator at reset or before each control step. */
export interface BoundEvent extends Rewindable {
  apply(s: EnvState): void
  /** At the end of an episode. */
  finish?(s: EnvState, outcome: { readonly terminated: boolean }): void
  /** What was learned, which survives a new start. */
  save?(): unknown
  restore?(state: unknown): void
  metrics?(): Record<string, number>
}

export type ObservationTerm = Term<BoundObservation>
/** A term returns a magnitude; the weight's sign in the table says reward or cost. */
export type RewardTerm = Term<(s: EnvState) => number>
export interface TerminationTerm extends Term<(s: EnvState) => boolean> {
  /** `terminated`: failed or finished. `truncated`: cut off; the value of the last state still counts. */
  readonly kind: 'terminated' | 'truncated'
}
export type ActionTerm = Term<BoundAction>
export type CommandTerm = Term<Command>
export type EventTerm = Term<BoundEvent>

const definer =
  <Bound>() =>
  <P>(name: string, bind: (params: P, ctx: BindContext) => Bound) =>
  (params: P): Term<Bound> => ({ name, params, bind: (ctx) => bind(params, ctx) })

export const defineObservation = definer<BoundObservation>()
export const defineReward = definer<(s: EnvState) => number>()
export const defineAction = definer<BoundAction>()
export const defineCommand = definer<Command>()
export const defineEvent = definer<BoundEvent>()

export const defineTermination =
  <P>(
    name: string,
    kind: TerminationTerm['kind'],
    bind: (params: P, ctx: BindContext) => (s: EnvState) => boolean,
  ) =>
  (params: P): TerminationTerm => ({ name, kind, params, bind: (ctx) => bind(params, ctx) })
