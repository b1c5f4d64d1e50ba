import { loadPolicy } from '@skillweave/demos/live'
import { ballSkillTrial, taskTrial } from '@skillweave/demos/transfer'
import { benchNames } from '@skillweave/tasks'
import { describe, expect, it } from 'vitest'
import { madeUpPolicy } from '../../support/humanoid-policies.ts'

const options = { episodes: 2, episode_s: 0.1, seed: 1, delay: { mean_ms: 5, jitter_ms: 3 } }

describe('a policy in two engines, from the same starts', () => {
  it.each([
    'reaching-h1',
    ...benchNames.map((name) => `${name}-h1-blend`),
    'football-shoot-h1-flat',
  ])('is tried even when nobody trained it: %s', { timeout: 240_000 }, async (name) => {
    const file = await madeUpPolicy(name)
    const rapier = await taskTrial(file, { ...options, engine: 'rapier' })
    const mujoco = await taskTrial(file, { ...options, engine: 'mujoco' })
    for (const trial of [rapier, mujoco]) {
      expect(trial.episodes).toBe(2)
      expect(trial.success).toBeGreaterThanOrEqual(0)
      expect(trial.beginning.nSteps).toBe(5)
      expect(Object.values(trial.torque.rms).every((t) => t > 0 && t < 500)).toBe(true)
      expect(Object.values(trial.metrics).every(Number.isFinite)).toBe(true)
    }
    // After one control step the engines have not come far apart.
    const n = Object.keys(rapier.torque.rms).length
    for (let d = 0; d < n; d++) {
      expect(Math.abs(rapier.beginning.q[d] - mujoco.beginning.q[d])).toBeLessThan(0.1)
    }
  })

  it('does not succeed as long as the error of a task is above its threshold', async () => {
    const file = await madeUpPolicy('package-lift-h1-blend')
    const { success, metrics } = await taskTrial(file, { ...options, engine: 'rapier' })
    expect(success).toBe(0)
    expect(metrics).toMatchObject({ falls: 0 })
    // Nobody lifted it: as far as it was asked to go, 0.3 to 0.6 m.
    expect(metrics.errorLeastMean).toBeGreaterThan(0.25)
    expect(metrics.errorLeastMean).toBeLessThan(0.65)
  })

  it('blends shipped ball skills under a shipped controller, seen at every control step', async () => {
    for (const engine of ['rapier', 'mujoco'] as const) {
      const trial = await taskTrial(loadPolicy('scoring'), {
        ...{ engine, episodes: 1, episode_s: 2, seed: 1 },
      })
      expect(trial.metrics).toMatchObject({ landings: 0, baskets: 0 })
      expect(trial.beginning.nSteps).toBe(30)
      expect(trial.beginning.q.at(-1)).not.toBe(0)
    }
  })

  it.skipIf(!process.env.SKILLWEAVE_DATA)(
    'has its ball skills judged one by one (skipped unless SKILLWEAVE_DATA is set)',
    { timeout: 240_000 },
    async () => {
      const file = loadPolicy('ballplay-regulation')
      const skills = ['pickUp', 'dribbleForward']
      for (const engine of ['rapier', 'mujoco'] as const) {
        const trial = await ballSkillTrial(file, { engine, episodes: 2, seed: 1, skills })
        expect(trial.episodes).toBe(4)
        expect(Object.keys(trial.metrics)).toEqual(['pickUp_success', 'dribbleForward_success'])
        const { pickUp_success, dribbleForward_success } = trial.metrics
        expect(trial.success).toBeCloseTo((pickUp_success + dribbleForward_success) / 2, 9)
        expect(trial.beginning.q.length).toBe(4 * trial.beginning.nSteps * trialJoints(trial))
        // The engine it was trained in.
        if (engine === 'rapier') expect(trial.success).toBeGreaterThan(0.2)
      }
    },
  )
})

const trialJoints = ({ torque }: Awaited<ReturnType<typeof taskTrial>>): number =>
  Object.keys(torque.rms).length
