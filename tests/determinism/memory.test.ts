import { recall, remember, withChance } from '@skillweave/demos/live'
import { createEnv } from '@skillweave/mdp'
import { dofCount, robotByName } from '@skillweave/model'
import { createSimulator } from '@skillweave/sim'
import type { BlendAction } from '@skillweave/skills'
import { ballSkillNames, ballSkillSenses, scoring } from '@skillweave/tasks'
import { expect, it } from 'vitest'
import { fakeSkillSet } from '../support/skill-sets.ts'

it('blended skills, chance and commands go on from a memory as they went on before', async () => {
  const robot = robotByName('ballplayer')
  const skills = fakeSkillSet(robot, {
    names: ballSkillNames,
    senses: ballSkillSenses,
    senseSize: 55 + 2 * dofCount(robot.model),
  })
  const base = scoring(robot, { skills, ball: 'regulation' })
  const task = withChance({ ...base, terminations: {} })
  const env = await createEnv({ task, robot, nEnvs: 1, seed: 2, createSimulator })
  const actions = new Float32Array(env.actionSize)
  const blend = () => env.action as BlendAction
  const go = async (steps: number): Promise<unknown> => {
    for (let i = 0; i < steps; i++) {
      actions.fill(Math.sin(i))
      await env.step(actions)
    }
    return { hash: env.simulator.hash(), obs: [...env.actorObs], weights: [...blend().weights] }
  }
  await go(5)
  blend().override.replace({ [blend().skills[1]]: 1 })
  await go(3)
  const memory = remember(env)
  const obs = [...env.actorObs]
  const first = await go(20)
  blend().override.clear()
  // A reset draws from chance: the memory must hold that too.
  env.resetEnv(0)
  const reset = await go(5)
  recall(env, memory)
  expect([...env.actorObs]).toEqual(obs)
  expect(await go(20)).toEqual(first)
  blend().override.clear()
  env.resetEnv(0)
  expect(await go(5)).toEqual(reset)
  env.dispose()
})
