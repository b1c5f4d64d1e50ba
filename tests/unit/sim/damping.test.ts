import { type Robot, robotByName } from '@skillweave/model'
import { createSimulator } from '@skillweave/sim'
import { describe, expect, it } from 'vitest'
import { flatScene, physicsSettings } from '../../support/sims.ts'

const arm = robotByName('arm7')

/** Rates of an arm's joints a second after a kick of 1 rad/s, held at its default pose by kp and `kd`. */
async function ratesAfterKick(gainLimit: NonNullable<Robot['gainLimit']>, kd: number) {
  const robot: Robot = { ...arm, gainLimit, kd: arm.kd.map(() => kd) }
  const physics = physicsSettings()
  const sim = await createSimulator({ robot, scene: flatScene, nEnvs: 1, physics })
  const [s] = sim.states
  sim.reset(0, {
    basePos_w: [0, 0, 0],
    baseQuat_w: [0, 0, 0, 1],
    q: arm.qDefault,
    dq: arm.qDefault.map(() => 1),
  })
  const controls = sim.controls[0]
  arm.qDefault.forEach((q, d) => {
    controls.qTarget[d] = q
  })
  sim.step(Math.round(1 / physics.dt_s))
  const rates = Array.from(s.dq)
  const used = Array.from(sim.gains.kd)
  sim.dispose()
  return { rates, used }
}

describe('damping by the solver', () => {
  it('keeps kd whole where explicit damping must be limited', async () => {
    const explicit = await ratesAfterKick({ stiffness: 0.8, damping: 0.4 }, 1000)
    const solved = await ratesAfterKick({ stiffness: 0.8, damping: 'solver' }, 1000)
    expect(Math.min(...solved.used)).toBe(1000)
    expect(Math.max(...explicit.used)).toBeLessThan(1000)
  })

  it('stops a kicked arm and stays calm at any size', async () => {
    for (const kd of [5, 50, 5000]) {
      const { rates } = await ratesAfterKick({ stiffness: 0.8, damping: 'solver' }, kd)
      expect(Math.max(...rates.map(Math.abs)), `kd ${kd}`).toBeLessThan(0.3)
    }
  })
})
