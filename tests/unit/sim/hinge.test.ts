import type { SceneObject } from '@skillweave/model'
import { describe, expect, it } from 'vitest'
import { buildRobot } from '../../support/robots.ts'
import { flatScene, makeSimulator } from '../../support/sims.ts'

const still = { friction: 1, restitution: 0, linearDamping: 0, angularDamping: 0, ccd: false }

const post: SceneObject = {
  name: 'post',
  motion: 'kinematic',
  mass: 0,
  geoms: [{ type: 'box', pos: [0, 0, 0], quat: [0, 0, 0, 1], halfSize: [0.05, 0.05, 0.5] }],
  ...still,
}

const door = (damping: number): SceneObject => ({
  name: 'door',
  motion: 'dynamic',
  mass: 2,
  geoms: [{ type: 'box', pos: [0, 0.3, 0], quat: [0, 0, 0, 1], halfSize: [0.01, 0.3, 0.4] }],
  ...still,
  hinge: {
    on: 'post',
    anchorOn: [0, 0, 0],
    anchor: [0, 0, 0],
    axis: [0, 0, 1],
    lower: 0,
    upper: 1.5,
    damping,
  },
})

const arm = buildRobot('arm', 'fixed', [{}])

async function swing(damping: number, rate: number, start = 0.5): Promise<number[]> {
  const scene = { ...flatScene, objects: [post, door(damping)] }
  const sim = await makeSimulator(arm, { scene })
  sim.placeObject(0, 0, [1.5, 0, 1])
  sim.placeObject(0, 1, [1.5, 0, 1], {
    quat_w: [0, 0, Math.sin(start / 2), Math.cos(start / 2)],
    angVel_w: [0, 0, rate],
  })
  const angles: number[] = []
  const s = sim.states[0]
  for (let i = 0; i < 200; i++) {
    sim.step(1)
    angles.push(2 * Math.atan2(s.objectQuat_w[6], s.objectQuat_w[7]))
    expect(Math.hypot(s.objectPos_w[3] - 1.5, s.objectPos_w[4])).toBeLessThan(0.02)
    expect(s.objectPos_w[5]).toBeCloseTo(1, 1)
  }
  sim.dispose()
  return angles
}

describe('a hinged object', () => {
  it('swings about its hinge and stops at its limits', async () => {
    const angles = await swing(0, 4)
    expect(Math.max(...angles)).toBeGreaterThan(1.4)
    expect(Math.max(...angles)).toBeLessThan(1.6)
    expect(Math.min(...(await swing(0, -4)))).toBeGreaterThan(-0.1)
  })

  it('is slowed by its damping: θ = θ₀ + (ω I / d) (1 − e^(−d t / I))', async () => {
    const inertia = 2 * ((0.6 ** 2 + 0.02 ** 2) / 12 + 0.3 ** 2)
    const angles = await swing(1, 1)
    expect(angles.at(-1)).toBeCloseTo(0.5 + inertia, 1)
  })

  it('must hang on something that stands before it', async () => {
    const scene = { ...flatScene, objects: [door(0), post] }
    await expect(makeSimulator(arm, { scene })).rejects.toThrow(
      'object "door" hangs on "post"; objects before it are none',
    )
  })
})
