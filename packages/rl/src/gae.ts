/** One reward group of a rollout, step-major: element [step, env] is at step · nEnvs + env. */
export interface GaeInput {
  readonly nSteps: number
  readonly nEnvs: number
  readonly gamma: number
  readonly lambda: number
  /** [nSteps, nEnvs]; of truncated steps including γ · V(last observation). */
  readonly rewards: Float32Array
  /** [nSteps + 1, nEnvs], the last row of the observations after the rollout. */
  readonly values: Float32Array
  /** [nSteps, nEnvs] 1 where the episode ended, for whatever reason. */
  readonly ended: Uint8Array
}

/**
 * Generalised advantage estimation (Schulman et al. 2016):
 * A_t = δ_t + γλ A_{t+1}, δ_t = r_t + γ V_{t+1} - V_t, both cut at episode ends.
 * Writes `advantages` and `returns` = A + V, both [nSteps, nEnvs].
 */
export function computeGae(
  { nSteps, nEnvs, gamma, lambda, rewards, values, ended }: GaeInput,
  advantages: Float32Array,
  returns: Float32Array,
): void {
  for (let e = 0; e < nEnvs; e++) {
    let advantage = 0
    for (let t = nSteps - 1; t >= 0; t--) {
      const k = t * nEnvs + e
      const goesOn = 1 - ended[k]
      const delta = rewards[k] + gamma * goesOn * values[k + nEnvs] - values[k]
      advantage = delta + gamma * lambda * goesOn * advantage
      advantages[k] = advantage
      returns[k] = advantage + values[k]
    }
  }
}
