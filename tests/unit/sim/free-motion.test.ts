import { expect, it } from 'vitest'
import { buildRobot } from '../../support/robots.ts'
import { ballScene, makeSimulator } from '../../support/sims.ts'

const pendulum = buildRobot('pendulum', 'fixed', [{}], { kp: [0], kd: [0] })

it('swings a pendulum with the period of theory', async () => {
  const dt = 1 / 400
  const sim = await makeSimulator(pendulum, { physics: { dt_s: dt, solverIterations: 4 } })
  sim.reset(0, { basePos_w: [0, 0, 2], baseQuat_w: [0, 0, 0, 1], q: [0.1] })
  const crossings: number[] = []
  let before = sim.states[0].q[0]
  for (let i = 1; i < 2000; i++) {
    sim.step(1)
    const now = sim.states[0].q[0]
    if (before > 0 && now <= 0) crossings.push((i - 1 + before / (before - now)) * dt)
    before = now
  }
  const period = (crossings[crossings.length - 1] - crossings[0]) / (crossings.length - 1)
  const inertia = 0.0141 + 1 * 0.2 ** 2
  const small = 2 * Math.PI * Math.sqrt(inertia / (1 * 9.81 * 0.2))
  expect(period / (small * (1 + 0.1 ** 2 / 16))).toBeCloseTo(1, 3)
  sim.dispose()
})

it('lets a robot fall freely, its joints at rest', async () => {
  const robot = buildRobot('faller', 'floating', [{ joint: { type: 'spherical' } }, {}])
  const dt = 1 / 400
  const sim = await makeSimulator(robot, { physics: { dt_s: dt, solverIterations: 2 } })
  sim.reset(0, {
    basePos_w: [0, 0, 10],
    baseQuat_w: [0, 0, 0, 1],
    baseLinVel_w: [1, 0, 0],
    q: robot.qDefault,
  })
  sim.step(200)
  const { linkPos_w, linkLinVel_w, q } = sim.states[0]
  // Symplectic Euler with substeps h falls g h t / 2 further than the parabola.
  const fall = 0.5 * 9.81 * 0.25 + (9.81 * (dt / 2) * 0.5) / 2
  expect(linkPos_w[2]).toBeCloseTo(10 - fall, 3)
  expect(linkPos_w[0]).toBeCloseTo(0.5, 4)
  expect(linkLinVel_w[2]).toBeCloseTo(-9.81 * 0.5, 3)
  expect(Math.max(...q.map(Math.abs))).toBeLessThan(1e-3)
  sim.dispose()
})

it('bounces a ball to e² of its height, e the mean of ball and floor', async () => {
  const sim = await makeSimulator(pendulum, {
    scene: ballScene({ restitution: 0.8 }),
    physics: { dt_s: 1 / 400, solverIterations: 2, pgsIterations: 4 },
  })
  sim.placeObject(0, 0, [1, 0, 1.12])
  let apex = 0
  let hasBounced = false
  for (let i = 0; i < 400; i++) {
    sim.step(1)
    const v = sim.states[0].objectLinVel_w[2]
    if (v > 0) hasBounced = true
    if (hasBounced) apex = Math.max(apex, sim.states[0].objectPos_w[2] - 0.12)
  }
  expect(apex / (0.8 ** 2 * 1)).toBeGreaterThan(0.96)
  expect(apex / (0.8 ** 2 * 1)).toBeLessThan(1.02)
  sim.dispose()
})

it('keeps a revolute joint within its limits', async () => {
  const robot = buildRobot(
    'limited',
    'fixed',
    [{ joint: { axis: [0, 1, 0], lower: [1], upper: [4] } }],
    { kp: [0], kd: [0.1], qDefault: [2] },
  )
  const sim = await makeSimulator(robot, { physics: { dt_s: 1 / 400 } })
  sim.controls[0].tauFf[0] = 20
  sim.step(400)
  expect(sim.states[0].q[0]).toBeCloseTo(4, 2)
  sim.controls[0].tauFf[0] = -20
  sim.step(400)
  expect(sim.states[0].q[0]).toBeCloseTo(1, 2)
  sim.dispose()
})

it('damps a joint by its damping and holds it by its dry friction', async () => {
  const damped = buildRobot('damped', 'fixed', [{ joint: { damping: 0.05 } }], {
    kp: [0],
    kd: [0],
    qDefault: [Math.PI / 2],
  })
  const held = buildRobot('held', 'fixed', [{ joint: { frictionLoss: 3 } }], {
    kp: [0],
    kd: [0],
    qDefault: [Math.PI / 2],
  })
  const free = await makeSimulator(damped, { physics: { dt_s: 1 / 400 } })
  for (let i = 0; i < 4000; i += 10) free.step(10)
  expect(Math.abs(free.states[0].q[0])).toBeLessThan(0.2)
  // The weight's torque is 1.96 N·m, below the friction: it creeps instead of falling.
  const stuck = await makeSimulator(held, { physics: { dt_s: 1 / 400 } })
  stuck.step(40)
  expect(stuck.states[0].q[0]).toBeGreaterThan(Math.PI / 2 - 0.1)
  free.dispose()
  stuck.dispose()
})
