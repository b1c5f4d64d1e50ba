import { quatExp, quatMul } from '@skillweave/math'
import { ballplayer } from '@skillweave/model'
import { describe, expect, it } from 'vitest'
import { buildRobot, mixedRobot } from '../../support/robots.ts'
import { ballScene, makeSimulator } from '../../support/sims.ts'

const standing = {
  basePos_w: [0, 0, ballplayer.standingHeight],
  baseQuat_w: ballplayer.standingQuat,
  q: ballplayer.qDefault,
}
const feetOnly = {
  dt_s: 1 / 120,
  pgsIterations: 4,
  groundContact: 'feet',
  footContact: true,
} as const

describe('reset', () => {
  it('takes effect at once, with exact poses and velocities of every link', async () => {
    const robot = mixedRobot()
    const sim = await makeSimulator(robot, { nEnvs: 5 })
    sim.step(20)
    const nDof = robot.qDefault.length
    const q = robot.qDefault.map((_, d) => 0.3 * Math.sin(d + 1))
    const dq = robot.qDefault.map((_, d) => Math.cos(d))
    const quat = quatExp([0.2, -0.4, 0.9])
    sim.reset(3, {
      basePos_w: [0.5, -0.25, 1.5],
      baseQuat_w: quat,
      baseLinVel_w: [1, 2, 3],
      baseAngVel_w: [0.5, -1, 2],
      q,
      dq,
    })
    const s = sim.states[3]
    for (let d = 0; d < nDof; d++) {
      expect(s.q[d]).toBeCloseTo(q[d], 5)
      expect(s.dq[d]).toBeCloseTo(dq[d], 4)
    }
    for (let k = 0; k < 3; k++) {
      expect(s.linkPos_w[k]).toBeCloseTo([0.5, -0.25, 1.5][k], 6)
      expect(s.linkLinVel_w[k]).toBeCloseTo([1, 2, 3][k], 5)
      expect(s.linkAngVel_w[k]).toBeCloseTo([0.5, -1, 2][k], 6)
      expect(s.linkQuat_w[k]).toBeCloseTo(quat[k], 6)
    }
    sim.dispose()
  })

  it('moves one environment and no other', async () => {
    const make = () =>
      makeSimulator(ballplayer, { scene: ballScene(), nEnvs: 4, physics: feetOnly })
    const [a, b] = [await make(), await make()]
    for (let i = 0; i < 20; i++) {
      if (i === 10) a.reset(1, { ...standing, baseLinVel_w: [1, 0, 0] })
      a.step(4)
      b.step(4)
    }
    for (const e of [0, 2, 3]) {
      expect(a.states[e].linkPos_w).toEqual(b.states[e].linkPos_w)
      expect(a.states[e].objectPos_w).toEqual(b.states[e].objectPos_w)
    }
    expect(a.states[1].linkPos_w).not.toEqual(b.states[1].linkPos_w)
    a.dispose()
    b.dispose()
  })

  it('says how many coordinates it needs', async () => {
    const sim = await makeSimulator(mixedRobot())
    expect(() => sim.reset(0, { basePos_w: [0, 0, 1], baseQuat_w: [0, 0, 0, 1], q: [0] })).toThrow(
      'reset needs 9 joint coordinates for mixed, got 1',
    )
    sim.dispose()
  })
})

it('behaves alike in every slot, up to rounding', async () => {
  const sim = await makeSimulator(ballplayer, { scene: ballScene(), nEnvs: 24, physics: feetOnly })
  for (let e = 0; e < 24; e++) {
    sim.reset(e, standing)
    sim.placeObject(e, 0, [1.2, 0.2, 1])
  }
  for (let i = 0; i < 10; i++) sim.step(4)
  const first = sim.states[0]
  for (const s of sim.states) {
    for (let k = 0; k < first.linkPos_w.length; k++) {
      expect(Math.abs(s.linkPos_w[k] - first.linkPos_w[k])).toBeLessThan(2e-3)
    }
    for (let k = 0; k < 3; k++) {
      expect(Math.abs(s.objectPos_w[k] - first.objectPos_w[k])).toBeLessThan(1e-4)
    }
  }
  sim.dispose()
})

