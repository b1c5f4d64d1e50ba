import type { Task } from '@skillweave/mdp'
import type { Robot } from '@skillweave/model'
import { type Reference, transitionGraph } from '@skillweave/motion'
import type { SkillSet } from '@skillweave/skills'
import { type BallKind, balls } from './ball.ts'
import { ballSkillByName, ballSkillNames, ballSkills } from './ball-skills.ts'
import { type BallplayOptions, ballplayStudent, ballplayTeacher } from './ballplay.ts'
import { ballplayApproach } from './ballplay-approach.ts'
import { ballplayCarry } from './ballplay-carry.ts'
import { ballplayBring, ballplayFetch, ballplayGrasp } from './ballplay-fetch.ts'
import { ballplay, ballplayPractice } from './ballplay-practice.ts'
import { conditions } from './humanoid.ts'
import type { HandoverState } from './practice/handover.ts'
import { type PrimitiveName, primitiveNames, primitives } from './primitives.ts'
import { reach } from './reach.ts'
import { scoring } from './scoring.ts'
import { type BenchName, benchNames, benchTask, skillbench } from './skillbench/skillbench.ts'

/** What a task may ask for besides the robot. Functions throw a sentence when it cannot be had. */
export interface TaskResources {
  readonly ball: BallKind
  /** One skill only, for a teacher. */
  readonly skill?: string
  /** Training starts from a policy that knows the task already. */
  readonly trained?: boolean
  /** Recorded motions of ball skills, fitted to the robot. */
  motions(skills: readonly string[]): readonly Reference[]
  /** Level at which the curricula of ball skills start; default 0. */
  readonly startLevel?: number | undefined
  /** Where the pick-ups of a trained policy ended, if one was named. */
  readonly handovers?: readonly HandoverState[]
  /** The trained ball skills, frozen. */
  skillSet(): SkillSet
}

export interface TaskEntry {
  readonly description: string
  /** The one ball skill it is about, where there is no choice. */
  readonly onlySkill?: string
  /** The robot to use when none is named. */
  readonly robot: string
  /** Needs motion data of third parties. */
  readonly needsClips: boolean
  /** Needs trained skills to build on. */
  readonly needsSkills: boolean
  /** The primitive skills its controller weighs, trained for the same robot. */
  readonly blends?: readonly PrimitiveName[]
  /** How it is learned: by reward, or from teachers. */
  readonly learner: 'ppo' | 'distill'
  /** For distillation, the task whose policy of a skill is the teacher. */
  readonly teachers?: (skill: string) => string
  /** Tasks of teachers that come after the skills' (see `TeacherChoice`). */
  readonly moreTeachers?: readonly string[]
  create(robot: Robot, resources: TaskResources): Task
}

/** All motions and labels; only the skill asked for is drawn, if one is. */
function ballplayOptions(robot: Robot, r: TaskResources): BallplayOptions {
  const motions = r.motions(ballSkillNames)
  const { match } = transitionGraph(motions, robot, { similarityMin: 1e-5 })
  const only = r.skill && ballSkillByName(r.skill)
  return {
    motions,
    ball: r.ball,
    ...(r.handovers ? { handovers: r.handovers } : {}),
    startLevel: r.startLevel,
    shares: ballSkillNames.map((name) => (only && name !== r.skill ? 0 : ballSkills[name].share)),
    // Whatever the ball does, it can be fetched.
    matches: match.map((frames) =>
      frames.map((to) => to.map((t, b) => (motions[b].skill === 'pickUp' ? Math.max(0, t) : t))),
    ),
  }
}

