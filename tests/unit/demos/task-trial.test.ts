import { taskTrial } from '@skillweave/demos/transfer'
import { expect, it } from 'vitest'
import { madeUpPolicy } from '../../support/humanoid-policies.ts'

const options = { episodes: 2, episode_s: 0.1, seed: 1, delay: { mean_ms: 5, jitter_ms: 3 } }

it.each(['reaching-h1', 'box-push-h1-blend', 'football-shoot-h1-flat'])(
  'a task policy that nobody trained, %s, is tried in both engines from the same starts',
  { timeout: 240_000 },
  async (name) => {
    const file = await madeUpPolicy(name)
    const rapier = await taskTrial(file, { ...options, engine: 'rapier' })
    const mujoco = await taskTrial(file, { ...options, engine: 'mujoco' })
    for (const trial of [rapier, mujoco]) {
      expect(trial.episodes).toBe(2)
      expect(trial.success).toBeGreaterThanOrEqual(0)
      expect(trial.beginning.nSteps).toBe(5)
      expect(Object.values(trial.torque.rms).every((t) => t > 0 && t < 500)).toBe(true)
    }
    // After one control step the engines have not come far apart.
    const n = Object.keys(rapier.torque.rms).length
    for (let d = 0; d < n; d++) {
      expect(Math.abs(rapier.beginning.q[d] - mujoco.beginning.q[d])).toBeLessThan(0.1)
    }
  },
)
