import { createRng } from '@skillweave/math'
import type { Robot } from '@skillweave/model'
import { expect, it } from 'vitest'
import { createOracle } from '../../support/mujoco.ts'
import { buildRobot, mixedRobot } from '../../support/robots.ts'
import { makeSimulator } from '../../support/sims.ts'

/** Runs both engines side by side; returns the root mean square of the difference in q, and of q. */
async function compare(
  robot: Robot,
  options: {
    readonly dt_s: number
    readonly iterations: readonly [number, number]
    readonly q0?: readonly number[]
    /** A new random target this often; absent: no torques at all. */
    readonly target?: { readonly every_s: number; readonly size: number }
    readonly duration_s: number
  },
) {
  const nDof = robot.model.dofNames.length
  const sim = await makeSimulator(robot, {
    physics: {
      dt_s: options.dt_s,
      solverIterations: options.iterations[0],
      pgsIterations: options.iterations[1],
    },
  })
  const oracle = await createOracle(robot, sim.gains)
  const q0 = options.q0 ?? robot.qDefault
  oracle.set(q0)
  sim.reset(0, { basePos_w: [0, 0, robot.standingHeight], baseQuat_w: robot.standingQuat, q: q0 })
  const rng = createRng(7)
  const target = Float64Array.from(q0)
  const interval = options.target?.every_s ?? 0.05
  let squares = 0
  let size = 0
  let count = 0
  for (let t = 0; t < options.duration_s - 1e-9; t += interval) {
    if (options.target) {
      for (let d = 0; d < nDof; d++) target[d] = q0[d] + options.target.size * (rng.uniform() - 0.5)
      sim.controls[0].qTarget.set(target)
    }
    sim.step(Math.round(interval / options.dt_s))
    oracle.run(interval, options.target && target)
    for (let d = 0; d < nDof; d++) {
      squares += (sim.states[0].q[d] - oracle.q[d]) ** 2
      size += (oracle.q[d] - q0[d]) ** 2
      count++
    }
  }
  sim.dispose()
  oracle.dispose()
  return { error: Math.sqrt(squares / count), size: Math.sqrt(size / count) }
}

const chain = buildRobot('chain', 'fixed', [{}, {}, {}], { addedInertia: 0.02 })
const noGains = { kp: [0, 0, 0], kd: [0, 0, 0] }

it('swings a passive chain like MuJoCo', async () => {
  const { error, size } = await compare(
    { ...chain, ...noGains },
    { dt_s: 1 / 400, iterations: [4, 4], q0: [0.5, -0.3, 0.4], duration_s: 1 },
  )
  expect(size).toBeGreaterThan(0.3)
  expect(error).toBeLessThan(0.004)
})

it('tracks random targets with a chain of revolute joints like MuJoCo', async () => {
  const { error, size } = await compare(chain, {
    dt_s: 1 / 400,
    iterations: [2, 8],
    target: { every_s: 0.2, size: 1 },
    duration_s: 2,
  })
  expect(size).toBeGreaterThan(0.1)
  expect(error).toBeLessThan(0.004)
})

it('tracks random targets with spherical, prismatic and bent revolute joints like MuJoCo', async () => {
  const { error, size } = await compare(mixedRobot('fixed'), {
    dt_s: 1 / 400,
    iterations: [2, 8],
    target: { every_s: 0.2, size: 0.6 },
    duration_s: 2,
  })
  expect(size).toBeGreaterThan(0.1)
  expect(error).toBeLessThan(0.004)
})

it('holds a pose where MuJoCo does', async () => {
  const robot = mixedRobot('fixed')
  const sim = await makeSimulator(robot, { physics: { dt_s: 1 / 400 } })
  const oracle = await createOracle(robot, sim.gains)
  oracle.set(robot.qDefault)
  oracle.run(3, robot.qDefault)
  sim.step(1200)
  for (let d = 0; d < robot.qDefault.length; d++) {
    expect(Math.abs(sim.states[0].q[d] - oracle.q[d])).toBeLessThan(1e-3)
  }
  oracle.dispose()
  sim.dispose()
})
