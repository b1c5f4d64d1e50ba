import { gaitClock, gaitPhase, type Task } from '@skillweave/mdp'
import type { Robot } from '@skillweave/model'
import type { BallplayOptions } from './ballplay.ts'
import { carryVelocity } from './ballplay-carry.ts'
import { ballPlayerSwing } from './ballplay-gait.ts'
import { ballplay, ballplayPractice } from './ballplay-practice.ts'
import { gaitPeriod_s } from './humanoid.ts'
import { handoverStarts } from './practice/handover.ts'
import { approachChoice, carryChoice } from './teacher-choice.ts'

/**
 * Pick up a ball that lies before the feet: practised backwards through the recorded motions, from the ball in
 * the hands to the last step towards it, from the student of the recorded motions.
 */
export function ballplayGrasp(robot: Robot, options: BallplayOptions): Task {
  const practice = ballplayPractice(robot, { ...options, graspOnly: true })
  return {
    ...practice,
    name: 'ballplay-grasp',
    description: 'pick up a ball that lies before the feet: the second half of a pick-up',
    learning: {
      ...practice.learning,
      samples: 15_000_000,
      lrMin: 3e-5,
      std: { kind: 'fixed', start: 0.3, end: 0.1 },
    },
  }
}

/**
 * Walk to a ball that lies anywhere and pick it up, from two teachers that hand over to each other. The student
 * sees no gait clock: the phase is in its legs.
 */
export function ballplayFetch(robot: Robot, options: BallplayOptions): Task {
  const base = ballplay(robot, options)
  return {
    ...base,
    name: 'ballplay-fetch',
    description: 'a whole pick-up, distilled from the walk to the ball and the grasp',
    commands: {
      ...base.commands,
      clock: gaitClock({ period_s: gaitPeriod_s, swing: ballPlayerSwing }),
      teacher: approachChoice({ reference: 'reference' }),
    },
    // The clock comes last: only the teacher that walks sees it.
    observations: {
      ...base.observations,
      teacher: { ...base.observations.actor, phase: gaitPhase({ command: 'clock' }) },
    },
    learning: { ...base.learning, samples: 1_500_000 },
  }
}

/**
 * Pick a ball up and bring it to where it can be thrown from: the practised pick-up learns from the teacher that carries. Some episodes
 * start with the ball in the hands, where pick-ups end.
 */
export function ballplayBring(robot: Robot, options: BallplayOptions): Task {
  const base = ballplay(robot, options)
  const { handovers: states } = options
  const held = states && {
    held: handoverStarts({ reference: 'reference', share: 0.4, states, skills: ['pickUp'] }),
  }
  return {
    ...base,
    name: 'ballplay-bring',
    description: 'a pick-up that brings the ball, distilled from pick-up and carrying',
    commands: {
      ...base.commands,
      velocity: carryVelocity({}),
      clock: gaitClock({ period_s: gaitPeriod_s, swing: ballPlayerSwing, walk: 'velocity' }),
      teacher: carryChoice({ reference: 'reference', goal: 'goal', hold: 'hold' }),
    },
    observations: {
      ...base.observations,
      teacher: { ...base.observations.actor, phase: gaitPhase({ command: 'clock' }) },
    },
    events: { reset: { ...base.events.reset, ...held } },
    learning: { ...base.learning, samples: 1_500_000, noise: 0.05, lr: 5e-4 },
  }
}
