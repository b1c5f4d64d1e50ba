import { createContactList, robotByName, type StateView } from '@skillweave/model'
import { expect, it } from 'vitest'
import { ballScene, makeSimulator } from '../../support/sims.ts'

const robot = robotByName('h1')
const weight = 9.81 * robot.model.links.reduce((m, l) => m + l.mass, 0)

it.each([1, 2, 4])(
  'the ground carries what lies on it, with %d substeps',
  async (solverIterations) => {
    const scene = ballScene({ restitution: 0 })
    const sim = await makeSimulator(robot, { scene, physics: { solverIterations } })
    sim.reset(0, {
      q: robot.qDefault,
      basePos_w: [0, 0, robot.standingHeight],
      baseQuat_w: robot.standingQuat,
    })
    sim.placeObject(0, 0, [1.5, 0, 0.12])
    const list = createContactList(24)
    const n = 20
    let body = 0
    let ball = 0
    sim.step(20)
    const before = momentum(sim.states[0])
    for (let i = 0; i < n; i++) {
      sim.step(1)
      sim.readContacts?.(0, list)
      for (let k = 0; k < list.count; k++) {
        expect(list.bodyB[k]).toBe(0)
        expect(Math.abs(list.pos_w[3 * k + 2])).toBeLessThan(0.02)
        const f = list.force_w[3 * k + 2]
        if (list.bodyA[k] === 1) ball += f / n
        else body += f / n
      }
    }
    expect(ball / (0.62 * 9.81)).toBeCloseTo(1, 2)
    // What is not weight accelerates the body.
    const wanted = weight + (momentum(sim.states[0]) - before) / (n / 200)
    expect(body / wanted).toBeGreaterThan(0.9)
    expect(body / wanted).toBeLessThan(1.1)
    sim.dispose()
  },
)

const momentum = ({ linkLinVel_w }: StateView): number =>
  robot.model.links.reduce((p, link, i) => p + link.mass * linkLinVel_w[3 * i + 2], 0)

it('reading them changes nothing', async () => {
  const run = async (isRead: boolean): Promise<number> => {
    const sim = await makeSimulator(robot)
    const list = createContactList(4)
    for (let i = 0; i < 50; i++) {
      sim.step(2)
      if (isRead) sim.readContacts?.(0, list)
    }
    const hash = sim.hash()
    sim.dispose()
    return hash
  }
  expect(await run(true)).toBe(await run(false))
})
