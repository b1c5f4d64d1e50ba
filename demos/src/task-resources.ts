import { type Robot, robotByName } from '@skillweave/model'
import { createInterpreter } from '@skillweave/policy'
import { createBatchPolicy } from '@skillweave/rl'
import type { SkillNetwork, SkillSet } from '@skillweave/skills'
import {
  type BallKind,
  ballSkillNames,
  ballSkillSenses,
  balls,
  type TaskEntry,
  type TaskName,
  type TaskResources,
} from '@skillweave/tasks'
import { dataFolder, loadMotions } from './motion-data.ts'
import { loadPolicy } from './policy-files.ts'
import { UserError } from './user-error.ts'

export interface ResourceOptions {
  readonly robot?: string
  readonly ball?: string
  readonly skill?: string
  readonly data?: string
  /** A policy that training starts from. */
  readonly initial?: string
  /** Policy with the ball skills: a shipped name or a run's folder. */
  readonly skills?: string
  /** Run networks in the native runtime (training) or in plain TypeScript (demos). */
  readonly native: boolean
}

/** The ball by its name on the command line. */
export function ballKind(name = 'regulation'): BallKind {
  if (name in balls) return name as BallKind
  throw new UserError(`no ball "${name}"; there are ${Object.keys(balls).join(', ')}`)
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
      motions: (skills) => loadMotions(dataFolder(options.data), robot, skills),
      skillSet: () => {
        if (!skillSet) throw new Error('this task is not registered as needing skills')
        return skillSet
      },
    },
  }
}

export const defaultSkills = (ball: BallKind): string => `ballplay-${ball}`

export function findRobot(name: string): Robot {
  try {
    return robotByName(name)
  } catch (error) {
    throw new UserError((error as Error).message)
  }
}

/** Tasks whose policies are ball skills. */
const skillTasks: readonly string[] = [
  'ballplay',
  'ballplay-practice',
  'ballplay-student',
] satisfies TaskName[]

/** The ball skills of a policy file, as a set to blend. */
export async function loadSkillSet(name: string, native: boolean): Promise<SkillSet> {
  const { onnx, manifest } = loadPolicy(name)
  if (!skillTasks.includes(manifest.task)) {
    throw new UserError(
      `policy ${name} was trained for "${manifest.task}", expected ${skillTasks.join(' or ')}`,
    )
  }
  return {
    names: ballSkillNames,
    senses: ballSkillSenses,
    scale: manifest.action.scale[0],
    network: native ? await nativeNetwork(onnx) : interpretedNetwork(onnx),
  }
}

async function nativeNetwork(onnx: Uint8Array): Promise<SkillNetwork> {
  const policy = await createBatchPolicy(onnx)
  return { inputSize: policy.obsSize, outputSize: policy.actionSize, run: policy.run }
}

/** Synchronous and without native code: the same bits on a server and in a browser tab. */
function interpretedNetwork(onnx: Uint8Array): SkillNetwork {
  const rows = ballSkillNames.length
  const net = createInterpreter(onnx, { maxRows: rows })
  const inputSize = net.sizeOf('obs')
  const outputSize = net.sizeOf('actions')
  return {
    inputSize,
    outputSize,
    run: (input, output, n) => {
      if (n > rows) throw new Error(`this network runs at most ${rows} rows, not ${n}`)
      net.inputs.obs.set(input.subarray(0, n * inputSize))
      net.run(n)
      output.set(net.outputs.actions.subarray(0, n * outputSize))
    },
  }
}
