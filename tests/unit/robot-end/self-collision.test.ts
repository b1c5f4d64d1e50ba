import { createRng, quatRotate } from '@skillweave/math'
import { bindKinematics, type RobotModel, robots } from '@skillweave/model'
import { createFrameSlot, createSelfCollision } from '@skillweave/robot-end'
import { describe, expect, it } from 'vitest'

const h1 = robots.h1
const margin = 0.02
const parts = createSelfCollision({ model: h1.model, margin }, [h1.qDefault])
const n = h1.model.dofNames.length

/** Any pose within the limits. */
function anyPose(rng: ReturnType<typeof createRng>): number[] {
  const [low, high] = [
    h1.model.joints.map((j) => j.lower[0]),
    h1.model.joints.map((j) => j.upper[0]),
  ]
  return low.map((l, i) => rng.range(l, high[i]))
}

describe('keeping parts apart', () => {
  it('the pose a robot starts in is free', () => {
    expect(parts.distance(h1.qDefault)).toBeGreaterThan(2 * margin)
  })

  it('what is left of a target is never closer than the margin, or than it was before', () => {
    const rng = createRng('self-collision')
    let frozenOnce = 0
    for (let i = 0; i < 300; i++) {
      const [before, target] = [anyPose(rng), anyPose(rng)]
      const frozen = new Uint8Array(n)
      if (parts.freeze(target, before, frozen) > 0) frozenOnce++
      const left = target.map((q, j) => (frozen[j] ? before[j] : q))
      const least = Math.min(margin, parts.distance(before))
      expect(parts.distance(left)).toBeGreaterThanOrEqual(least - 1e-9)
    }
    expect(frozenOnce).toBeGreaterThan(20)
  })

  it('a target that moves nothing together is left alone', () => {
    const frozen = new Uint8Array(n)
    const raised = h1.qDefault.map((q) => q + 0.01)
    expect(parts.freeze(raised, h1.qDefault, frozen)).toBe(0)
    expect([...frozen]).toEqual(Array(n).fill(0))
  })

  it('distances are those between the thick lines themselves', () => {
    const capsule = (from: number[], to: number[]) => ({ type: 'capsule', from, to, radius: 0.05 })
    const link = (name: string, parent: number, geoms: object[]) => ({
      ...{ name, parent, mass: 1, com: [0, 0, 0], inertia: [1, 1, 1, 0, 0, 0], geoms },
    })
    const joint = (name: string, dof: number, axis: number[]) => ({
      ...{ name, type: 'revolute', dof, pos: [0.3, 0.1, 0.2], quat: [0, 0, 0, 1], axis },
      ...{ lower: [-3], upper: [3], effort: [1], velocity: [1] },
      ...{ armature: 0, damping: 0, frictionLoss: 0 },
    })
    const model = {
      name: 'sticks',
      base: 'fixed',
      links: [
        link('a', -1, [capsule([0, 0, 0], [0.4, 0.1, 0])]),
        link('b', 0, []),
        link('c', 1, [capsule([0, 0, 0], [0.3, 0, 0.3])]),
      ],
      joints: [joint('x', 0, [0, 0, 1]), joint('y', 1, [1, 0, 0])],
      dofNames: ['x', 'y'],
    } as unknown as RobotModel
    const sticks = createSelfCollision({ model, margin: 0 }, [])
    const kinematics = bindKinematics(model)
    const rng = createRng('sticks')
    for (let i = 0; i < 50; i++) {
      const q = Float64Array.of(rng.range(-3, 3), rng.range(-3, 3))
      const links = { pos: new Float64Array(9), quat: new Float64Array(12) }
      links.quat[3] = 1
      kinematics.poses(links, q, 0)
      let least = Number.POSITIVE_INFINITY
      for (let s = 0; s <= 100; s++) {
        for (let t = 0; t <= 100; t++) {
          const at = quatRotate(links.quat.subarray(8), [0.003 * t, 0, 0.003 * t])
          const [x, y, z] = [0, 1, 2].map((k) => at[k] + links.pos[6 + k])
          least = Math.min(least, Math.hypot(x - 0.004 * s, y - 0.001 * s, z))
        }
      }
      expect(sticks.distance(q)).toBeCloseTo(least - 0.1, 2)
    }
  })
})

describe('a frame between threads', () => {
  it('is read as it was written, once there is one', () => {
    const slot = createFrameSlot(7)
    const out = new Uint8Array(7)
    expect(slot.read(out)).toBe(false)
    slot.write(Uint8Array.of(1, 2, 3, 4, 5, 6, 7))
    expect(createFrameSlot(slot.memory).read(out)).toBe(true)
    expect([...out]).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(() => slot.write(new Uint8Array(3))).toThrow('a frame of 3 bytes')
  })
})
