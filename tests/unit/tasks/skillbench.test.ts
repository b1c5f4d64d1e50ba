import { createEnv } from '@skillweave/mdp'
import { type Robot, robotByName } from '@skillweave/model'
import { createSimulator } from '@skillweave/sim'
import {
  type BenchCommand,
  type BenchName,
  benchNames,
  conditions,
  primitiveNames,
  primitives,
  skillbench,
} from '@skillweave/tasks'
import { describe, expect, it } from 'vitest'

const humanoids = ['h1', 'g1', 'h1-2'] as const

/** Errors of standing still, computed from the paper's sampling ranges: the zero of its scale. */
const doingNothing: Readonly<Record<BenchName, readonly [large: number, small: number]>> = {
  'far-reach': [0.84, 0.51],
  'button-press': [0.28, 0.23],
  'cabinet-close': [1, 1],
  'football-shoot': [1.8, 1.8],
  'box-push': [0.1, 0.1],
  'package-lift': [0.45, 0.3],
  'box-transfer': [0.467, 0.467],
  'package-carry': [0.417, 0.367],
}

const open = (robot: Robot, name: BenchName, nEnvs: number) =>
  createEnv({
    task: skillbench(robot, name, conditions.paper, 'paper'),
    robot,
    nEnvs,
    seed: 1,
    createSimulator,
  })

describe.each(humanoids)('SkillBench for %s', (robotName) => {
  const robot = robotByName(robotName)

  it.each(benchNames)('%s starts with the error of doing nothing', async (name) => {
    const env = await open(robot, name, 32)
    const { goal } = env.command<BenchCommand>('goal')
    let sum = 0
    let count = 0
    for (let round = 0; round < 20; round++) {
      for (const s of env.states) {
        env.resetEnv(s.index)
        sum += goal.paperError(s)
        count++
      }
    }
    env.dispose()
    const expected = doingNothing[name][robotName === 'g1' ? 1 : 0]
    expect(Math.abs(sum / count - expected)).toBeLessThan(0.07 * expected + 0.01)
  })

  it('senses the same body in every task and skill', async () => {
    const layouts = new Set<string>()
    const tasks = [
      ...benchNames.map((name) => skillbench(robot, name, conditions.training)),
      ...primitiveNames.map((name) => primitives[name].create(robot, conditions.training)),
    ]
    for (const task of tasks) {
      const env = await createEnv({ task, robot, nEnvs: 1, seed: 1, createSimulator })
      const [goal, ...body] = env.actorTerms
      expect(goal.name).toBe('goal')
      layouts.add(JSON.stringify(body))
      expect(env.actionSize).toBe(robot.model.dofNames.length)
      env.dispose()
    }
    expect(layouts.size).toBe(1)
  })
})

/** The same body under names that nobody has heard of. */
function renamed(robot: Robot): Robot {
  const { model } = robot
  const link = new Map(model.links.map(({ name }, i) => [name, `part${i}`]))
  const part = (name: string) => link.get(name) ?? name
  return {
    ...robot,
    name: 'fourth',
    model: {
      ...model,
      name: 'fourth',
      links: model.links.map((l) => ({ ...l, name: part(l.name) })),
      joints: model.joints.map((j, i) => ({ ...j, name: `hinge${i}` })),
      dofNames: model.dofNames.map((_, i) => `hinge${i}`),
    },
    roles: Object.fromEntries(Object.entries(robot.roles).map(([k, v]) => [k, part(v)])),
    sites: Object.fromEntries(
      Object.entries(robot.sites).map(([k, s]) => [k, { ...s, link: part(s.link) }]),
    ),
    feet: robot.feet.map(part),
  }
}

it('a fourth humanoid needs only roles and sites', async () => {
  const known = robotByName('g1')
  const trace = async (robot: Robot) => {
    const task = primitives.walking.create(robot, conditions.training)
    const env = await createEnv({ task, robot, nEnvs: 2, seed: 4, createSimulator })
    const actions = new Float32Array(2 * env.actionSize).fill(0.2)
    for (let i = 0; i < 5; i++) await env.step(actions)
    const seen = { obs: Array.from(env.actorObs), stride: task.stride }
    env.dispose()
    return seen
  }
  expect(await trace(renamed(known))).toEqual(await trace(known))
  const { leftFoot: _, ...roles } = known.roles
  expect(() => primitives.walking.create({ ...known, roles }, conditions.training)).toThrow(
    'g1 has no leftFoot; its roles are',
  )
})

describe('a task’s objects', () => {
  const robot = robotByName('h1')

  it('rest where they are put', async () => {
    for (const name of ['box-push', 'box-transfer', 'package-lift'] as const) {
      const env = await open(robot, name, 4)
      const before = env.states.map((s) => Array.from(s.objectPos_w.subarray(0, 3)))
      const actions = new Float32Array(4 * env.actionSize)
      for (let i = 0; i < 10; i++) await env.step(actions)
      env.states.forEach((s, e) => {
        for (let k = 0; k < 3; k++) expect(s.objectPos_w[k]).toBeCloseTo(before[e][k], 1)
      })
      env.dispose()
    }
  })

  it('count a goal only when the ball enters near its target', async () => {
    const env = await open(robot, 'football-shoot', 1)
    const command = env.command<BenchCommand>('goal')
    const [s] = env.states
    expect(command.practicalError(s)).toBeGreaterThan(1)
    const ball = env.simulator.scene.objects.findIndex((o) => o.name === 'ball')
    // Through the mouth at every height of the goal: somewhere it is near.
    for (let y = -1.5; y <= 1.5; y += 0.5) {
      env.simulator.placeObject(0, ball, [4.1, y, 0.3])
      command.step(s)
    }
    expect(command.practicalError(s)).toBe(0)
    env.resetEnv(0)
    expect(command.practicalError(s)).toBeGreaterThan(1)
    env.simulator.placeObject(0, ball, [4.1, 3, 0.3])
    command.step(s)
    expect(command.practicalError(s)).toBeGreaterThan(0)
    env.dispose()
  })
})
