import {
  baseAngVel,
  baseHeight,
  baseLinVel,
  baseTilt,
  bodyLost,
  bodyPosRel,
  fallen,
  imitateBodyPos,
  imitateContact,
  imitateInteraction,
  imitateObjectPos,
  imitateRotation,
  jointPosRel,
  jointTarget,
  jointVel,
  motionReference,
  type ObservationTerm,
  objectFromSites,
  objectLinVel,
  objectLost,
  objectMass,
  objectPosRel,
  referenceAssist,
  referenceBaseRotationError,
  referenceBodyError,
  referenceObjectError,
  referenceOver,
  referenceResidual,
  referenceStart,
  skillLabel,
  type Task,
  timeOut,
} from '@skillweave/mdp'
import type { Robot } from '@skillweave/model'
import { keyRoles, type Reference } from '@skillweave/motion'
import { type BallKind, ballObject, balls, courtGround } from './ball.ts'
import { ballSkillNames, ballSkills, ballSkillTwins } from './ball-skills.ts'
import { goalView } from './goal.ts'
import { miniHoopHeight } from './hoop.ts'
import { type HandoverState, handoverStarts } from './practice/handover.ts'
import { goalAtRecordedLanding } from './recorded-landing.ts'
import { shotTracker } from './shot-tracker.ts'

const palms = ['leftPalm', 'rightPalm'] as const

/** Beyond this distance from the body the ball is not imitated, m: it lies there or has been thrown. */
const reach = 1.2

/** What a ball player senses of itself and the ball. */
export const ballPlayerSenses: Readonly<Record<string, ObservationTerm>> = {
  baseHeight: baseHeight({}),
  baseTilt: baseTilt({}),
  baseLinVel: baseLinVel({}),
  baseAngVel: baseAngVel({}),
  jointPos: jointPosRel({}),
  jointVel: jointVel({ scale: 0.1, clip: 4 }),
  bodies: bodyPosRel({ roles: keyRoles.slice(1) }),
  ballPos: objectPosRel({ object: 'ball', range: 4 }),
  ballVel: objectLinVel({ object: 'ball' }),
  ballFromPalms: objectFromSites({ object: 'ball', sites: palms, range: 4 }),
}

/**
 * What every ball-skill policy sees, before its label: no phase and no reference, so that a controller
 * can switch skills at any moment, and where the ball should go in the end (the command `goal`).
 */
export const ballSkillSenses: Readonly<Record<string, ObservationTerm>> = {
  ...ballPlayerSenses,
  goal: goalView({ command: 'goal' }),
}

export interface BallplayOptions {
  /** Motions to imitate, already fitted to the robot at 30 frames/s. */
  readonly motions: readonly Reference[]
  /** Labels in the observation. */
  readonly skills?: readonly string[]
  readonly ball: BallKind
  /** Range of the ball's mass, kg; default ±15 % of the ball's. Holds and throws learn any mass at once. */
  readonly masses?: readonly [number, number]
  /** Start with the paper's heavy ball and lighten it as episodes survive. */
  readonly lighten?: boolean
  /** Level at which curricula start: 1 for a policy that has been through them. */
  readonly startLevel?: number | undefined
  /** Share of starts from another skill's state, from which skills, and the frames that match. */
  readonly crossStarts?: number
  readonly crossFrom?: Readonly<Record<string, readonly string[]>>
  readonly matches?: readonly (readonly Int32Array[])[]
  /** Episodes start before this frame of each motion. */
  readonly startsBefore?: readonly number[]
  /** How often each skill is drawn; absent: harder ones more often. */
  readonly shares?: readonly number[]
  /** The teacher starts from a trained one and needs no harness. */
  readonly trained?: boolean
  /** Share of starts with noise. */
  readonly noisy?: number
  /** Where pick-ups have ended: other skills are practised from there too. */
  readonly handovers?: readonly HandoverState[]
  /** Pick-ups are learned backwards, and only with the ball before the feet; default wherever it lies. */
  readonly graspOnly?: boolean
}

/**
 * Imitate recorded ball skills after SkillMimic, at 30 Hz on 120 Hz physics, without seeing the
 * recording: state, goal and skill label in, absolute joint targets out. Distilled from the teachers.
 */
