import type { Env } from '@skillweave/mdp'
import {
  createInterpreter,
  cutModel,
  type Interpreter,
  type OnnxModel,
  type PolicyManifest,
  readOnnx,
} from '@skillweave/policy'
import { blendTargets, createWeightOverride } from '@skillweave/skills'
import { createPolicyController, type PolicyController } from './policy-controller.ts'

/** A skill that a controller weighs, as those who steer it by hand know it. */
export interface BlendedSkill {
  readonly name: string
  /** Names of the numbers of its sub-goal. */
  readonly goals: readonly string[]
  /** Least and greatest of each. */
  readonly goalMin: readonly number[]
  readonly goalMax: readonly number[]
}

/** A trained controller with its skills inside, seen from outside and taken over by hand. One environment. */
export interface BlendController extends PolicyController {
  readonly skills: readonly string[]
  /** Share of each skill, the mean over joints. As last applied. [skills] */
  readonly weights: Float32Array
  /** [skills, joints] */
  readonly jointWeights: Float32Array
  /** Sub-goals as last applied, skill after skill. */
  readonly goals: Float32Array
  readonly byHand: { readonly weights: boolean; readonly goals: boolean }
  /**
   * Weights by hand on some joints (all by default), see `WeightOverride`. Throws for what does not exist, for a
   * weight outside [0, 1], and for joints where the controller weighs whole skills.
   */
  setWeights(weights: Readonly<Record<string, number>> | null, joints?: readonly string[]): void
  /** Some numbers of a sub-goal by hand; null gives the skill's all back. Throws for a name or number it does not know. */
  setGoal(skill: string, goal: Readonly<Record<string, number>> | null): void
  /** What is set by hand, to come back to. */
  save(): HandState
  restore(saved: HandState): void
}

export interface HandState {
  readonly weights: Float32Array
  readonly goals: Float32Array
}

/**
 * Bind a controller's policy file to the task it is to act in. Without a hand on it, its actions are exactly the file's.
 * Throws when the file does not fit the task, or does not say weights, sub-goals and targets of these skills.
 */
export function createBlendController(options: {
  readonly onnx: Uint8Array
  readonly manifest: PolicyManifest
  readonly env: Env
  readonly skills: readonly BlendedSkill[]
}): BlendController {
  const { manifest, env, skills } = options
  const policy = createPolicyController(options)
  const model = readOnnx(options.onnx)
  const nJoints = env.actionSize
  const goalSize = skills.reduce((n, skill) => n + skill.goals.length, 0)
  const names = skills.map((skill) => skill.name)
  const net = policy.network
  const perJoint = checkOutputs(net, manifest, { nSkills: skills.length, nJoints, goalSize })
  const fromGoals = skillNetwork(model, env.actorSize, skills)

  const weights = new Float32Array(skills.length)
  const jointWeights = new Float32Array(skills.length * nJoints)
  const goals = new Float32Array(goalSize)
  const blended = new Float64Array(nJoints)
  const hand = createWeightOverride(names, env.robot.model.dofNames)
  /** NaN: the controller's. */
  const wanted = new Float32Array(goalSize).fill(Number.NaN)
  const hasGoals = (): boolean => wanted.some((x) => !Number.isNaN(x))

  const readWeights = (): void => {
    for (let k = 0; k < skills.length; k++) {
      for (let j = 0; j < nJoints; j++) {
        jointWeights[k * nJoints + j] = net.outputs.weights[perJoint ? k * nJoints + j : k]
      }
    }
  }
  const shares = (): void => {
    for (let k = 0; k < skills.length; k++) {
      let sum = 0
      for (let j = 0; j < nJoints; j++) sum += jointWeights[k * nJoints + j]
      weights[k] = sum / nJoints
    }
  }
  return {
    network: net,
    skills: names,
    weights,
    jointWeights,
    goals,
    get byHand() {
      return { weights: hand.isSet, goals: hasGoals() }
    },
    decide: (actions) => {
      policy.decide(actions)
      readWeights()
      goals.set(net.outputs.subgoals)
      let targets = net.outputs.targets
      if (hasGoals()) {
        for (let i = 0; i < goalSize; i++) if (!Number.isNaN(wanted[i])) goals[i] = wanted[i]
        targets = fromGoals(env.actorObs, goals)
      } else if (!hand.isSet) return shares()
      if (hand.isSet) hand.apply(jointWeights)
      blendTargets(targets, jointWeights, 0, true, skills.length, blended)
      for (let j = 0; j < nJoints; j++) actions[j] = blended[j]
      shares()
    },
    setWeights: (set, joints) => {
      if (joints && !perJoint) {
        throw new Error(
          `this controller weighs whole skills, not joints; say weights of ${names.join(', ')} for all joints`,
        )
      }
      hand.set(set, joints)
    },
    setGoal: (name, goal) => {
      const from = goalOffset(skills, name)
      const skill = skills[names.indexOf(name)]
      const values = Object.entries(goal ?? {}).map(([key, value]) => checkGoal(skill, key, value))
      if (goal === null) wanted.fill(Number.NaN, from, from + skill.goals.length)
      for (const [i, value] of values) wanted[from + i] = value
    },
    save: () => ({ weights: hand.save(), goals: wanted.slice() }),
    restore: (saved) => {
      hand.restore(saved.weights)
      wanted.set(saved.goals)
    },
  }
}

