/** mirrored[i] = sign[i] · x[index[i]]. Applying it twice gives x again. */
export interface SignedPermutation {
  readonly index: ArrayLike<number>
  readonly sign: ArrayLike<number>
}

/**
 * Many copies of one task stepped together. The arrays are owned by the environment, keep their
 * identity, and hold the present until the next `step` or `restart`. Row-major, one row per env.
 */
export interface VecEnv {
  readonly nEnvs: number
  readonly actorSize: number
  readonly criticSize: number
  readonly actionSize: number
  /** One value head and one advantage normalisation per group. */
  readonly rewardGroups: readonly string[]
  /** [nEnvs, actorSize] what the policy sees now. */
  readonly actorObs: Float32Array
  /** [nEnvs, criticSize] what the value function sees now; may hold what no robot can measure. */
  readonly criticObs: Float32Array
  /** [nEnvs, nGroups] of the last step. */
  readonly rewards: Float32Array
  /** [nEnvs] 1 where the last step failed or finished the episode. */
  readonly terminated: Uint8Array
  /** [nEnvs] 1 where time ended the episode. Ended envs have already been reset. */
  readonly truncated: Uint8Array
  /** [nEnvs, criticSize] valid where truncated: the observation before the reset. */
  readonly finalCriticObs: Float32Array
  /** `actions`: [nEnvs, actionSize]. */
  step(actions: Float32Array): void | Promise<void>
  /** Start every episode afresh in a fresh world; all randomness derives from `seed`. */
  restart(seed: number): void | Promise<void>
  /** JSON-able learning state (curricula, adaptive sampling weights). */
  save(): unknown
  restore(state: unknown): void
  /** Means since the last call: reward terms, episode length, fall rate, curriculum levels, … */
  metrics(): Record<string, number>
  /** Left/right symmetry of the task, if it has one. Rewards must be invariant under it. */
  readonly symmetry?: EnvSymmetry
}

export interface EnvSymmetry {
  readonly actor: SignedPermutation
  readonly critic: SignedPermutation
  readonly action: SignedPermutation
}

/** An environment in which existing policies (teachers) can say what the student should do. */
export interface TeachableEnv extends VecEnv {
  /** [nEnvs, teacherObsSize] what the teachers see now. */
  readonly teacherObs: Float32Array
  readonly teacherObsSize: number
  readonly teacherActionSize: number
  /** [nEnvs] which teacher applies now. */
  readonly teacherOf: Int32Array
  /** The student's action equivalent to the teacher's; both [nEnvs, …ActionSize]. */
  label(teacherActions: Float32Array, out: Float32Array): void
}

/** Throws unless `p` is a signed permutation of `size` values that undoes itself. */
export function checkSymmetry(what: string, p: SignedPermutation, size: number): void {
  if (p.index.length !== size || p.sign.length !== size) {
    throw new Error(
      `${what}: symmetry of ${p.index.length} indices and ${p.sign.length} signs for ${size} values`,
    )
  }
  for (let i = 0; i < size; i++) {
    const j = p.index[i]
    if (p.sign[i] !== 1 && p.sign[i] !== -1) {
      throw new Error(`${what}: symmetry sign ${p.sign[i]} of element ${i}, expected 1 or -1`)
    }
    if (!(j >= 0 && j < size) || p.index[j] !== i || p.sign[j] !== p.sign[i]) {
      throw new Error(`${what}: symmetry of element ${i} (from ${j}) does not undo itself`)
    }
  }
}
