import type { EnvState } from '@skillweave/mdp'

/** The first number of a state that is none, by the name of its joint or `the base`; null: all are finite. */
export function notFinite(
  { q, linkPos_w }: Pick<EnvState, 'q' | 'linkPos_w'>,
  dofNames: readonly string[],
): string | null {
  for (let i = 0; i < 3; i++) if (!Number.isFinite(linkPos_w[i])) return 'the base'
  for (let i = 0; i < q.length; i++) if (!Number.isFinite(q[i])) return dofNames[i] ?? `joint ${i}`
  return null
}