export function ballplayStudent(robot: Robot, options: BallplayOptions): Task {
  const skills = options.skills ?? ballSkillNames
  const base = imitation(options, skills, { inStep: true })
  return {
    ...base,
    commands: {
      ...base.commands,
      goal: shotTracker({ hoopHeight: miniHoopHeight, distance: [1.5, 8] }),
    },
    events: {
      ...base.events,
      reset: {
        ...base.events.reset,
        goal: goalAtRecordedLanding({ reference: 'reference', goal: 'goal' }),
      },
    },
    // Longer than its teacher's episodes: what happens once it has drifted is what it must learn.
    terminations: { ...base.terminations, timeOut: timeOut({ after_s: 6 }) },
    name: 'ballplay-student',
    description: 'a recorded ball skill (--skill) from state and label alone, from its teacher',
    action: jointTarget({ scale: 0.25 }),
    observations: {
      actor: {
        ...ballSkillSenses,
        skill: skillLabel({ command: 'reference', skills, twins: ballSkillTwins }),
      },
      critic: referenceView,
      teacher: { ...ballPlayerSenses, ...referenceView },
    },
    teacherAction: referenceResidual({
      command: 'reference',
      scale: 0.25,
      joints: teacherJoints(robot),
    }),
    learning: {
      samples: 1_000_000,
      hidden: [512, 256],
      teacherUntil: 0.2,
      noise: 0.15,
      bufferSize: 600_000,
      updates: 80,
    },
  }
}

/** A teacher: sees the reference and corrects it. One per skill. */
export function ballplayTeacher(robot: Robot, options: BallplayOptions): Task {
  const skills = options.skills ?? ballSkillNames
  const base = imitation(options, skills)
  return {
    ...base,
    events: { ...base.events, ...(options.trained ? {} : { step: { assist: assistance } }) },
    name: 'ballplay-teacher',
    description: 'follow recorded ball skills with the reference in view',
    action: referenceResidual({
      command: 'reference',
      scale: 0.25,
      joints: teacherJoints(robot),
    }),
    observations: {
      actor: { ...ballPlayerSenses, ...referenceView },
    },
    learning: {
      samples: 5_000_000,
      gamma: 0.97,
      epochs: 6,
      klTarget: 0.04,
      lrMin: 1e-4,
      lrDecayFrom: 0.8,
      lrDecayTo: 0.3,
      rewardScale: 0.1,
      std: { kind: 'fixed', start: 0.4, end: 0.16 },
    },
  }
}

/** Holds the pelvis near the reference until the hands know what to do. */
const assistance = referenceAssist({
  command: 'reference',
  stiffness: 3000,
  damping: 300,
  turnStiffness: 400,
  turnDamping: 5,
  horizon_s: 2,
  shrinkAbove: 0.5,
  growBelow: 0.35,
  rate: 0.08,
})

/** What a teacher sees of the reference. */
const referenceView: Readonly<Record<string, ObservationTerm>> = {
  referenceBodies: referenceBodyError({ command: 'reference', roles: keyRoles }),
  referenceBase: referenceBaseRotationError({ command: 'reference' }),
  referenceBall: referenceObjectError({
    command: 'reference',
    object: 'ball',
    ahead: 3,
    within: reach,
  }),
}

