import type { Env } from '@skillweave/mdp'
import type { BatchPolicy } from '@skillweave/rl'

/** Watches one episode per environment, from its first step to its end. */
export interface EpisodeWatch {
  /** After a step that did not end the episode. */
  step(e: number): void
  /** After the step that did; the environment has been reset already. */
  end(e: number, fell: boolean): void
}

/** One episode in every environment with a deterministic policy; environments that are done are ignored. */
export async function runEpisodes(
  env: Env,
  policy: BatchPolicy,
  watch: EpisodeWatch,
): Promise<void> {
  const actions = new Float32Array(env.nEnvs * env.actionSize)
  const live = new Uint8Array(env.nEnvs).fill(1)
  let left = env.nEnvs
  while (left > 0) {
    await policy.run(env.actorObs, actions, env.nEnvs)
    await env.step(actions)
    for (let e = 0; e < env.nEnvs; e++) {
      if (live[e] === 0) continue
      if (env.terminated[e] === 0 && env.truncated[e] === 0) {
        watch.step(e)
        continue
      }
      live[e] = 0
      left--
      watch.end(e, env.terminated[e] === 1)
    }
  }
}

/** Arithmetic mean; NaN of nothing. */
export const mean = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0) / x.length

/** Standard deviation of a population. */
export const deviation = (x: readonly number[]): number => {
  const m = mean(x)
  return Math.sqrt(mean(x.map((v) => (v - m) ** 2)))
}

/** The middle value, or the mean of the two; NaN of nothing. */
export const median = (x: readonly number[]): number => {
  const sorted = [...x].sort((a, b) => a - b)
  const half = sorted.length / 2
  return sorted.length % 2 === 1 ? sorted[Math.floor(half)] : (sorted[half - 1] + sorted[half]) / 2
}
