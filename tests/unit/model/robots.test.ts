import { createRng, quatRotate, quatRotateInv, type Vec3 } from '@skillweave/math'
import {
  bindKinematics,
  linkIndex,
  massProblem,
  type Robot,
  readMjcf,
  robotByName,
  robots,
} from '@skillweave/model'
import { describe, expect, it } from 'vitest'
import { compile, expectAsMujoco, mujoco } from './mujoco-oracle.ts'
import { writeMjcf } from './robot-mjcf.ts'

const all: Robot[] = Object.values(robots)

/** Poses of the links with the base at `standingHeight`, in its standing orientation. */
function pose(robot: Robot, q: readonly number[]) {
  const n = robot.model.links.length
  const links = { pos: new Float64Array(3 * n), quat: new Float64Array(4 * n) }
  links.pos[2] = robot.standingHeight
  links.quat.set(robot.standingQuat)
  bindKinematics(robot.model).poses(links, q, 0)
  const point = (link: string, p: readonly number[]): Vec3 => {
    const i = linkIndex(robot.model, link)
    const r = quatRotate(links.quat.subarray(4 * i, 4 * i + 4), p)
    return [links.pos[3 * i] + r[0], links.pos[3 * i + 1] + r[1], links.pos[3 * i + 2] + r[2]]
  }
  return { ...links, point }
}

const randomPose = (robot: Robot, seed: string): number[] => {
  const rng = createRng(seed)
  return robot.model.joints.flatMap((j) =>
    j.lower.map((low, c) => rng.range(Math.max(low, -2), Math.min(j.upper[c], 2))),
  )
}

describe.each(all)('$name', (robot) => {
  const { model } = robot

  it('is a depth-first tree with one joint per link', () => {
    expect(model.joints.length).toBe(model.links.length - 1)
    for (const [i, link] of model.links.entries()) expect(link.parent).toBeLessThan(i)
    const onPath = (i: number, ancestor: number): boolean =>
      i === ancestor || (i > 0 && onPath(model.links[i].parent, ancestor))
    for (let i = 1; i < model.links.length; i++) {
      expect(onPath(i - 1, model.links[i].parent), model.links[i].name).toBe(true)
    }
  })

  it('has bodies that could exist', () => {
    for (const link of model.links) expect(massProblem(link), link.name).toBeUndefined()
  })

  it('has one gain, limit and default per coordinate, the default within the limits', () => {
    const n = model.dofNames.length
    expect(new Set(model.dofNames).size).toBe(n)
    for (const list of [robot.qDefault, robot.kp, robot.kd, robot.effort])
      expect(list).toHaveLength(n)
    for (const joint of model.joints) {
      joint.lower.forEach((low, c) => {
        expect(robot.qDefault[joint.dof + c]).toBeGreaterThanOrEqual(low)
        expect(robot.qDefault[joint.dof + c]).toBeLessThanOrEqual(joint.upper[c])
      })
    }
  })

  it('names only links that exist', () => {
    const links = model.links.map((l) => l.name)
    const used = [
      ...Object.values(robot.roles),
      ...Object.values(robot.sites).map((s) => s.link),
      ...robot.feet,
    ]
    for (const name of used) expect(links).toContain(name)
  })

  it.runIf(robot.feet.length)('stands with its soles on the ground', () => {
    const { point } = pose(robot, robot.qDefault)
    for (const name of ['leftSole', 'rightSole']) {
      const site = robot.sites[name]
      expect(Math.abs(point(site.link, site.pos)[2]), name).toBeLessThan(0.02)
    }
  })

  it('has a mirror map that undoes itself and keeps limits, gains and the default pose', () => {
    const mirror = robot.mirror!
    mirror.dof.forEach((twin, i) => {
      expect(mirror.dof[twin]).toBe(i)
      expect(mirror.sign[twin]).toBe(mirror.sign[i])
      expect(robot.kp[twin]).toBe(robot.kp[i])
      expect(robot.kd[twin]).toBe(robot.kd[i])
      expect(robot.effort[twin]).toBe(robot.effort[i])
      expect(mirror.sign[i] * robot.qDefault[twin]).toBeCloseTo(robot.qDefault[i], 12)
    })
    const lower = model.joints.flatMap((j) => j.lower)
    const upper = model.joints.flatMap((j) => j.upper)
    mirror.dof.forEach((twin, i) => {
      expect(mirror.sign[i] > 0 ? lower[twin] : -upper[twin]).toBeCloseTo(lower[i], 9)
    })
  })

  it('puts the mirrored pose where the reflection of the pose is', () => {
    const mirror = robot.mirror!
    for (let k = 0; k < 20; k++) {
      const q = randomPose(robot, `${robot.name}/${k}`)
      const a = pose(robot, q)
      const b = pose(
        robot,
        q.map((_, i) => mirror.sign[i] * q[mirror.dof[i]]),
      )
      mirror.link.forEach((twin, i) => {
        for (let c = 0; c < 3; c++) {
          const reflected = (c === 1 ? -1 : 1) * a.pos[3 * twin + c]
          expect(b.pos[3 * i + c], `${model.links[i].name} ${c}`).toBeCloseTo(reflected, 4)
        }
      })
    }
  })

  it('written as MJCF is read back the same, and as MuJoCo reads it', async () => {
    const xml = writeMjcf(model)
    const read = readMjcf(xml)
    expect(read.model.dofNames).toEqual(model.dofNames)
    expect(read.model.links.map((l) => l.parent)).toEqual(model.links.map((l) => l.parent))
    await expectAsMujoco(read, await compile(xml), 3)
  })

  it('does not touch itself in the default pose', async () => {
    const mj = await mujoco()
    // A parent and its child may overlap; MuJoCo leaves those pairs out by itself.
    const reference = await compile(writeMjcf(model))
    const data = new mj.MjData(reference)
    const first = model.base === 'floating' ? 1 : 0
    model.joints.forEach((joint, k) => {
      if (joint.type !== 'spherical') {
        data.qpos[reference.jnt_qposadr[k + first]] = robot.qDefault[joint.dof]
      }
    })
    mj.mj_forward(reference, data)
    const touching = Array.from({ length: data.ncon }, (_, c) => {
      const contact = data.contact.get(c)!
      return [contact.geom1, contact.geom2].map(
        (g) => model.links[reference.geom_bodyid[g] - 1].name,
      )
    })
    expect(touching).toEqual([])
    data.delete()
  })

  it('mirrors masses and centres of mass to within a few percent', () => {
    const mirror = robot.mirror!
    const forward = robot.forward
    mirror.link.forEach((twin, i) => {
      const [a, b] = [model.links[i], model.links[twin]]
      expect(a.mass).toBeCloseTo(b.mass, 3)
      // Left is the base's y, or x where the robot faces z.
      const left = forward[0] === 1 ? 1 : 0
      for (let c = 0; c < 3; c++) {
        expect(Math.abs(a.com[c] - (c === left ? -1 : 1) * b.com[c])).toBeLessThan(6e-3)
      }
    })
  })
})