/** All that teacher and student share: scene, rewards, ends and starts. */
function imitation(
  options: BallplayOptions,
  skills: readonly string[],
  pace: { readonly inStep?: boolean } = {},
) {
  return {
    scene: { ground: courtGround, objects: [ballObject(options.ball)] },
    controlDt_s: 1 / 30,
    decimation: 4,
    physics: {
      solverIterations: 2,
      pgsIterations: 4,
      groundContact: 'feet' as const,
      selfCollision: false,
      footContact: false,
    },
    commands: {
      reference: motionReference({
        motions: options.motions,
        skills,
        adaptive: 0.8,
        ...pace,
        ...(options.shares ? { shares: options.shares } : {}),
        ...(options.startsBefore ? { startsBefore: options.startsBefore } : {}),
        ...(options.matches
          ? {
              crossStarts: options.crossStarts ?? 0,
              matches: options.matches,
              ...(options.crossFrom ? { crossFrom: options.crossFrom } : {}),
            }
          : {}),
      }),
    },
    rewards: {
      imitation: {
        combine: 'product' as const,
        terms: {
          bodyPos: {
            weight: 1,
            term: imitateBodyPos({ command: 'reference', roles: keyRoles, k: 20 }),
          },
          rotation: { weight: 1, term: imitateRotation({ command: 'reference', k: 4 }) },
          ballPos: {
            weight: 1,
            term: imitateObjectPos({ command: 'reference', object: 'ball', k: 3, within: reach }),
          },
          interaction: {
            weight: 1,
            term: imitateInteraction({
              command: 'reference',
              object: 'ball',
              roles: keyRoles,
              k: 10,
              within: reach,
            }),
          },
          contact: {
            weight: 1,
            term: imitateContact({ command: 'reference', object: 'ball', sites: palms, k: 3 }),
          },
        },
      },
    },
    terminations: {
      fallen: fallen({ below: 0.4 }),
      ballLost: objectLost({
        command: 'reference',
        object: 'ball',
        beyond: 0.6,
        within: reach,
      }),
      bodyLost: bodyLost({ command: 'reference', roles: keyRoles, beyond: 0.5 }),
      clipOver: referenceOver({ command: 'reference' }),
      timeOut: timeOut({ after_s: 3 }),
    },
    events: {
      reset: {
        start: referenceStart({
          command: 'reference',
          object: 'ball',
          noisy: options.noisy ?? 0.5,
          beside: { place: 0.1, yaw: 0.2 },
          // Most falls come from arriving too fast: the velocity of the base varies most.
          noise: {
            joint: 0.05,
            jointVel: 0.3,
            object: 0.015,
            objectVel: 0.1,
            base: 0.01,
            baseVel: 0.3,
          },
          lift: 0.005,
        }),
        ...(options.handovers
          ? {
              handover: handoverStarts({
                reference: 'reference',
                share: 0.6,
                states: options.handovers,
              }),
            }
          : {}),
        ballMass: ballMass(options, { horizon_s: 2, riseAbove: 0.6, risePer1000: 0.1 }),
      },
    },
  } satisfies Partial<Task>
}

/** The ball's mass per episode: within its range, or becoming lighter as episodes survive. */
export function ballMass(
  { ball, masses, lighten, startLevel }: BallplayOptions,
  curriculum: { readonly horizon_s: number; riseAbove: number; risePer1000: number },
) {
  const spread = (kind: BallKind) => [0.85 * balls[kind].mass, 1.15 * balls[kind].mass] as const
  const to = masses ?? spread(ball)
  return objectMass({
    object: 'ball',
    from: lighten ? spread('paper') : to,
    to,
    ...curriculum,
    risePer1000: lighten ? curriculum.risePer1000 : 0,
    startLevel,
  })
}

/**
 * Joints a teacher may correct: legs, trunk, and the arms that handle the ball. The head, collar
 * bones and chest follow the recording, as do twists that the skeleton hardly uses.
 */
export function teacherJoints(robot: Robot): string[] {
  const wanted = [
    ...['left', 'right'].flatMap((s) => [
      ...axes(`${s}Thigh`, 'xyz'),
      ...axes(`${s}Shin`, 'x'),
      ...axes(`${s}Foot`, 'xz'),
    ]),
    ...axes('torso', 'xyz'),
    ...['left', 'right'].flatMap((s) => [
      ...axes(`${s}UpperArm`, 'xyz'),
      ...axes(`${s}Forearm`, 'xy'),
      ...axes(`${s}Hand`, 'xyz'),
    ]),
  ]
  return wanted.filter((name) => robot.model.dofNames.includes(name))
}

const axes = (joint: string, which: string) => [...which].map((a) => `${joint}_${a}`)

/** Skill titles for pages and tables. */
export const ballSkillTitles = Object.fromEntries(
  ballSkillNames.map((name) => [name, ballSkills[name].title]),
)
