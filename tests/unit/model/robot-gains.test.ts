import { createRng } from '@skillweave/math'
import { type Robot, robots } from '@skillweave/model'
import { createSimulator } from '@skillweave/sim'
import { expect, it } from 'vitest'

const nEnvs = 6
const physics = {
  dt_s: 1 / 200,
  solverIterations: 2,
  pgsIterations: 8,
  groundContact: 'feet',
  selfCollision: false,
  footContact: false,
} as const

// What the gain limit is for: SkillBlender's gains were chosen for physics five times as fast, and
// used as they are they shake G1's ankles at 12 rad/s and its arms at 6 rad/s.
it.each(['h1', 'g1', 'g1-29', 'h1-2', 'arm7'] as const)(
  '%s, its base held, comes to rest in any pose at 200 Hz',
  async (name) => {
    const robot: Robot = { ...robots[name], model: { ...robots[name].model, base: 'fixed' } }
    const scene = { ground: { friction: 1, restitution: 0 }, objects: [] }
    const sim = await createSimulator({ robot, scene, nEnvs, physics })
    const rng = createRng(name)
    for (let e = 0; e < nEnvs; e++) {
      const to = { basePos_w: [0, 0, 2], baseQuat_w: robot.standingQuat, q: robot.qDefault }
      sim.reset(e, to)
      for (const { dof, lower, upper } of robot.model.joints) {
        const [low, high] = [Math.max(lower[0], -1), Math.min(upper[0], 1)]
        sim.controls[e].qTarget[dof] = low + (high - low) * rng.range(0.1, 0.9)
      }
    }
    sim.step(700)
    const rates = sim.states.flatMap((s) => Array.from(s.dq, Math.abs))
    sim.dispose()
    expect(Math.max(...rates)).toBeLessThan(1.5)
  },
)
