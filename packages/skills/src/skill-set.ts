import type { ObservationTerm } from '@skillweave/mdp'

/** A frozen network that can run a batch. */
export interface SkillNetwork {
  readonly inputSize: number
  readonly outputSize: number
  /** `input` [n, inputSize] → `output` [n, outputSize]. */
  run(input: Float32Array, output: Float32Array, n: number): void | Promise<void>
}

/**
 * Skills that share one label-conditioned network: its input is the senses followed by a one-hot
 * label, its output joint targets as offsets from the robot's default pose divided by `scale`.
 */
export interface SkillSet {
  readonly names: readonly string[]
  readonly senses: Readonly<Record<string, ObservationTerm>>
  /** rad per unit of output. */
  readonly scale: number
  readonly network: SkillNetwork
}