it('keeps neighbours apart: a ball rolls through the next environment as if it were alone', async () => {
  const roll = async (nEnvs: number) => {
    const sim = await makeSimulator(ballplayer, { scene: ballScene(), nEnvs, physics: feetOnly })
    sim.placeObject(0, 0, [1, 0, 0.12], { linVel_w: [9, 0, 0] })
    for (let i = 0; i < 24; i++) sim.step(4)
    const x = sim.states[0].objectPos_w[0]
    sim.dispose()
    return x
  }
  const alone = await roll(1)
  // Far enough to have crossed the robot 4.5 m away.
  expect(alone).toBeGreaterThan(6)
  expect(await roll(2)).toBeCloseTo(alone, 4)
})

it('turns a spherical joint to its target the short way, with the torque it reports', async () => {
  const robot = buildRobot(
    'arm',
    'fixed',
    [{ joint: { type: 'spherical', quat: quatExp([0.4, 0.2, -0.3]), effort: [900, 900, 900] } }],
    { addedInertia: 0.05, kp: [400, 400, 400], kd: [10, 10, 10] },
  )
  const sim = await makeSimulator(robot, { physics: { dt_s: 1 / 400 } })
  const target = [0.9, -1.4, 1.1]
  sim.controls[0].qTarget.set(target)
  sim.step(1)
  const { q, tau } = sim.states[0]
  for (let k = 0; k < 3; k++) expect(tau[k]).toBeCloseTo(400 * target[k], -1)
  for (let i = 0; i < 30; i++) sim.step(20)
  const error = quatMul(quatExp([-target[0], -target[1], -target[2]]), quatExp([q[0], q[1], q[2]]))
  // What remains is the weight, 2 N·m, over the stiffness.
  expect(2 * Math.acos(Math.min(1, Math.abs(error[3])))).toBeLessThan(0.006)
  sim.dispose()
})

it('pushes a whole body by the velocity asked for', async () => {
  const sim = await makeSimulator(ballplayer, { nEnvs: 2, physics: feetOnly })
  sim.reset(0, { ...standing, basePos_w: [0, 0, 3] })
  sim.addVelocity(0, [1, -0.5, 0])
  expect(sim.states[0].linkLinVel_w[0]).toBeCloseTo(1, 6)
  sim.step(12)
  expect(sim.states[0].linkLinVel_w[0]).toBeCloseTo(1, 1)
  expect(sim.states[0].linkPos_w[1]).toBeCloseTo(-0.05, 2)
  sim.dispose()
})

it('applies a disturbance at the centre of mass until it is switched off', async () => {
  const robot = buildRobot('block', 'floating', [])
  const sim = await makeSimulator(robot, { physics: { dt_s: 1 / 400 } })
  sim.reset(0, { basePos_w: [0, 0, 5], baseQuat_w: [0, 0, 0, 1], q: [] })
  const push = sim.disturbances[0]
  push.force_w.set([10, 0, 5 * 9.81])
  push.torque_w.set([0, 0, 0.2])
  push.enabled = true
  sim.step(200)
  // 10 N on 5 kg and 0.2 N·m on 0.1 kg·m² for half a second; gravity is held up.
  expect(sim.states[0].linkLinVel_w[0]).toBeCloseTo(1, 3)
  expect(sim.states[0].linkLinVel_w[2]).toBeCloseTo(0, 3)
  expect(sim.states[0].linkAngVel_w[2]).toBeCloseTo(1, 3)
  push.enabled = false
  sim.step(40)
  expect(sim.states[0].linkLinVel_w[0]).toBeCloseTo(1, 3)
  expect(sim.states[0].linkLinVel_w[2]).toBeCloseTo(-0.981, 3)
  sim.dispose()
})

it('sees feet on the ground and feet in the air', async () => {
  const sim = await makeSimulator(ballplayer, { nEnvs: 2, physics: feetOnly })
  sim.reset(0, { ...standing, basePos_w: [0, 0, 2] })
  expect([...sim.states[0].footContact]).toEqual([0, 0])
  for (let i = 0; i < 10; i++) sim.step(4)
  expect([...sim.states[1].footContact]).toEqual([1, 1])
  sim.dispose()
})
