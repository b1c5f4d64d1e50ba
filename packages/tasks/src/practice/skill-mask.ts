import type { MotionReference } from '@skillweave/mdp'

/** For every skill of the reference: 1 where `test` holds. */
export const skillMask = (
  reference: MotionReference,
  test: (skill: string) => boolean,
): Uint8Array => Uint8Array.from(reference.skills, (name) => (test(name) ? 1 : 0))

export const isDribble = (skill: string): boolean => skill.startsWith('dribble')
