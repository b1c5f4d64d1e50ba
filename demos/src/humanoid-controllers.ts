import { createBlendController, createPolicyController } from '@skillweave/controllers'
import type { Env } from '@skillweave/mdp'
import { type Robot, robotByName } from '@skillweave/model'
import type { SkillDescription } from '@skillweave/protocol'
import { type PrimitiveName, primitiveNames, primitives } from '@skillweave/tasks'
import type { DemoOptions, LoadPolicy, SkillBlend, SkillGoals } from './live/session.ts'
import type { PolicyFile } from './policy-files.ts'
import {
  type ControllerName,
  controllerByName,
  controllerNames,
  missingPolicy,
  policyName,
} from './policy-names.ts'
import { UserError } from './user-error.ts'

/** The robot of a humanoid demo. */
export const humanoidOf = ({ robot }: DemoOptions): Robot => robotByName(robot ?? 'h1')

/** A humanoid's policy for a task. Rejects with the command that trains it. */
export function humanoidPolicy(
  task: string,
  { policy, policyNames, begun, ...options }: DemoOptions,
  loadPolicy: LoadPolicy,
  controller?: ControllerName,
): PolicyFile | Promise<PolicyFile> {
  if (policy) return loadPolicy(policy)
  const robot = humanoidOf(options).name
  const choice = controller ? { controller } : {}
  const name = policyName(task, robot, choice)
  if (policyNames?.includes(name) === false) {
    const about = { choice, known: policyNames, begun: begun?.(name) }
    throw new UserError(missingPolicy(task, robot, about))
  }
  return loadPolicy(name)
}

/** A primitive as the viewer is told about it. */
export function describePrimitive(name: PrimitiveName, robot: Robot): SkillDescription {
  const { description, goals, marks, goalRange } = primitives[name]
  const { min, max } = goalRange(robot)
  return {
    name,
    title: titleOf(name),
    color: primitiveNames.indexOf(name),
    goals,
    ranges: goals.map((_, i) => [min[i], max[i]] as const),
    marks,
    description,
  }
}

/** `far-reach` → "Far reach" */
export const titleOf = (name: string): string => {
  const text = name.replaceAll('-', ' ')
  return text[0].toUpperCase() + text.slice(1)
}

/** Everyone who may decide in a SkillBench task, one at a time. */
export interface ControllerSwitch {
  readonly names: readonly ControllerName[]
  /** What the controllers weigh; none when there is only `flat`. */
  readonly skills: readonly SkillDescription[]
  now(): ControllerName
  select(name: string): void
  decide(actions: Float32Array): void
  blend(): SkillBlend
  readonly goals: SkillGoals
  save(): unknown
  restore(saved: unknown): void
}

/** One controller, bound. */
interface Decider {
  decide(actions: Float32Array): void
  readonly skills: readonly string[]
  /** Absent: it has no skills. */
  readonly blend?: SkillBlend
  readonly goals?: Required<SkillGoals>
}

/**
 * The controller that was asked for, and those of the other kinds that are there as well. Rejects when the
 * first is missing or does not fit.
 */
export async function loadControllers(
  env: Env,
  options: DemoOptions,
  loadPolicy: LoadPolicy,
): Promise<ControllerSwitch> {
  const first = controllerByName(options.controller ?? 'blend')
  const task = env.task.name
  const deciders = new Map<ControllerName, Decider>()
  deciders.set(first, bindDecider(await humanoidPolicy(task, options, loadPolicy, first), env))
  for (const name of options.policy ? [] : controllerNames) {
    const file = policyName(task, env.robot.name, { controller: name })
    if (deciders.has(name) || !options.policyNames?.includes(file)) continue
    deciders.set(name, bindDecider(await loadPolicy(file), env))
  }
  return switchOf(deciders, env.robot)
}

function switchOf(deciders: ReadonlyMap<ControllerName, Decider>, robot: Robot): ControllerSwitch {
  const skills = [...deciders.values()].find((d) => d.skills.length > 0)?.skills ?? []
  for (const [name, decider] of deciders) {
    if (decider.skills.length > 0 && decider.skills.join() !== skills.join()) {
      throw new UserError(
        `controller ${name} blends ${decider.skills.join(', ')}, another one ${skills.join(', ')}; they cannot be switched`,
      )
    }
  }
  const described = skills.map((skill) => describePrimitive(skill as PrimitiveName, robot))
  const nothing = nothingToBlend(described)
  const all = [...deciders].map(([key, { decide, blend, goals }]) => ({
    key,
    decide,
    blend: blend ?? nothing.blend,
    goals: goals ?? nothing.goals,
  }))
  let active = all[0]
  return {
    names: all.map(({ key }) => key),
    skills: described,
    now: () => active.key,
    select: (wanted) => {
      const found = all.find(({ key }) => key === wanted)
      if (!found) {
        const known = all.map(({ key }) => key).join(', ')
        throw new Error(`no controller "${wanted}" is loaded; there are ${known}`)
      }
      active = found
    },
    decide: (actions) => active.decide(actions),
    blend: () => active.blend,
    goals: {
      now: () => active.goals.now(),
      get override() {
        return active.goals.override
      },
    },
    save: () => ({
      active: all.indexOf(active),
      hands: all.map(({ blend, goals }) => [blend.override.snapshot(), goals.override.snapshot()]),
    }),
    restore: (saved) => {
      const kept = saved as { active: number; hands: readonly (readonly unknown[])[] }
      active = all[kept.active]
      all.forEach(({ blend, goals }, i) => {
        blend.override.rewind(kept.hands[i][0])
        goals.override.rewind(kept.hands[i][1])
      })
    },
  }
}

function bindDecider(file: PolicyFile, env: Env): Decider {
  const names = (file.manifest.skills ?? []) as readonly PrimitiveName[]
  if (names.length === 0) {
    const { decide } = createPolicyController({ ...file, env })
    return { decide, skills: names }
  }
  const unknown = names.find((name) => !primitiveNames.includes(name))
  if (unknown !== undefined) {
    throw new UserError(
      `policy ${file.name} blends "${unknown}"; skills are ${primitiveNames.join(', ')}`,
    )
  }
  const skills = names.map((name) => describePrimitive(name, env.robot))
  const { decide, blend, goals } = createBlendController({ ...file, env, skills })
  return { decide, skills: names, blend, goals }
}

/** What there is to see of a controller that weighs none of these skills, and what it says to a hand. */
function nothingToBlend(
  skills: readonly SkillDescription[],
): Required<Pick<Decider, 'blend' | 'goals'>> {
  const refuse = (): never => {
    throw new Error('the flat controller blends no skills, so there is nothing to set by hand')
  }
  const hand = {
    isActive: false,
    replace: refuse,
    clear: () => {},
    apply: () => {},
    snapshot: () => null,
    rewind: () => {},
  }
  const goals = new Float32Array(skills.reduce((n, skill) => n + skill.goals.length, 0))
  return {
    blend: {
      skills: skills.map((skill) => skill.name),
      weights: new Float32Array(skills.length),
      override: { ...hand, set: refuse },
    },
    goals: { now: () => goals, override: hand },
  }
}
