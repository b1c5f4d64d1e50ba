import { createRng } from '@skillweave/math'
import { robotByName } from '@skillweave/model'
import { createMujocoSimulator } from '@skillweave/mujoco'
import { createSimulator } from '@skillweave/sim'
import { describe, expect, it } from 'vitest'
import { buildRobot, mixedRobot } from '../../support/robots.ts'
import { ballScene, flatScene, physicsSettings } from '../../support/sims.ts'

const options = (robot: ReturnType<typeof buildRobot>, dt_s = 1 / 400, nEnvs = 1) => ({
  robot,
  scene: flatScene,
  nEnvs,
  physics: physicsSettings({ dt_s, footContact: true, solverIterations: 4 }),
})

describe('the second engine', () => {
  it.each([
    ['revolute', buildRobot('chain', 'fixed', [{}, {}, {}], { addedInertia: 0.02 })],
    ['spherical, prismatic and bent', mixedRobot('fixed')],
  ])('tracks targets with %s joints as the first does', async (_name, robot) => {
    const rapier = await createSimulator(options(robot))
    // The same gains: the first engine may have lowered them.
    const kp = Array.from(rapier.gains.kp)
    const kd = Array.from(rapier.gains.kd)
    const mujoco = await createMujocoSimulator(options({ ...robot, kp, kd }))
    const rng = createRng(3)
    let worst = 0
    for (let k = 0; k < 20; k++) {
      for (let d = 0; d < kp.length; d++) {
        const target = robot.qDefault[d] + rng.range(-0.3, 0.3)
        rapier.controls[0].qTarget[d] = target
        mujoco.controls[0].qTarget[d] = target
      }
      rapier.step(40)
      mujoco.step(40)
      for (let d = 0; d < kp.length; d++) {
        worst = Math.max(worst, Math.abs(rapier.states[0].q[d] - mujoco.states[0].q[d]))
      }
      for (let i = 0; i < rapier.states[0].linkPos_w.length; i++) {
        expect(mujoco.states[0].linkPos_w[i]).toBeCloseTo(rapier.states[0].linkPos_w[i], 1)
      }
    }
    expect(worst).toBeLessThan(0.02)
    rapier.dispose()
    mujoco.dispose()
  })

  it('says where a reset put the links, as the first does', async () => {
    const robot = robotByName('g1-29')
    const [rapier, mujoco] = [
      await createSimulator(options(robot)),
      await createMujocoSimulator(options(robot)),
    ]
    const to = {
      basePos_w: [1, 2, 3],
      baseQuat_w: [0.1, 0.2, 0.3, Math.sqrt(1 - 0.14)],
      baseLinVel_w: [0.3, -0.2, 0.1],
      baseAngVel_w: [1, 2, -1],
      q: robot.qDefault.map((x, i) => x + 0.1 * Math.sin(i)),
      dq: robot.qDefault.map((_, i) => Math.cos(i)),
    }
    for (const sim of [rapier, mujoco]) sim.reset(0, to)
    for (const key of ['linkPos_w', 'linkQuat_w', 'linkLinVel_w', 'linkAngVel_w', 'q'] as const) {
      rapier.states[0][key].forEach((x, i) => {
        expect(mujoco.states[0][key][i], `${key} ${i}`).toBeCloseTo(x, 3)
      })
    }
    rapier.dispose()
    mujoco.dispose()
  })

  it('repeats itself bit for bit, also from a snapshot, and each environment is on its own', async () => {
    const robot = robotByName('g1-29')
    const sim = await createMujocoSimulator(options(robot, 1 / 200, 2))
    sim.step(20)
    const snapshot = sim.snapshot()
    sim.addVelocity(1, [0.5, 0, 0])
    sim.step(20)
    const after = [sim.hash(), ...sim.states[0].q]
    expect(sim.states[1].linkPos_w[0]).not.toBe(sim.states[0].linkPos_w[0])
    sim.restore(snapshot)
    sim.addVelocity(1, [0.5, 0, 0])
    sim.step(20)
    expect([sim.hash(), ...sim.states[0].q]).toEqual(after)
    sim.dispose()
  })

  it('stands on its feet and knows it, and moves where it is pushed', async () => {
    const robot = robotByName('g1-29')
    const sim = await createMujocoSimulator(options(robot, 1 / 200))
    sim.step(60)
    expect([...sim.states[0].footContact]).toEqual([1, 1])
    sim.disturbances[0].force_w[2] = 1000
    sim.disturbances[0].enabled = true
    sim.step(40)
    expect([...sim.states[0].footContact]).toEqual([0, 0])
    sim.dispose()
  })

  it('lets a ball bounce, and a placed object glide', async () => {
    const robot = buildRobot('post', 'fixed', [])
    const { objects, ground } = ballScene()
    const hoop = { ...objects[0], name: 'hoop', motion: 'kinematic', mass: 0 } as const
    const sim = await createMujocoSimulator({
      ...options(robot, 1 / 400),
      scene: {
        ground,
        objects: [...objects, { ...hoop, geoms: [{ ...hoop.geoms[0], collides: false }] }],
      },
    })
    sim.placeObject(0, 0, [2, 0, 1.12])
    sim.placeObject(0, 1, [3, 0, 2], { linVel_w: [1, 0, 0] })
    let top = 0
    for (let k = 0; k < 300; k++) {
      sim.step(1)
      const s = sim.states[0]
      if (k > 200 && s.objectLinVel_w[2] > 0) top = Math.max(top, s.objectPos_w[2])
      if (k > 200) top = Math.max(top, s.objectPos_w[2])
    }
    // 1 m down, e = 0.8 at the most: 0.64 m up again; half of that is a bounce.
    expect(top - 0.12).toBeGreaterThan(0.3)
    expect(top - 0.12).toBeLessThan(0.75)
    expect(sim.states[0].objectPos_w[3]).toBeCloseTo(3.75, 3)
    sim.dispose()
  })

  it.each([
    [400, 0.8, 0.8],
    [120, 0.75, 0.8],
    [200, 0.6, 0],
  ])(
    'lets a ball bounce as high as the first at %d Hz, ball %d, floor %d',
    async (hz, e, floor) => {
      const scene = {
        ...ballScene({ restitution: e }),
        ground: { friction: 1, restitution: floor },
      }
      const heights: number[] = []
      for (const create of [createSimulator, createMujocoSimulator]) {
        const sim = await create({ ...options(buildRobot('post', 'fixed', []), 1 / hz), scene })
        sim.placeObject(0, 0, [2, 0, 1.12])
        let top = 0
        for (let k = 0; k < hz; k++) {
          sim.step(1)
          const [, , z] = sim.states[0].objectPos_w
          if (k > 0.6 * hz) top = Math.max(top, z - 0.12)
        }
        heights.push(top)
        sim.dispose()
      }
      // h' = e² h, with the mean of both coefficients.
      expect(heights[0]).toBeCloseTo(((e + floor) / 2) ** 2, 1)
      expect(Math.abs(heights[1] - heights[0])).toBeLessThan(0.08)
    },
  )

  it('refuses what it cannot build, and targets that are no numbers', async () => {
    const robot = buildRobot('chain', 'fixed', [{}])
    const heightfield = { rows: 2, columns: 2, cell: 1, heights: new Float32Array(4) }
    await expect(
      createMujocoSimulator({
        ...options(robot),
        scene: { ground: { friction: 1, restitution: 0, heightfield }, objects: [] },
      }),
    ).rejects.toThrow('flat ground only')
    const sim = await createMujocoSimulator(options(robot))
    sim.controls[0].qTarget[0] = Number.NaN
    expect(() => sim.step(1)).toThrow('the target of part1 in environment 0 is NaN')
    sim.dispose()
  })
})
