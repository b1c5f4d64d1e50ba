import { recall, remember, withChance } from '@skillweave/demos/live'
import { createRng, type Rng } from '@skillweave/math'
import { createEnv, describeTask, type Env, type Task } from '@skillweave/mdp'
import { dofCount, type Robot, robotByName } from '@skillweave/model'
import { createSimulator } from '@skillweave/sim'
import {
  ballSkillNames,
  ballSkillSenses,
  type TaskName,
  taskByName,
  taskNames,
} from '@skillweave/tasks'
import { beforeAll, describe, expect, it } from 'vitest'
import { syntheticMotion } from '../support/motions.ts'
import { fakeSkillSet } from '../support/skill-sets.ts'

/** What each reward term promises, by term name. A new term needs a line here. */
const rewardRanges: Readonly<Record<string, readonly [number, number]>> = {
  actionRateL2: [0, Infinity],
  ballNearHoop: [0, 1],
  baseUnrest: [0, Infinity],
  basket: [0, 1],
  benchError: [0, 1],
  benchProgress: [-1, 1],
  contactSchedule: [0, 1],
  dribbling: [0, 1],
  feetDown: [0, 1],
  feetTooClose: [0, 1],
  fetching: [0, 1.5],
  holding: [0, 1],
  recovering: [0, 1],
  footSlip: [0, Infinity],
  heightAtTarget: [0, 1],
  ballMoves: [0, 1],
  imitateBodyPos: [0, 1],
  imitateContact: [0, 1],
  imitateInteraction: [0, 1],
  imitateObjectPos: [0, 1],
  facingBall: [0, 1],
  imitateRotation: [0, 1],
  isDown: [0, 1],
  jointLimitL1: [0, Infinity],
  jointVelL2: [0, Infinity],
  landing: [0, 1],
  nearBall: [0, 1],
  nearDefault: [0, 1],
  possession: [0, 1],
  reached: [0, 1],
  shooting: [0, 1],
  shotQuality: [0, 1],
  sitesAtTargets: [0, 1],
  standing: [0, 1],
  swingHeight: [0, 1],
  torqueL2: [0, Infinity],
  trackMeanVelocity: [0, 1],
  trackVelocity: [0, 1],
  trackYawRate: [0, 1],
  upright: [0, 1],
}

/** Elements of an observation that may stay the same in this many random steps, and why. */
const constantElements: Partial<
  Record<TaskName, readonly { term: string; at: number; why: string }[]>
> = {
  scoring: [{ term: 'ballToHoop', at: 2, why: 'nothing throws the ball above 2 m here' }],
}

const nEnvs = 6
const nSteps = 130

describe.each(taskNames)('task %s', (name) => {
  const robot = robotByName(taskByName(name).robot)
  const make = (seed: number, task = makeTask(name, robot)) =>
    createEnv({ task, robot, nEnvs, seed, createSimulator })
  let env: Env
  let run: Run
  const terms = new Map<string, { readonly term: string; min: number; max: number }>()

  beforeAll(async () => {
    env = await make(1, watchRewards(makeTask(name, robot), terms))
    run = await randomSteps(env, createRng('actions'))
  })

  it('says how large everything is', () => {
    const { task } = env
    expect(env.actorTerms.map((t) => t.name)).toEqual(Object.keys(task.observations.actor))
    expect(env.actorTerms.reduce((n, t) => n + t.size, 0)).toBe(env.actorSize)
    expect(env.actorObs.length).toBe(nEnvs * env.actorSize)
    expect(env.criticObs.length).toBe(nEnvs * env.criticSize)
    expect(env.finalCriticObs.length).toBe(nEnvs * env.criticSize)
    expect(env.teacherObs.length).toBe(nEnvs * env.teacherObsSize)
    expect(env.rewards.length).toBe(nEnvs * Object.keys(task.rewards).length)
    expect(env.states[0].action.length).toBe(env.actionSize)
    expect(env.teacherObsSize > 0).toBe(task.observations.teacher !== undefined)
    expect(env.teacherActionSize > 0).toBe(task.teacherAction !== undefined)
  })

  it('stays finite under random actions', () => {
    expect(run.notFinite).toEqual([])
    expect(Object.values(env.metrics()).every(Number.isFinite)).toBe(true)
  })

  it('gives the same trajectory for the same seed', async () => {
    const again = await make(1)
    expect((await randomSteps(again, createRng('actions'))).trace).toEqual(run.trace)
    again.dispose()
  })

  it('starts a world over as if it were new, and another seed starts differently', async () => {
    const other = await make(2)
    const otherStart = Array.from(other.actorObs)
    await other.restart(1)
    expect((await randomSteps(other, createRng('actions'))).trace).toEqual(run.trace)
    expect(otherStart).not.toEqual(run.start)
    other.dispose()
  })

  it('taken back to a moment goes the same way again, bit for bit', async () => {
    const again = await make(3, withChance(makeTask(name, robot)))
    await randomSteps(again, createRng('before'), 37)
    const memory = remember(again)
    const first = await randomSteps(again, createRng('actions'))
    recall(again, memory)
    const second = await randomSteps(again, createRng('actions'))
    expect(second.start).toEqual(first.start)
    expect(second.trace).toEqual(first.trace)
    again.dispose()
  })

  it('has no observation that never changes', () => {
    const allowed = (constantElements[name] ?? []).map(({ term, at }) => `${term}[${at}]`)
    expect(run.constant).toEqual(allowed)
  })

  it('keeps every reward term in its documented range', () => {
    for (const [key, { term, min, max }] of terms) {
      const range = rewardRanges[term]
      if (!range) throw new Error(`the reward term ${term} has no range in this test`)
      expect(min, key).toBeGreaterThanOrEqual(range[0])
      expect(max, key).toBeLessThanOrEqual(range[1])
    }
    expect(terms.size).toBeGreaterThan(0)
  })

  it('describes itself as it did before (pnpm vitest run tests/tasks -u, after a wanted change)', async () => {
    const description = describeTask(makeTask(name, robot))
    await expect(`${JSON.stringify(description, null, 2)}\n`).toMatchFileSnapshot(
      `../golden/tasks/${name}.json`,
    )
    expect(describeTask(makeTask(name, robot))).toEqual(description)
  })
})

