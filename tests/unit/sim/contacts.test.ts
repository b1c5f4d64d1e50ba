import { ballplayer, type Scene } from '@skillweave/model'
import { expect, it } from 'vitest'
import { buildRobot } from '../../support/robots.ts'
import { ballScene, makeSimulator } from '../../support/sims.ts'

const block = buildRobot('block', 'floating', [])

/** A slope rising with x, a ridge along y at x = 3. */
const hills: Scene = {
  ground: {
    friction: 1,
    restitution: 0,
    heightfield: {
      rows: 11,
      columns: 21,
      cell: 0.5,
      heights: Float32Array.from({ length: 11 * 21 }, (_, i) => {
        const x = ((i % 21) - 10) * 0.5
        const y = (Math.floor(i / 21) - 5) * 0.5
        return 0.1 * Math.abs(x) + (y > 1 ? 0.4 : 0)
      }),
    },
  },
  objects: ballScene().objects,
}

it('lays the heightfield out with rows along y and columns along x, once for every environment', async () => {
  const sim = await makeSimulator(block, { scene: hills, nEnvs: 6, physics: { dt_s: 1 / 200 } })
  const spots = [
    [0, 0, 0],
    [4, 0, 0.4],
    [-4, -1, 0.4],
    [0, 2, 0.4],
    [2, 2, 0.6],
    [0, -2, 0],
  ]
  spots.forEach(([x, y, z], e) => {
    sim.reset(e, { basePos_w: [-2, -2, 5], baseQuat_w: [0, 0, 0, 1], q: [] })
    sim.placeObject(e, 0, [x, y, z + 0.2])
  })
  for (let i = 0; i < 8; i++) sim.step(10)
  spots.forEach(([, , z], e) => {
    // The slope is 6°: a ball of 12 cm touches 0.6 mm further away than straight below, then rolls.
    expect(Math.abs(sim.states[e].objectPos_w[2] - z - 0.12)).toBeLessThan(0.05)
  })
  sim.dispose()
})

it('sees a foot on a hill', async () => {
  const robot = buildRobot('walker', 'floating', [], { feet: ['base'] })
  const sim = await makeSimulator(robot, {
    scene: { ...hills, objects: [] },
    physics: { footContact: true },
  })
  sim.reset(0, { basePos_w: [0, 2, 0.54], baseQuat_w: [0, 0, 0, 1], q: [] })
  expect(sim.states[0].footContact[0]).toBe(0)
  for (let i = 0; i < 10; i++) sim.step(10)
  expect(sim.states[0].linkPos_w[2]).toBeCloseTo(0.51, 1)
  expect(sim.states[0].footContact[0]).toBe(1)
  sim.dispose()
})

it('lets links without feet through the ground when only feet touch it', async () => {
  const fall = async (groundContact: 'feet' | 'all') => {
    const sim = await makeSimulator(block, { physics: { groundContact } })
    sim.reset(0, { basePos_w: [0, 0, 0.3], baseQuat_w: [0, 0, 0, 1], q: [] })
    sim.step(100)
    const z = sim.states[0].linkPos_w[2]
    sim.dispose()
    return z
  }
  expect(await fall('all')).toBeCloseTo(0.1, 2)
  expect(await fall('feet')).toBeLessThan(-0.5)
})

it('stops links of one robot at each other when self-collision is on', async () => {
  // Two rods side by side on one base; the first swings into the second.
  const robot = buildRobot(
    'twins',
    'fixed',
    [
      { name: 'left', parent: 0, joint: { axis: [1, 0, 0], pos: [0, 0.12, -0.3] } },
      { name: 'right', parent: 0, joint: { axis: [1, 0, 0], pos: [0, -0.12, -0.3] } },
    ],
    { addedInertia: 0.02 },
  )
  const swing = async (selfCollision: boolean) => {
    const sim = await makeSimulator(robot, { physics: { dt_s: 1 / 400, selfCollision } })
    sim.controls[0].qTarget.set([-1.2, 0])
    for (let i = 0; i < 40; i++) sim.step(10)
    const q = sim.states[0].q[1]
    sim.dispose()
    return q
  }
  expect(Math.abs(await swing(false))).toBeLessThan(0.02)
  expect(await swing(true)).toBeLessThan(-0.05)
})

