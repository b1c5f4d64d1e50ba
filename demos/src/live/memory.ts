import type { RngState } from '@skillweave/math'
import type { Env, EnvSnapshot } from '@skillweave/mdp'
import { giveChanceBack, keepChance } from './chance.ts'

/** Everything that decides the future of an environment made from `withChance`. */
export interface Memory {
  readonly env: EnvSnapshot
  readonly chance: readonly RngState[]
}

/** Keep it all. Between two actions only. */
export const remember = (env: Env): Memory => ({
  env: env.snapshot(),
  chance: keepChance((name) => env.command(name)),
})

/** Go back to it; the environment must have been started with the same seed as when it was kept. */
export function recall(env: Env, memory: Memory): void {
  env.rewind(memory.env)
  giveChanceBack((name) => env.command(name), memory.chance)
}
