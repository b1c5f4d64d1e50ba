import { type Robot, robotByName } from '@skillweave/model'
import { type OnnxModel, writeOnnx } from '@skillweave/policy'
import { createBatchPolicy } from '@skillweave/rl'
import { expertNetwork, type SkillNetwork, type SkillSet } from '@skillweave/skills'
import type { TaskEntry, TaskResources } from '@skillweave/tasks'
import { dataFolder, loadMotions } from './motion-data.ts'
import { loadPolicy } from './policy-files.ts'
import {
  ballKind,
  defaultSkills,
  interpretedSkillSet,
  skillNetworks,
  skillSet,
} from './skill-sets.ts'
import { UserError } from './user-error.ts'

export { ballKind, defaultSkills } from './skill-sets.ts'

export interface ResourceOptions {
  readonly robot?: string
  readonly ball?: string
  readonly skill?: string
  readonly data?: string
  /** A policy that training starts from. */
  readonly initial?: string
  /** Level, 0 to 1, at which curricula of ball skills start: where `initial` has got to. */
  readonly level?: number
  /** Policy with the ball skills: a shipped name or a run's folder. */
  readonly skills?: string
  /** Run networks in the native runtime (training) or in plain TypeScript (demos). */
  readonly native: boolean
}

/** Everything a task may ask for, from the command line's options. */
export async function taskResources(
  entry: TaskEntry,
  options: ResourceOptions,
): Promise<{ robot: Robot; resources: TaskResources }> {
  const robot = findRobot(options.robot ?? entry.robot)
  const ball = ballKind(options.ball)
  const skillSet = entry.needsSkills
    ? await loadSkillSet(options.skills ?? defaultSkills(ball), options.native)
    : undefined
  return {
    robot,
    resources: {
      ball,
      ...(options.skill ? { skill: options.skill } : {}),
      ...(options.initial ? { trained: true } : {}),
      startLevel: options.level,
      motions: (skills) => loadMotions(dataFolder(options.data), robot, skills),
      skillSet: () => {
        if (!skillSet) throw new Error('this task is not registered as needing skills')
        return skillSet
      },
    },
  }
}

/** A robot by its name on the command line. */
export function findRobot(name: string): Robot {
  try {
    return robotByName(name)
  } catch (error) {
    throw new UserError((error as Error).message)
  }
}

/** The ball skills of a policy file, as a set to blend. */
export async function loadSkillSet(name: string, native: boolean): Promise<SkillSet> {
  const file = loadPolicy(name)
  if (!native) return interpretedSkillSet(file)
  const networks = await Promise.all(skillNetworks(file.onnx).map(nativeNetwork))
  return skillSet(file, expertNetwork(networks))
}

async function nativeNetwork(model: OnnxModel): Promise<SkillNetwork> {
  const policy = await createBatchPolicy(writeOnnx(model))
  return { inputSize: policy.obsSize, outputSize: policy.actionSize, run: policy.run }
}
