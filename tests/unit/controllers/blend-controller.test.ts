import { createBlendController } from '@skillweave/controllers'
import { createEnv, type Env } from '@skillweave/mdp'
import { robotByName } from '@skillweave/model'
import { createInterpreter } from '@skillweave/policy'
import { createSimulator } from '@skillweave/sim'
import { conditions, primitives, skillbench } from '@skillweave/tasks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MadeUpPolicy, madeUpPolicy } from '../../support/humanoid-policies.ts'

const robot = robotByName('h1')
const skills = (['walking', 'reaching'] as const).map((name) => {
  const { goals, goalRange } = primitives[name]
  const { min, max } = goalRange(robot)
  return { name, goals, ranges: goals.map((_, i) => [min[i], max[i]] as const) }
})
let env: Env
let file: MadeUpPolicy
let scalar: MadeUpPolicy

beforeAll(async () => {
  const task = skillbench(robot, 'far-reach', conditions.watched)
  env = await createEnv({ task, robot, nEnvs: 1, seed: 4, createSimulator })
  file = await madeUpPolicy('far-reach-h1-blend')
  scalar = await madeUpPolicy('far-reach-h1-scalar')
}, 120_000)
afterAll(() => env.dispose())

const bind = (policy = file) => createBlendController({ ...policy, env, skills })

/** What the controller does now. */
function actionsOf(controller: ReturnType<typeof bind>): number[] {
  const actions = new Float32Array(env.actionSize)
  controller.decide(actions)
  return [...actions]
}

/** What a skill alone does about a sub-goal. */
async function skillAlone(name: string, goal: readonly number[]): Promise<number[]> {
  const net = createInterpreter((await madeUpPolicy(name)).onnx)
  const body = env.actorObs.subarray(6)
  net.inputs.obs.set([...goal, ...body])
  net.run(1)
  return [...net.outputs.actions]
}

describe('a trained controller from outside', () => {
  it('is exactly its file without a hand on it, and says weights and sub-goals', () => {
    const net = createInterpreter(file.onnx)
    net.inputs.obs.set(env.actorObs)
    net.run(1)
    const controller = bind()
    expect(actionsOf(controller)).toEqual([...net.outputs.actions])
    expect([...controller.blend.jointWeights()]).toEqual([...net.outputs.weights])
    expect([...controller.goals.now()]).toEqual([...net.outputs.subgoals])
    expect(controller.blend.weights[0] + controller.blend.weights[1]).toBeCloseTo(1, 5)
  })

  it('with all weight on one skill does what that skill does about its sub-goal', async () => {
    const controller = bind()
    controller.blend.override.replace({ walking: 1 })
    const actions = actionsOf(controller)
    const alone = await skillAlone('walking-h1', [...controller.goals.now().subarray(0, 3)])
    actions.forEach((a, j) => {
      expect(a).toBeCloseTo(alone[j], 5)
    })
    expect([...controller.blend.weights]).toEqual([1, 0])
  })

  it('with a sub-goal set by hand hands that one to the skill, and the others as before', async () => {
    const controller = bind()
    controller.blend.override.replace({ walking: 1 })
    controller.goals.override.replace('walking', { linVelX_mps: 0.7 })
    const actions = actionsOf(controller)
    const goal = [...controller.goals.now().subarray(0, 3)]
    expect(goal[0]).toBeCloseTo(0.7, 6)
    const alone = await skillAlone('walking-h1', goal)
    actions.forEach((a, j) => {
      expect(a).toBeCloseTo(alone[j], 5)
    })
  })

  it('takes weights of single joints, unless it weighs whole skills', () => {
    const joint = robot.model.dofNames[3]
    const controller = bind()
    controller.blend.override.replace({ reaching: 1 }, [joint])
    const before = [...controller.blend.jointWeights()]
    actionsOf(controller)
    const n = env.actionSize
    expect(controller.blend.jointWeights()[n + 3]).toBe(1)
    expect(before).not.toEqual([...controller.blend.jointWeights()])
    const whole = bind(scalar)
    expect(() => whole.blend.override.replace({ reaching: 1 }, [joint])).toThrow(
      /weighs whole skills, not joints; give walking, reaching a weight/,
    )
    whole.blend.override.replace({ reaching: 1 })
    actionsOf(whole)
    expect([...whole.blend.weights]).toEqual([0, 1])
  })

  it('refuses what does not exist or is out of range, and says what exists', () => {
    const { blend, goals } = bind()
    expect(() => blend.override.replace({ walking: 1.2 })).toThrow('outside [0, 1]')
    expect(() => blend.override.replace({ flying: 1 })).toThrow(
      'no skill "flying"; this controller blends walking, reaching',
    )
    expect(() => goals.override.replace('walking', { linVelX_mps: 9 })).toThrow(
      /9 of walking is outside \[-0.4, 1\]/,
    )
    expect(() => goals.override.replace('walking', { speed: 1 })).toThrow(/linVelX_mps/)
  })

  it('is refused when its file does not explain itself or has other skills', async () => {
    const flat = await madeUpPolicy('far-reach-h1-flat')
    expect(() => bind(flat)).toThrow(/says 0 weights, 0 sub-goals and 0 targets; 2 skills/)
    expect(() => createBlendController({ ...file, env, skills: skills.slice(1) })).toThrow(
      /says 38 weights, 9 sub-goals and 38 targets; 1 skills on 19 joints/,
    )
  })
})
