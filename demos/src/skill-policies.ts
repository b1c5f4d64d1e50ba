import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Env } from '@skillweave/mdp'
import type { Robot } from '@skillweave/model'
import { matchManifest, readOnnx } from '@skillweave/policy'
import { type ActorHead, type FrozenSkill, skillHead } from '@skillweave/rl'
import {
  bodySenseNames,
  type PrimitiveName,
  primitiveNames,
  primitives,
  priorLogits,
} from '@skillweave/tasks'
import { loadPolicy, type PolicyFile, shippedNames } from './policy-files.ts'
import { UserError } from './user-error.ts'

/**
 * The controllers, by what stands between their network and the joint targets: how skills are weighed, or
 * nothing. One task definition, one learner and one action space for all of them.
 */
export const controllers = {
  blend: 'perJoint',
  scalar: 'perSkill',
  choose: 'one',
  flat: undefined,
} as const

export type ControllerName = keyof typeof controllers

export const controllerNames = Object.keys(controllers) as ControllerName[]

/** A controller by its name on the command line. */
export function controllerByName(name: string): ControllerName {
  if (Object.hasOwn(controllers, name)) return name as ControllerName
  throw new UserError(`no controller "${name}"; there are ${controllerNames.join(', ')}`)
}

/** What is chosen for a controller besides its task; the paper's ablations are two of these. */
export interface ControllerOptions {
  readonly controller?: string
  /** Leave a skill out. */
  readonly without?: string
  /** `softmax` (default) or `free`. */
  readonly weights?: string
}

/** Which of a task's policies: by which controller, and which run of it, such as `seed2` or `without-walking`. */
export interface PolicyChoice {
  readonly controller?: string
  readonly variant?: string | undefined
}

const stemOf = (task: string, robot: Robot, { controller, variant }: PolicyChoice): string =>
  [task, robot.name, controller, variant].filter(Boolean).join('-')

/** The trained policy of a task for a robot: shipped, or in the run's folder. Throws, naming those that exist. */
export function policyFor(task: string, robot: Robot, choice: PolicyChoice = {}): PolicyFile {
  const { controller } = choice
  const stem = stemOf(task, robot, choice)
  const found = existingPolicy(stem)
  if (found) return loadPolicy(found)
  const flags = controller ? ` --controller ${controller}` : ''
  const known = policiesOf(robot)
  throw new UserError(
    `${robot.name} has no policy for ${[task, controller].filter(Boolean).join(' by ')} (${stem}); it has ${known.join(', ') || 'none'}; train it with: pnpm train ${task} --robot ${robot.name}${flags}`,
  )
}

/** Whether `policyFor` would find one. */
export const hasPolicy = (task: string, robot: Robot, choice: PolicyChoice = {}): boolean =>
  existingPolicy(stemOf(task, robot, choice)) !== undefined

function existingPolicy(stem: string): string | undefined {
  if (shippedNames().includes(stem)) return stem
  const run = join('.runs', stem)
  return existsSync(join(run, 'policy.onnx')) ? run : undefined
}

function policiesOf(robot: Robot): string[] {
  const runs = existsSync('.runs')
    ? readdirSync('.runs').filter((name) => existsSync(join('.runs', name, 'policy.onnx')))
    : []
  const mine = new RegExp(`-${robot.name}(-[a-z-]+)?$`)
  return [...new Set([...shippedNames(), ...runs])].filter((name) => mine.test(name)).sort()
}

/** A policy must have been made for exactly this environment's robot, senses and joints. */
export function requireFit(file: PolicyFile, env: Env): void {
  const differences = matchManifest(file.manifest, {
    robot: env.robot.name,
    task: env.task.name,
    jointNames: env.robot.model.dofNames,
    observation: env.actorTerms,
    actionSize: env.actionSize,
  })
  if (differences.length > 0) {
    throw new UserError(
      `policy ${file.name} does not fit ${env.task.name}: ${differences.join('; ')}`,
    )
  }
}

/** Skills a controller weighs, after leaving one out. */
export function blendedSkills(
  task: string,
  skills: readonly PrimitiveName[],
  { without }: ControllerOptions,
): readonly PrimitiveName[] {
  if (without === undefined) return skills
  if (!skills.includes(without as PrimitiveName)) {
    throw new UserError(
      `${task} blends ${skills.join(', ')}; there is no "${without}" to leave out`,
    )
  }
  return skills.filter((name) => name !== without)
}

/** The head of a controller, with the robot's trained skills in it; none for `flat`. */
export function controllerHead(
  env: Env,
  skills: readonly PrimitiveName[],
  options: ControllerOptions,
): ActorHead | undefined {
  const weights = controllers[controllerByName(options.controller ?? 'blend')]
  const normalisation = options.weights ?? 'softmax'
  if (normalisation !== 'softmax' && normalisation !== 'free') {
    throw new UserError(`no weights "${normalisation}"; there are softmax, free`)
  }
  if (weights === undefined) return undefined
  const isBody = ({ name }: { name: string }) =>
    (bodySenseNames as readonly string[]).includes(name)
  const size = (terms: readonly { size: number }[]) => terms.reduce((n, t) => n + t.size, 0)
  const body = env.actorTerms.filter(isBody)
  return skillHead({
    skills: skills.map((name) => frozenSkill(name, env, body)),
    goalSize: size(env.actorTerms) - size(body),
    bodySize: size(body),
    actionSize: env.actionSize,
    weights,
    normalisation,
  })
}

/** A trained primitive, checked against what the environment senses. */
function frozenSkill(
  name: PrimitiveName,
  env: Env,
  body: readonly { readonly name: string; readonly size: number }[],
): FrozenSkill {
  const { robot } = env
  const file = policyFor(name, robot)
  const { min, max } = primitives[name].goalRange(robot)
  const differences = matchManifest(file.manifest, {
    robot: robot.name,
    task: name,
    jointNames: robot.model.dofNames,
    observation: [{ name: 'goal', size: min.length }, ...body],
    actionSize: env.actionSize,
    controlDt_s: env.task.controlDt_s,
  })
  if (differences.length > 0) {
    throw new UserError(
      `skill ${name} of ${robot.name} cannot be blended in ${env.task.name}: ${differences.join('; ')}; skills are ${primitiveNames.join(', ')}`,
    )
  }
  return {
    name,
    model: readOnnx(file.onnx),
    goalMin: min,
    goalMax: max,
    prior: priorLogits(robot, name),
  }
}