/** Every task by name. A new one is a file and a line here. */
export const tasks = {
  reach: {
    description: 'a fixed-base arm follows a target with its hand',
    robot: 'arm7',
    needsClips: false,
    needsSkills: false,
    learner: 'ppo',
    create: (robot) => reach(robot),
  },
  'ballplay-teacher': {
    description: 'follow one recorded ball skill (--skill) with the reference in view',
    robot: 'ballplayer',
    needsClips: true,
    needsSkills: false,
    learner: 'ppo',
    create: (robot, r) => {
      const skills = r.skill ? [r.skill] : ballSkillNames
      const { regulation, paper } = balls
      return ballplayTeacher(robot, {
        motions: r.motions(skills),
        skills,
        ball: r.ball,
        ...(r.handovers ? { handovers: r.handovers } : {}),
        ...(r.trained ? { trained: true } : {}),
        startLevel: r.startLevel,
        ...(skills.every((name) => ballSkillByName(name).anyBall)
          ? { masses: [0.85 * regulation.mass, 1.15 * paper.mass] }
          : { lighten: r.ball === 'regulation' }),
      })
    },
  },
  'ballplay-student': {
    description: 'one ball skill (--skill) from state and label alone, distilled from its teacher',
    robot: 'ballplayer',
    needsClips: true,
    needsSkills: false,
    learner: 'distill',
    teachers: () => 'ballplay-teacher',
    create: (robot, r) => ballplayStudent(robot, ballplayOptions(robot, r)),
  },
  'ballplay-practice': {
    description: 'practise one ball skill (--skill) for its outcome, from its student',
    robot: 'ballplayer',
    needsClips: true,
    needsSkills: false,
    learner: 'ppo',
    create: (robot, r) =>
      ballplayPractice(robot, {
        ...ballplayOptions(robot, r),
        // From the student that dribbles the heavy ball.
        lighten:
          r.skill !== undefined && !ballSkillByName(r.skill).anyBall && r.ball === 'regulation',
      }),
  },
  'ballplay-grasp': {
    description: 'pick up a ball that lies before the feet, from the student of the pick-up',
    onlySkill: 'pickUp',
    robot: 'ballplayer',
    needsClips: true,
    needsSkills: false,
    learner: 'ppo',
    create: (robot, r) => ballplayGrasp(robot, ballplayOptions(robot, r)),
  },
  'ballplay-approach': {
    description: 'walk to the ball and stand before it, by reward from nothing',
    onlySkill: 'pickUp',
    robot: 'ballplayer',
    needsClips: true,
    needsSkills: false,
    learner: 'ppo',
    create: (robot, r) => ballplayApproach(robot, ballplayOptions(robot, r)),
  },
  'ballplay-carry': {
    description: 'carry the ball to where it can be thrown from, by reward',
    onlySkill: 'pickUp',
    robot: 'ballplayer',
    needsClips: true,
    needsSkills: false,
    learner: 'ppo',
    create: (robot, r) => ballplayCarry(robot, ballplayOptions(robot, r)),
  },
  'ballplay-fetch': {
    description: 'a whole pick-up, distilled from approach and grasp',
    onlySkill: 'pickUp',
    robot: 'ballplayer',
    needsClips: true,
    needsSkills: false,
    learner: 'distill',
    teachers: () => 'ballplay-grasp',
    moreTeachers: ['ballplay-approach'],
    create: (robot, r) => ballplayFetch(robot, ballplayOptions(robot, r)),
  },
  'ballplay-bring': {
    description: 'a pick-up that brings the ball, distilled from the practised one and carrying',
    onlySkill: 'pickUp',
    robot: 'ballplayer',
    needsClips: true,
    needsSkills: false,
    learner: 'distill',
    teachers: () => 'ballplay-practice',
    moreTeachers: ['ballplay-carry'],
    create: (robot, r) => ballplayBring(robot, ballplayOptions(robot, r)),
  },
  ballplay: {
    description: 'all ball skills in one policy, distilled from the practised skills',
    robot: 'ballplayer',
    needsClips: true,
    needsSkills: false,
    learner: 'distill',
    teachers: (skill) =>
      ballSkillByName(skill).practised ? 'ballplay-practice' : 'ballplay-student',
    create: (robot, r) => ballplay(robot, ballplayOptions(robot, r)),
  },
  scoring: {
    description: 'choose and blend the ball skills to score at a hoop',
    robot: 'ballplayer',
    needsClips: false,
    needsSkills: true,
    learner: 'ppo',
    create: (robot, r) =>
      scoring(robot, {
        skills: r.skillSet(),
        ball: r.ball,
        ...(r.handovers ? { handovers: r.handovers } : {}),
      }),
  },
  ...primitiveEntries(),
  ...benchEntries(),
} as const satisfies Record<string, TaskEntry>

function primitiveEntries(): Record<PrimitiveName, TaskEntry> {
  const entries = primitiveNames.map((name): [PrimitiveName, TaskEntry] => [
    name,
    {
      description: primitives[name].description,
      robot: 'h1',
      needsClips: false,
      needsSkills: false,
      learner: 'ppo',
      create: (robot) => primitives[name].create(robot, conditions.training),
    },
  ])
  return Object.fromEntries(entries) as Record<PrimitiveName, TaskEntry>
}

function benchEntries(): Record<BenchName, TaskEntry> {
  const entries = benchNames.map((name): [BenchName, TaskEntry] => [
    name,
    {
      description: benchTask(name).description,
      robot: 'h1',
      needsClips: false,
      needsSkills: false,
      blends: benchTask(name).skills,
      learner: 'ppo',
      create: (robot) => skillbench(robot, name, conditions.training),
    },
  ])
  return Object.fromEntries(entries) as Record<BenchName, TaskEntry>
}

export type TaskName = keyof typeof tasks

export const taskNames = Object.keys(tasks) as TaskName[]

/** A task by name. Throws, naming the tasks. */
export function taskByName(name: string): TaskEntry {
  const entry = (tasks as Record<string, TaskEntry>)[name]
  if (!entry) throw new Error(`no task "${name}"; there are ${taskNames.join(', ')}`)
  return entry
}
