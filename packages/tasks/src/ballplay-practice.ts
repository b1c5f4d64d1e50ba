import {
  type BindContext,
  defineReward,
  defineTermination,
  fallen,
  type MotionReference,
  type Task,
} from '@skillweave/mdp'
import type { Robot } from '@skillweave/model'
import { type BallplayOptions, ballMass, ballplayStudent } from './ballplay.ts'
import { dribbleWatch } from './dribble-watch.ts'
import { type HoldWatch, holdWatch } from './hold-watch.ts'
import { dribbleLost, dribbling } from './practice/dribble.ts'
import { fetching, pickUpStarts } from './practice/pick-up.ts'
import { recovering, shooting, shotGoal } from './practice/shot.ts'
import { isDribble, skillMask } from './practice/skill-mask.ts'
import { recordedLanding } from './recorded-landing.ts'

/**
 * Practise a ball skill for what it is for: from the distilled student, with its senses and without a
 * reference to follow, by PPO on the outcome. A dribble must go on, a ball must get into the hands from
 * wherever it lies, a shot must come down at the goal. Divergence from the student is charged
 * (`anchorWeight`), which keeps the recorded style.
 */
export function ballplayPractice(robot: Robot, options: BallplayOptions): Task {
  const base = ballplayStudent(robot, {
    noisy: 0.5,
    crossStarts: 0.2,
    crossFrom,
    // A shot is practised from before the ball leaves the hands.
    startsBefore: options.motions.map((m) => (recordedLanding(m)?.frame ?? m.nFrames + 3) - 3),
    ...options,
  })
  const { startLevel } = options
  const terms = { reference: 'reference', goal: 'goal' } as const
  return {
    name: 'ballplay-practice',
    description: 'practise a ball skill (--skill) for its outcome, from its student',
    scene: base.scene,
    controlDt_s: base.controlDt_s,
    decimation: base.decimation,
    physics: base.physics,
    action: base.action,
    commands: { ...base.commands, dribble: dribbleWatch(), hold: holdWatch() },
    observations: { actor: base.observations.actor },
    rewards: {
      outcome: {
        combine: 'sum',
        terms: {
          dribbling: { weight: 1, term: dribbling(terms) },
          fetching: { weight: 1, term: fetching(terms) },
          shooting: { weight: 150, term: shooting(terms) },
          recovering: { weight: 1, term: recovering({ ...terms, height: 0.65 }) },
          standing: { weight: 0.15, term: standing({ ...terms, height: 0.65 }) },
        },
      },
    },
    terminations: {
      fallen: fallen({ below: 0.5 }),
      dribbleLost: dribbleLost(terms),
      over: practiceOver({ reference: 'reference', after_s: { pickUp: 16, shot: 5 }, else_s: 6 }),
      held: heldLong({ reference: 'reference', hold: 'hold', after_s: 10 }),
    },
    events: {
      reset: {
        start: base.events.reset.start,
        ...(base.events.reset.handover ? { handover: base.events.reset.handover } : {}),
        ballMass: ballMass(options, { horizon_s: 4, riseAbove: 0.7, risePer1000: 0.25 }),
        pickUp: pickUpStarts({
          reference: 'reference',
          hold: 'hold',
          startLevel,
          standing: 0.35,
          scattered: 0.45,
          ...(options.graspOnly
            ? { distance: [0.4, 0.9], angle: 0.7, riseAbove: 0.4, risePer1000: 0.1 }
            : { distance: [0.4, 4], angle: Math.PI, riseAbove: 0, risePer1000: 0 }),
        }),
        goal: shotGoal({ ...terms, startLevel, riseAbove: 0.12, risePer1000: 0.1 }),
      },
    },
    learning: {
      samples: 10_000_000,
      hidden: [512, 256],
      gamma: 0.985,
      rewardScale: 0.1,
      // Long rollouts and few epochs: a distilled network moves far with every noisy step.
      steps: 64,
      epochs: 4,
      klTarget: 0.03,
      lr: 6e-5,
      lrMin: 2e-6,
      lrMax: 3e-4,
      lrDecayFrom: 0.75,
      lrDecayTo: 0.3,
      criticOnlyIterations: 10,
      // A policy is good with the noise it has learned with: one that ended at 0.07 fell in 27 % of pick-ups without
      // noise and in 5 % with it.
      std: { kind: 'fixed', start: 0.18, end: 0.015 },
      anchorWeight: 0.001,
      anchorWeightEnd: 0,
    },
  }
}

/** The policy that ships: all practised skills in one, distilled on the states it visits itself. */
export function ballplay(robot: Robot, options: BallplayOptions): Task {
  const practice = ballplayPractice(robot, options)
  return {
    ...practice,
    name: 'ballplay',
    description: 'dribble, pick up and shoot from state and a skill label, from practised skills',
    observations: { ...practice.observations, teacher: practice.observations.actor },
    teacherAction: practice.action,
    learning: {
      samples: 3_000_000,
      hidden: [512, 256],
      teacherUntil: 0.1,
      noise: 0.1,
      bufferSize: 600_000,
      updates: 80,
    },
  }
}

/** What a controller may want to do next: the skills whose states each skill learns to start from. */
const crossFrom = {
  dribbleForward: ['pickUp', 'dribbleLeft', 'dribbleRight'],
  dribbleLeft: ['pickUp', 'dribbleForward', 'dribbleRight'],
  dribbleRight: ['pickUp', 'dribbleForward', 'dribbleLeft'],
  pickUp: ['dribbleForward', 'dribbleLeft', 'dribbleRight', 'shot'],
  shot: ['pickUp'],
}

/** 1 while the base is above a height, m; 0 for dribbles, which end with a fall. */
const standing = defineReward(
  'standing',
  (p: { reference: string; height: number }, ctx: BindContext) => {
    const reference = ctx.command<MotionReference>(p.reference)
    const mask = skillMask(reference, (skill) => !isDribble(skill))
    return (s) => (mask[reference.skillOf[s.index]] === 1 && s.linkPos_w[2] > p.height ? 1 : 0)
  },
)

/** Truncated after a time that depends on the skill, s. */
const practiceOver = defineTermination(
  'practiceOver',
  'truncated',
  (
    p: { reference: string; after_s: Readonly<Record<string, number>>; else_s: number },
    ctx: BindContext,
  ) => {
    const reference = ctx.command<MotionReference>(p.reference)
    const steps = reference.skills.map((skill) =>
      Math.round((p.after_s[skill] ?? p.else_s) / ctx.actionDt_s),
    )
    return (s) => s.step >= steps[reference.skillOf[s.index]]
  },
)

/** Truncated once a ball that was to be picked up has been held for a while: there is nothing more to learn. */
const heldLong = defineTermination(
  'heldLong',
  'truncated',
  (p: { reference: string; hold: string; after_s: number }, ctx: BindContext) => {
    const reference = ctx.command<MotionReference>(p.reference)
    const watch = ctx.command<HoldWatch>(p.hold)
    const mask = skillMask(reference, (skill) => skill === 'pickUp')
    const steps = Math.round(p.after_s / ctx.controlDt_s)
    return (s) => mask[reference.skillOf[s.index]] === 1 && watch.liftedSteps[s.index] > steps
  },
)
