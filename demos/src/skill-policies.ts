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
import {
  isPolicy,
  loadPolicy,
  type PolicyFile,
  policyNames,
  unfinishedRun,
} from './policy-files.ts'
import {
  controllerByName,
  controllers,
  missingPolicy,
  type PolicyChoice,
  policyName,
} from './policy-names.ts'
import { UserError } from './user-error.ts'

/** What is chosen for a controller besides its task; the paper's ablations are two of these. */
export interface ControllerOptions {
  readonly controller?: string
  /** Leave a skill out. */
  readonly without?: string
  /** `softmax` (default) or `free`. */
  readonly weights?: string
}

/** The trained policy of a task for a robot, see `loadPolicy`. Throws, naming those that exist. */
export function policyFor(task: string, robot: Robot, choice: PolicyChoice = {}): PolicyFile {
  const name = policyName(task, robot.name, choice)
  if (isPolicy(name)) return loadPolicy(name)
  const about = { choice, known: policyNames(), begun: unfinishedRun(name) }
  throw new UserError(missingPolicy(task, robot.name, about))
}

/** Whether `policyFor` would find one. */
export const hasPolicy = (task: string, robot: Robot, choice: PolicyChoice = {}): boolean =>
  isPolicy(policyName(task, robot.name, choice))

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
