import { type BenchName, benchNames } from '@skillweave/tasks'
import { UserError } from './user-error.ts'

/** A SkillBench task by its name on the command line. */
export function benchByName(name: string): BenchName {
  if ((benchNames as readonly string[]).includes(name)) return name as BenchName
  throw new UserError(`no SkillBench task "${name}"; there are ${benchNames.join(', ')}`)
}

/** The variant of a policy's n-th run, which differs in nothing but its seed: the first has none. */
export const seedVariant = (n: number): string | undefined => (n === 1 ? undefined : `seed${n}`)
