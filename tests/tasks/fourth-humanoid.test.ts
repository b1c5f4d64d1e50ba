import { prepare } from '@skillweave/demos/training'
import { createEnv } from '@skillweave/mdp'
import { type Robot, robots } from '@skillweave/model'
import { createSimulator } from '@skillweave/sim'
import { benchNames, conditions, primitiveNames, primitives, skillbench } from '@skillweave/tasks'
import { afterEach, describe, expect, it } from 'vitest'
import { stickHumanoid } from '../support/stick-humanoid.ts'

const table = robots as Record<string, Robot>

/** What a line in `robots.ts` does. */
function register(robot: Robot): void {
  table[robot.name] = robot
}
afterEach(() => {
  delete table.stick
})

const short = { seed: 1, envs: 8, samples: 500, port: 0 } as const

const busy = { timeout: 300_000 } as const

describe('a humanoid that this project has never seen, from a URDF and roles', busy, () => {
  it.each(primitiveNames)('can be trained in %s at once', async (name) => {
    register(stickHumanoid())
    const recipe = await prepare(name, { ...short, robot: 'stick' })
    expect(recipe.name).toBe(`${name}-stick`)
    const result = await recipe.run({ onStats: () => {}, onCheckpoint: () => {} })
    expect(result.samples).toBeGreaterThanOrEqual(500)
    expect(recipe.learner.exportOnnx().length).toBeGreaterThan(1000)
    await recipe.learner.dispose()
    recipe.env.dispose()
  })

  it('stands in its default pose, so there is something to learn from', async () => {
    const robot = stickHumanoid()
    const task = primitives.reaching.create(robot, conditions.watched)
    const env = await createEnv({ task, robot, nEnvs: 1, seed: 1, createSimulator })
    for (let i = 0; i < 25; i++) await env.step(new Float32Array(env.actionSize))
    expect(env.states[0].linkPos_w[2]).toBeGreaterThan(0.85 * robot.standingHeight)
    env.dispose()
  })

  it.each(benchNames)('finds everything that the task %s asks for', async (name) => {
    const robot = stickHumanoid()
    const task = skillbench(robot, name, conditions.training)
    const env = await createEnv({ task, robot, nEnvs: 2, seed: 1, createSimulator })
    for (let i = 0; i < 5; i++) await env.step(new Float32Array(2 * env.actionSize))
    expect(env.actorObs.every(Number.isFinite)).toBe(true)
    env.dispose()
  })

  it('is told what its table lacks', async () => {
    const { rightHand: _, ...roles } = stickHumanoid().roles
    register({ ...stickHumanoid(), roles })
    await expect(prepare('walking', { ...short, robot: 'stick' })).rejects.toThrow(
      /stick cannot learn walking: stick has no rightHand; its roles are base, torso, leftHand/,
    )
    const { rightSole: __, ...sites } = stickHumanoid().sites
    register({ ...stickHumanoid(), sites })
    await expect(prepare('stepping', { ...short, robot: 'stick' })).rejects.toThrow(
      /stick cannot learn stepping: stick has no site "rightSole"; it has leftPalm/,
    )
  })

  it('needs its own skills before a task can blend them', async () => {
    register(stickHumanoid())
    await expect(prepare('box-push', { ...short, robot: 'stick' })).rejects.toThrow(
      'stick has no policy for walking (walking-stick); it has none; train it with: pnpm train walking --robot stick',
    )
  })
})