/** Sizes of the outputs that explain an action; returns whether each joint has weights of its own. */
function checkOutputs(
  net: Interpreter,
  { name }: PolicyManifest,
  has: { readonly nSkills: number; readonly nJoints: number; readonly goalSize: number },
): boolean {
  const { nSkills, nJoints, goalSize } = has
  const sizes = ['weights', 'subgoals', 'targets'].map((key) => net.outputs[key]?.length ?? 0)
  const perJoint = sizes[0] === nSkills * nJoints
  if (
    (perJoint || sizes[0] === nSkills) &&
    sizes[1] === goalSize &&
    sizes[2] === nSkills * nJoints
  ) {
    return perJoint
  }
  throw new Error(
    `policy ${name} says ${sizes[0]} weights, ${sizes[1]} sub-goals and ${sizes[2]} targets; ${nSkills} skills on ${nJoints} joints need ${nSkills * nJoints} or ${nSkills}, ${goalSize} and ${nSkills * nJoints}`,
  )
}

/** Where a skill's numbers begin among all sub-goals. */
function goalOffset(skills: readonly BlendedSkill[], name: string): number {
  const k = skills.findIndex((skill) => skill.name === name)
  if (k < 0) {
    const known = skills.map((skill) => skill.name).join(', ')
    throw new Error(`no skill "${name}"; this controller blends ${known}`)
  }
  return skills.slice(0, k).reduce((n, skill) => n + skill.goals.length, 0)
}

/** Index and value of a number of a sub-goal. */
function checkGoal(skill: BlendedSkill, key: string, value: number): readonly [number, number] {
  const i = skill.goals.indexOf(key)
  if (i < 0) {
    throw new Error(`${skill.name} has no goal "${key}"; it has ${skill.goals.join(', ')}`)
  }
  const { goalMin, goalMax } = skill
  if (!(value >= goalMin[i] && value <= goalMax[i])) {
    throw new Error(
      `${key} ${value} of ${skill.name} is outside [${goalMin[i]}, ${goalMax[i]}], what it was trained for`,
    )
  }
  return [i, value]
}

/** The skills inside a controller, from sub-goals on: what they would do about other ones. */
function skillNetwork(
  model: OnnxModel,
  obsSize: number,
  skills: readonly BlendedSkill[],
): (obs: Float32Array, goals: Float32Array) => Float32Array {
  const makerOf = (name: string) => model.graph.nodes.find((n) => n.outputs.includes(name))
  let joined = makerOf('subgoals')
  while (joined?.opType === 'Identity') joined = makerOf(joined.inputs[0])
  if (joined?.opType !== 'Concat' || joined.inputs.length !== skills.length) {
    throw new Error(`${model.graph.name}: sub-goals are not those of ${skills.length} skills`)
  }
  const parts = joined.inputs.map((name, k) => ({ name, size: skills[k].goals.length }))
  const net = createInterpreter(
    cutModel(model, {
      inputs: [{ name: 'obs', size: obsSize }, ...parts],
      outputs: ['targets'],
    }),
  )
  return (obs, goals) => {
    net.inputs.obs.set(obs)
    let at = 0
    for (const { name, size } of parts) {
      net.inputs[name].set(goals.subarray(at, at + size))
      at += size
    }
    net.run(1)
    return net.outputs.targets
  }
}
