import {
  type Command,
  createEnv,
  defineEvent,
  defineObservation,
  defineReward,
  defineTermination,
  type EnvState,
  jointTarget,
  lastAction,
  type Task,
  timeOut,
} from '@skillweave/mdp'
import { describe, expect, it } from 'vitest'
import { type FakeSimulator, fakeSimulator } from '../../support/fake-simulator.ts'
import { buildRobot } from '../../support/robots.ts'
import { flatScene } from '../../support/sims.ts'

/*
 * A world in which joint 0 counts physics steps from its start value, so that everything a task does
 * with its state can be said in whole numbers.
 */
const robot = buildRobot('counter', 'fixed', [{}, {}])

const position = defineObservation('position', (_: { axis: string }) => ({
  size: 1,
  write: (s, out, at) => {
    out[at] = s.q[0]
  },
}))
const value = defineReward('value', (_: Record<string, never>) => (s) => s.q[0])
const constant = defineReward('constant', (p: { is: number }) => () => p.is)
const beyond = defineTermination('beyond', 'terminated', (p: { limit: number }) => (s) => {
  return s.q[0] >= p.limit
})
/** Environment e starts at 10 e. */
const start = defineEvent('start', (_: Record<string, never>, { simulator }) => ({
  apply: (s) => {
    const q = [10 * s.index, 0]
    simulator.reset(s.index, { basePos_w: [0, 0, 1], baseQuat_w: [0, 0, 0, 1], q })
  },
}))

class Diary implements Command {
  resets = 0
  steps = 0
  readonly ends: boolean[] = []
  lesson = 0
  reset(): void {
    this.resets++
  }
  step(): void {
    this.steps++
  }
  finish(_s: EnvState, { terminated }: { readonly terminated: boolean }): void {
    this.ends.push(terminated)
  }
  save(): unknown {
    return this.lesson
  }
  restore(state: unknown): void {
    this.lesson = state as number
  }
}

const baseTask: Task = {
  name: 'counting',
  description: 'count',
  scene: flatScene,
  controlDt_s: 0.1,
  decimation: 4,
  physics: {
    solverIterations: 1,
    pgsIterations: 1,
    groundContact: 'all',
    selfCollision: false,
    footContact: false,
  },
  commands: { diary: { name: 'diary', params: {}, bind: () => new Diary() } },
  action: jointTarget({ scale: 0.5 }),
  observations: {
    actor: { position: position({ axis: 'x' }), last: lastAction({}) },
    critic: { again: position({ axis: 'x' }) },
  },
  rewards: { only: { combine: 'sum', terms: { value: { weight: 1, term: value({}) } } } },
  terminations: { beyond: beyond({ limit: 13 }), timeOut: timeOut({ after_s: 0.5 }) },
  events: { reset: { start: start({}) } },
}

async function make(changes: Partial<Task> = {}, nEnvs = 2) {
  const task = { ...baseTask, ...changes }
  let simulator: FakeSimulator | undefined
  const env = await createEnv({
    task,
    robot,
    nEnvs,
    seed: 1,
    createSimulator: async (options) => {
      const made = fakeSimulator(options)
      made.onStep = () => {
        for (const s of made.states) s.q[0]++
      }
      simulator = made
      return made
    },
  })
  return { env, simulator: simulator as FakeSimulator, diary: () => env.command<Diary>('diary') }
}

const still = new Float32Array(4)

