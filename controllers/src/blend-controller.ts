import type { Env } from '@skillweave/mdp'
import {
  createInterpreter,
  cutModel,
  type Interpreter,
  type OnnxModel,
  type PolicyManifest,
  readOnnx,
} from '@skillweave/policy'
import {
  blendTargets,
  createGoalOverride,
  createWeightOverride,
  type GoalDirectedSkill,
  type GoalOverride,
  type WeightOverride,
} from '@skillweave/skills'
import { createPolicyController, type PolicyController } from './policy-controller.ts'

/** A trained controller with its skills inside, seen from outside and taken over by hand. One environment. */
export interface BlendController extends PolicyController {
  /** How it weighs skills, as last applied. */
  readonly blend: {
    readonly skills: readonly string[]
    /** The mean over joints. [skills] */
    readonly weights: Float32Array
    /** [skills, joints] */
    jointWeights(): Float32Array
    readonly override: WeightOverride
  }
  /** What it tells them. */
  readonly goals: {
    /** As last applied, skill after skill. */
    now(): Float32Array
    readonly override: GoalOverride
  }
}

/**
 * Bind a controller's policy file to the task it is to act in. Without a hand on it, its actions are exactly the
 * file's. Throws when the file does not fit the task, or does not say weights, sub-goals and targets of
 * these skills.
 */
export function createBlendController(options: {
  readonly onnx: Uint8Array
  readonly manifest: PolicyManifest
  readonly env: Env
  /** In the order of its weights. */
  readonly skills: readonly GoalDirectedSkill[]
}): BlendController {
  const { manifest, env, skills } = options
  const policy = createPolicyController(options)
  const net = policy.network
  const nJoints = env.actionSize
  const goalSize = skills.reduce((n, skill) => n + skill.goals.length, 0)
  const names = skills.map((skill) => skill.name)
  const perJoint = checkOutputs(net, manifest, { nSkills: skills.length, nJoints, goalSize })
  const targetsOf = skillNetwork(readOnnx(options.onnx), env.actorSize, skills)

  const weights = new Float32Array(skills.length)
  const jointWeights = new Float32Array(skills.length * nJoints)
  const goals = new Float32Array(goalSize)
  const blended = new Float64Array(nJoints)
  const decideEvery_s = env.task.controlDt_s * (env.task.holdSteps ?? 1)
  const weightHand = createWeightOverride(names, env.robot.model.dofNames, decideEvery_s)
  const goalHand = createGoalOverride(skills)

  const read = (): void => {
    goals.set(net.outputs.subgoals)
    for (let k = 0; k < skills.length; k++) {
      for (let j = 0; j < nJoints; j++) {
        jointWeights[k * nJoints + j] = net.outputs.weights[perJoint ? k * nJoints + j : k]
      }
    }
  }
  const takeOver = (actions: Float32Array): void => {
    if (weightHand.isActive) weightHand.apply(jointWeights)
    if (goalHand.isActive) goalHand.apply(goals)
    const targets = goalHand.isActive ? targetsOf(env.actorObs, goals) : net.outputs.targets
    blendTargets(targets, jointWeights, 0, true, skills.length, blended)
    for (let j = 0; j < nJoints; j++) actions[j] = blended[j]
  }
  return {
    network: net,
    blend: {
      skills: names,
      weights,
      jointWeights: () => jointWeights,
      override: perJoint ? weightHand : wholeSkills(weightHand, names),
    },
    goals: { now: () => goals, override: goalHand },
    decide: (actions) => {
      policy.decide(actions)
      read()
      if (weightHand.isActive || goalHand.isActive) takeOver(actions)
      for (let k = 0; k < skills.length; k++) {
        let sum = 0
        for (let j = 0; j < nJoints; j++) sum += jointWeights[k * nJoints + j]
        weights[k] = sum / nJoints
      }
    },
  }
}

/** Weights by hand for a controller that has one per skill. */
const wholeSkills = (hand: WeightOverride, names: readonly string[]): WeightOverride => ({
  ...hand,
  get isActive() {
    return hand.isActive
  },
  replace: (weights, joints, ramp_s) => {
    if (joints) {
      throw new Error(
        `this controller weighs whole skills, not joints; give ${names.join(', ')} a weight for all joints`,
      )
    }
    hand.replace(weights, undefined, ramp_s)
  },
})

/** Sizes of the outputs that explain an action; returns whether each joint has weights of its own. */
function checkOutputs(
  net: Interpreter,
  { name }: PolicyManifest,
  has: { readonly nSkills: number; readonly nJoints: number; readonly goalSize: number },
): boolean {
  const { nSkills, nJoints, goalSize } = has
  const all = nSkills * nJoints
  const [weights, subgoals, targets] = ['weights', 'subgoals', 'targets'].map(
    (key) => net.outputs[key]?.length ?? 0,
  )
  const perJoint = weights === all
  if ((perJoint || weights === nSkills) && subgoals === goalSize && targets === all) return perJoint
  throw new Error(
    `policy ${name} says ${weights} weights, ${subgoals} sub-goals and ${targets} targets; ${nSkills} skills on ${nJoints} joints need ${all} or ${nSkills}, ${goalSize} and ${all}`,
  )
}

/** The skills inside a controller, from sub-goals on: what they would do about other ones. */
function skillNetwork(
  model: OnnxModel,
  obsSize: number,
  skills: readonly GoalDirectedSkill[],
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
