import type { Task } from '@skillweave/mdp'
import type { Robot } from '@skillweave/model'
import type { BallplayOptions } from './ballplay.ts'
import { ballplayPractice } from './ballplay-practice.ts'
import { throwHindsight } from './throw-hindsight.ts'

/**
 * Aim: a practised shot learns in hindsight what it takes to throw to a place. Wherever a ball came down, and the thrower did not fall, it
 * was a shot at that place.
 */
export function ballplayAim(robot: Robot, options: BallplayOptions): Task {
  const practice = ballplayPractice(robot, options)
  return {
    ...practice,
    name: 'ballplay-aim',
    description: 'aim shots: learn from where throws came down, from the practised shot',
    commands: {
      ...practice.commands,
      hindsight: throwHindsight({ goal: 'goal', upright_s: 2, height: 0.65 }),
    },
    hindsight: { command: 'hindsight', goalTerm: 'goal' },
    learning: { samples: 2_000_000, hidden: [512, 256], nEnvs: 256 },
  }
}
