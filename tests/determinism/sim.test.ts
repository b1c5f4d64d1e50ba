import { createRng } from '@skillweave/math'
import { ballplayer, type Simulator } from '@skillweave/model'
import { expect, it } from 'vitest'
import { ballScene, makeSimulator } from '../support/sims.ts'

const physics = {
  dt_s: 1 / 120,
  pgsIterations: 4,
  groundContact: 'feet',
  footContact: true,
} as const
const make = (nEnvs = 4, bodyAccess: 'auto' | 'api' = 'auto') =>
  makeSimulator(ballplayer, { scene: ballScene(), nEnvs, physics, bodyAccess })

/** A busy life: random targets, pushes, resets, placed balls, randomised masses. */
function live(sim: Simulator, seed: number, nSteps: number): void {
  const rng = createRng(seed)
  for (let i = 0; i < nSteps; i++) {
    const e = rng.integer(sim.nEnvs)
    for (const { qTarget } of sim.controls) {
      for (let d = 0; d < qTarget.length; d++) qTarget[d] = rng.range(-0.2, 0.2)
    }
    if (i % 5 === 1) sim.addVelocity(e, [rng.range(-1, 1), rng.range(-1, 1), 0])
    if (i % 7 === 2) {
      sim.reset(e, {
        basePos_w: [0, 0, 1],
        baseQuat_w: ballplayer.standingQuat,
        baseLinVel_w: [rng.uniform(), 0, 0],
        q: ballplayer.qDefault,
      })
      sim.placeObject(e, 0, [0.4, -0.2, 1])
    }
    if (i % 11 === 3) {
      sim.randomize(e, {
        massScale: rng.range(0.9, 1.1),
        gainScale: rng.range(0.8, 1.2),
        friction: rng.range(0.5, 1.2),
        objectMass: [rng.range(0.5, 7)],
        objectRestitution: [rng.range(0.6, 0.9)],
      })
    }
    sim.disturbances[e].enabled = i % 3 === 0
    sim.disturbances[e].force_w[0] = rng.range(-50, 50)
    sim.step(4)
  }
}

it('gives two simulators with the same history the same bits', async () => {
  const [a, b] = [await make(), await make()]
  live(a, 1, 40)
  live(b, 1, 40)
  expect(a.hash()).toBe(b.hash())
  expect(a.states.map((s) => [...s.q])).toEqual(b.states.map((s) => [...s.q]))
  live(b, 2, 1)
  expect(a.hash()).not.toBe(b.hash())
  a.dispose()
  b.dispose()
})

it('continues from a snapshot bit for bit, in the same simulator and in another', async () => {
  const [a, b] = [await make(), await make()]
  live(a, 1, 20)
  const snapshot = a.snapshot()
  const before = a.hash()
  live(a, 2, 20)
  const after = a.hash()
  b.restore(snapshot)
  expect(b.hash()).toBe(before)
  live(b, 2, 20)
  expect(b.hash()).toBe(after)
  a.restore(snapshot)
  live(a, 2, 20)
  expect(a.hash()).toBe(after)
  a.dispose()
  b.dispose()
})

it('refuses a snapshot of another world', async () => {
  const [a, b] = [await make(2), await make(3)]
  expect(() => b.restore(a.snapshot())).toThrow('taken with other options')
  a.dispose()
  b.dispose()
})

it('gives the same bits through Rapier’s memory and through its API', async () => {
  const [a, b] = [await make(3), await make(3, 'api')]
  expect([a.bodyAccess, b.bodyAccess]).toEqual(['memory', 'api'])
  live(a, 3, 30)
  live(b, 3, 30)
  expect(a.hash()).toBe(b.hash())
  expect(a.states.map((s) => [...s.tau])).toEqual(b.states.map((s) => [...s.tau]))
  a.dispose()
  b.dispose()
})