it('does not push apart links that overlap in the default pose', async () => {
  const sim = await makeSimulator(ballplayer, {
    physics: { dt_s: 1 / 120, pgsIterations: 4, selfCollision: true },
  })
  sim.reset(0, {
    basePos_w: [0, 0, 3],
    baseQuat_w: ballplayer.standingQuat,
    q: ballplayer.qDefault,
  })
  sim.step(24)
  expect(Math.max(...sim.states[0].q.map(Math.abs))).toBeLessThan(0.1)
  sim.dispose()
})

it('lets a randomised floor decide how far a robot slides', async () => {
  const robot = buildRobot('sled', 'floating', [], { feet: ['base'] })
  const sim = await makeSimulator(robot, { nEnvs: 2, physics: { dt_s: 1 / 400 } })
  sim.randomize(0, { friction: 0.3 })
  sim.randomize(1, { friction: 0.6 })
  for (const e of [0, 1]) {
    sim.reset(e, {
      basePos_w: [0, 0, 0.1],
      baseQuat_w: [0, 0, 0, 1],
      baseLinVel_w: [2, 0, 0],
      q: [],
    })
  }
  for (let i = 0; i < 40; i++) sim.step(10)
  expect(sim.states[0].linkPos_w[0]).toBeCloseTo(4 / (2 * 0.3 * 9.81), 1)
  expect(sim.states[1].linkPos_w[0]).toBeCloseTo(4 / (2 * 0.6 * 9.81), 1)
  sim.dispose()
})

it('randomises mass, gains and the ball', async () => {
  const robot = buildRobot('arm', 'fixed', [{}], { addedInertia: 0.02, kp: [20], kd: [2] })
  const sim = await makeSimulator(robot, {
    nEnvs: 3,
    scene: ballScene(),
    physics: { dt_s: 1 / 400, pgsIterations: 4 },
  })
  sim.randomize(1, { massScale: 2 })
  sim.randomize(2, { gainScale: 2, objectRestitution: [0], objectMass: [3] })
  for (let e = 0; e < 3; e++) {
    sim.controls[e].qTarget[0] = -Math.PI / 2
    sim.placeObject(e, 0, [1, 1, 0.62])
  }
  let apex = [0, 0, 0]
  for (let i = 0; i < 160; i++) {
    sim.step(5)
    apex = apex.map((z, e) => {
      const s = sim.states[e]
      return s.objectLinVel_w[2] > 0 ? Math.max(z, s.objectPos_w[2]) : z
    })
  }
  // At rest the deflection is the weight's torque, m g l cos(deflection), over the stiffness.
  const sag = sim.states.map((s) => s.q[0] + Math.PI / 2)
  expect(sag[0]).toBeCloseTo((9.81 * 0.2 * Math.cos(sag[0])) / 20, 2)
  expect(sag[1] / sag[0]).toBeCloseTo(2, 1)
  expect(sag[2] / sag[0]).toBeCloseTo(0.5, 1)
  expect(apex[2]).toBeLessThan(apex[0] - 0.1)
  sim.dispose()
})

it('keeps a kinematic object where it was put', async () => {
  const scene = ballScene({ motion: 'kinematic', mass: 0 })
  const sim = await makeSimulator(block, { scene })
  sim.placeObject(0, 0, [1, 2, 1], { quat_w: [0, 0, 1, 0] })
  sim.step(50)
  expect([...sim.states[0].objectPos_w]).toEqual([1, 2, 1])
  expect(sim.states[0].objectQuat_w[2]).toBeCloseTo(1, 6)
  sim.dispose()
})