describe('robotByName', () => {
  it('finds robots and names them when asked for another', () => {
    expect(robotByName('h1')).toBe(robots.h1)
    expect(() => robotByName('h3')).toThrow(/no robot "h3".*h1.*arm7/)
    expect(() => robotByName('toString')).toThrow(/no robot/)
  })
})

describe('h1', () => {
  it('has the published mass, wrist and foot positions', () => {
    const { model, qDefault } = robots.h1
    const total = model.links.reduce((sum, l) => sum + l.mass, 0)
    expect(total).toBeCloseTo(51.65, 2)
    const { point } = pose(robots.h1, qDefault)
    const z = robots.h1.standingHeight
    expect(point('left_elbow_link', [0.28, 0, -0.02])).toSatisfy(
      near([0.2985, 0.21353, 0.08661 + z]),
    )
    expect(point('right_ankle_link', [0, 0, 0])).toSatisfy(near([0.03947, -0.20286, -0.91105 + z]))
  })
})

describe('arm7', () => {
  it('holds its gripper pointing down in front of it', () => {
    const robot = robots.arm7
    const { point, quat } = pose(robot, robot.qDefault)
    const hand = linkIndex(robot.model, 'hand')
    const down = quatRotateInv(quat.subarray(4 * hand, 4 * hand + 4), [0, 0, -1])
    expect(down[2]).toBeCloseTo(1, 9)
    const grip = point('hand', robot.sites.grip.pos)
    expect(grip[0]).toBeGreaterThan(0.4)
    expect(grip[1]).toBeCloseTo(0, 9)
    expect(grip[2]).toBeGreaterThan(0.1)
  })
})

describe.each([
  { name: 'g1', mass: 33.34, foot: 'left_ankle_roll_link', at: [0.01425, 0.11851, -0.70661] },
  { name: 'g1-29', mass: 33.34, foot: 'left_ankle_roll_link', at: [-0.026, 0.11851, -0.7492] },
  { name: 'h1-2', mass: 67.37, foot: 'left_ankle_roll_link', at: [0, 0.163, -0.92005] },
] as const)('$name', ({ name, mass, foot, at }) => {
  it('has the published mass and stands with its foot where it should', () => {
    const robot = robots[name]
    expect(robot.model.links.reduce((sum, l) => sum + l.mass, 0)).toBeCloseTo(mass, 2)
    const { point } = pose(robot, robot.qDefault)
    const expected = [at[0], at[1], at[2] + robot.standingHeight]
    expect(point(foot, [0, 0, 0])).toSatisfy(near(expected))
    expect(point(foot, robot.sites.leftSole.pos)[2]).toBeCloseTo(0, 4)
  })
})

const near = (expected: readonly number[]) => (p: readonly number[]) =>
  p.every((x, i) => Math.abs(x - expected[i]) < 2e-5)