describe('an episode', () => {
  it('ends by failure, by time, and goes on otherwise', async () => {
    const { env, diary } = await make()
    expect(env.nEnvs * 3).toBe(env.actorObs.length)
    for (let step = 1; step <= 5; step++) {
      await env.step(still)
      // Environment 1 begins at 10 and fails when it has counted to 13.
      expect([...env.terminated], `step ${step}`).toEqual([0, step === 3 ? 1 : 0])
      expect([...env.truncated], `step ${step}`).toEqual([step === 5 ? 1 : 0, 0])
    }
    expect(diary().ends).toEqual([true, false])
    expect(diary().resets).toBe(4)
    expect(env.metrics()).toMatchObject({
      episodes: 2,
      episodeLength_s: 0.4,
      'end/beyond': 0.5,
      'end/timeOut': 0.5,
    })
    expect(env.metrics().episodes).toBe(0)
  })

  it('shows the state after the reset, and keeps what a truncated one saw last', async () => {
    const { env } = await make()
    const actions = new Float32Array([0.25, 0, 0, 0])
    for (let step = 1; step <= 5; step++) await env.step(actions)
    expect([...env.actorObs.subarray(0, 3)]).toEqual([0, 0, 0])
    expect([...env.criticObs.subarray(0, 4)]).toEqual([0, 0, 0, 0])
    expect([...env.finalCriticObs.subarray(0, 4)]).toEqual([5, 0.25, 0, 5])
    expect(env.states[0].step).toBe(0)
    expect(env.states[1].step).toBe(2)
  })

  it('remembers the last two actions until it ends', async () => {
    const { env } = await make()
    await env.step(new Float32Array([1, 2, 3, 4]))
    await env.step(new Float32Array([5, 6, 7, 8]))
    expect([...env.states[1].action]).toEqual([7, 8])
    expect([...env.states[1].previousAction]).toEqual([3, 4])
    expect([...env.actorObs.subarray(3)]).toEqual([12, 7, 8])
    env.resetEnv(1)
    expect([...env.states[1].action, ...env.states[1].previousAction]).toEqual([0, 0, 0, 0])
  })

  it('counts the first reason that applies when two do', async () => {
    const { env } = await make({
      terminations: { timeOut: timeOut({ after_s: 0.3 }), beyond: beyond({ limit: 13 }) },
    })
    for (let step = 0; step < 3; step++) await env.step(still)
    expect([...env.terminated, ...env.truncated]).toEqual([0, 0, 1, 1])
  })
})

describe('holdSteps', () => {
  it('repeats the physics, runs commands each time, and counts actions', async () => {
    const { env, simulator, diary } = await make({ holdSteps: 3 })
    await env.step(still)
    expect(simulator.stepCalls).toEqual([4, 4, 4])
    expect(diary().steps).toBe(6)
    // Environment 1 reached 13 in one action and began anew.
    expect(env.states.map((s) => s.step)).toEqual([1, 0])
  })

  it('gives the mean of the rewards on the way', async () => {
    const { env } = await make({ holdSteps: 3 })
    await env.step(still)
    expect([...env.rewards]).toEqual([2, 12])
    expect(env.metrics()['reward/value']).toBe(7)
  })
})

describe('rewards', () => {
  const terms = {
    two: { weight: 3, term: constant({ is: 2 }) },
    half: { weight: -1, term: constant({ is: 0.5 }) },
  }

  it('are weighted sums or weighted products, one column per group', async () => {
    const { env } = await make({
      rewards: {
        sum: { combine: 'sum', terms },
        product: { combine: 'product', terms },
      },
    })
    await env.step(still)
    expect(env.rewardGroups).toEqual(['sum', 'product'])
    expect([...env.rewards]).toEqual([5.5, 16, 5.5, 16])
    expect(env.metrics()).toMatchObject({ 'reward/two': 2, 'reward/half': 0.5 })
  })
})

describe('what was learned', () => {
  it('is saved, restored, and survives a fresh world', async () => {
    const { env, diary } = await make()
    diary().lesson = 7
    const saved = JSON.parse(JSON.stringify(env.save()))
    await env.restart(2)
    expect(diary().lesson).toBe(7)
    diary().lesson = 0
    env.restore(saved)
    expect(diary().lesson).toBe(7)
  })
})

describe('labels', () => {
  it('are the actions that give the teacher’s targets', async () => {
    const { env, simulator } = await make({ teacherAction: jointTarget({ scale: 1 }) })
    const out = new Float32Array(4)
    env.label(new Float32Array([0.1, 0.2, 0.3, 0.4]), out)
    for (let i = 0; i < 4; i++) expect(out[i]).toBeCloseTo(0.2 * (i + 1), 6)
    await env.step(out)
    expect(simulator.controls[1].qTarget[1]).toBeCloseTo(0.4, 6)
  })

  it('need a teacher', async () => {
    const { env } = await make()
    expect(() => env.label(still, still)).toThrow('task counting cannot label')
  })
})

describe('a task that cannot work', () => {
  it('names the command it lacks', async () => {
    const needy = defineReward('needy', (_: Record<string, never>, ctx) => {
      ctx.command('target')
      return () => 0
    })
    const rewards = {
      only: { combine: 'sum', terms: { needy: { weight: 1, term: needy({}) } } },
    } as const
    await expect(make({ rewards })).rejects.toThrow(
      'task counting has no command "target"; it has diary',
    )
  })

  it('says which term does not mirror when it is symmetric', async () => {
    await expect(make({ symmetric: true })).rejects.toThrow(
      'task counting is symmetric, but its action does not say how it mirrors',
    )
  })
})