function makeTask(name: TaskName, robot: Robot): Task {
  const nDof = dofCount(robot.model)
  return taskByName(name).create(robot, {
    ball: 'regulation',
    motions: (skills) =>
      skills.map((skill, i) =>
        syntheticMotion(robot, {
          skill,
          nFrames: 41,
          turning: 0.2 * i - 0.4,
          ...(i % 2 === 0 ? { loop: { start: i } } : {}),
        }),
      ),
    skillSet: () =>
      fakeSkillSet(robot, {
        names: ballSkillNames,
        senses: ballSkillSenses,
        senseSize: 55 + 2 * nDof,
      }),
  })
}

/** The task with every reward term noting the least and the greatest value it gave. */
function watchRewards(
  task: Task,
  seen: Map<string, { readonly term: string; min: number; max: number }>,
): Task {
  const groups = Object.entries(task.rewards).map(([groupName, group]) => {
    const watched = Object.entries(group.terms).map(([key, { weight, term }]) => {
      const note = { term: term.name, min: Infinity, max: -Infinity }
      seen.set(`${groupName}/${key}`, note)
      const bind: typeof term.bind = (ctx) => {
        const value = term.bind(ctx)
        return (s) => {
          const x = value(s)
          note.min = Math.min(note.min, x)
          note.max = Math.max(note.max, x)
          return x
        }
      }
      return [key, { weight, term: { ...term, bind } }] as const
    })
    return [groupName, { ...group, terms: Object.fromEntries(watched) }] as const
  })
  return { ...task, rewards: Object.fromEntries(groups) }
}

interface Run {
  readonly start: readonly number[]
  /** Hash of the physics, sums of observations and rewards, ends; one row per step. */
  readonly trace: readonly (readonly number[])[]
  /** Names of arrays in which something was not finite. */
  readonly notFinite: readonly string[]
  /** Elements of the actor's observation that were one number at all times in all environments. */
  readonly constant: readonly string[]
}

async function randomSteps(env: Env, rng: Rng, steps = nSteps): Promise<Run> {
  const start = Array.from(env.actorObs)
  const trace: number[][] = []
  const notFinite = new Set<string>()
  const min = new Float32Array(env.actorSize).fill(Infinity)
  const max = new Float32Array(env.actorSize).fill(-Infinity)
  const actions = new Float32Array(nEnvs * env.actionSize)
  for (let step = 0; step < steps; step++) {
    for (let i = 0; i < actions.length; i++) actions[i] = 0.5 * rng.normal()
    await env.step(actions)
    for (let i = 0; i < env.actorObs.length; i++) {
      const k = i % env.actorSize
      min[k] = Math.min(min[k], env.actorObs[i])
      max[k] = Math.max(max[k], env.actorObs[i])
    }
    const { actorObs, criticObs, teacherObs, finalCriticObs, rewards } = env
    const arrays = { actorObs, criticObs, teacherObs, finalCriticObs, rewards }
    for (const [name, array] of Object.entries(arrays)) {
      if (!array.every(Number.isFinite)) notFinite.add(name)
    }
    for (const [name, array] of Object.entries(env.states[step % nEnvs])) {
      if (array instanceof Float64Array && !array.every(Number.isFinite)) notFinite.add(name)
    }
    trace.push([
      env.simulator.hash(),
      sum(actorObs),
      sum(criticObs),
      sum(rewards),
      sum(env.terminated),
      sum(env.truncated),
    ])
  }
  const constant: string[] = []
  let at = 0
  for (const term of env.actorTerms) {
    for (let i = 0; i < term.size; i++, at++) {
      if (!(max[at] > min[at])) constant.push(`${term.name}[${i}]`)
    }
  }
  return { start, trace, notFinite: [...notFinite], constant }
}

function sum(values: Float32Array | Uint8Array): number {
  let total = 0
  for (let i = 0; i < values.length; i++) total += values[i]
  return total
}
