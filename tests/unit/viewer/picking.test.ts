import { robots } from '@skillweave/model'
import { describeRobot } from '@skillweave/protocol'
import { createFrames, createRobotView, pickLink, rayCapsule, setRay } from '@skillweave/viewer'
import { Group, MeshBasicMaterial, Vector3 } from 'three'
import { describe, expect, test } from 'vitest'

const unit = (x: number, y: number, z: number): Vector3 => new Vector3(x, y, z).normalize()

describe('rayCapsule', () => {
  test('meets the side, either cap, and misses beside them', () => {
    setRay(new Vector3(-3, 0, 0.5), unit(1, 0, 0))
    expect(rayCapsule([0, 0, 0], [0, 0, 1], 0.25)).toBeCloseTo(2.75)
    setRay(new Vector3(0, 0, 4), unit(0, 0, -1))
    expect(rayCapsule([0, 0, 0], [0, 0, 1], 0.25)).toBeCloseTo(2.75)
    setRay(new Vector3(0, 0, -4), unit(0, 0, 1))
    expect(rayCapsule([0, 0, 0], [0, 0, 1], 0.25)).toBeCloseTo(3.75)
    setRay(new Vector3(-3, 0.3, 0.5), unit(1, 0, 0))
    expect(rayCapsule([0, 0, 0], [0, 0, 1], 0.25)).toBe(-1)
    setRay(new Vector3(-3, 0, 0.5), unit(-1, 0, 0))
    expect(rayCapsule([0, 0, 0], [0, 0, 1], 0.25)).toBe(-1)
  })

  test('a sphere is a capsule without length', () => {
    setRay(new Vector3(0, 0, 5), unit(0, 0, -1))
    expect(rayCapsule([0, 0, 1], [0, 0, 1], 0.5)).toBeCloseTo(3.5)
  })
})

describe('pickLink', () => {
  const description = describeRobot({ id: 'h1', robot: robots.h1 })
  const robot = createRobotView({
    root: new Group(),
    description,
    copies: 1,
    detail: 5,
    material: new MeshBasicMaterial(),
    castShadow: false,
  })
  robot.poseDefault(0, 0)

  test('a ray at a shape finds its link, and the grabbed point lies on the ray', () => {
    const torso = description.links.findIndex((l) => l.name === 'torso_link')
    const m = robot.matrices(torso)
    const from = new Vector3(3, 0, m[14] + 0.25)
    const hit = pickLink([robot], { origin: from, direction: unit(-1, 0, 0) }, 0)
    expect(hit?.link).toBe(torso)
    const p = hit?.point_b.clone() ?? new Vector3()
    expect(p.x + m[12]).toBeCloseTo(3 - (hit?.distance ?? 0), 5)
  })

  test('a ray beside the robot finds nothing', () => {
    const ray = { origin: new Vector3(3, 2, 1), direction: unit(-1, 0, 0) }
    expect(pickLink([robot], ray, 0)).toBeNull()
  })
})

describe('frames', () => {
  test('the root turns Z up into Y up, and toView does the same to points', () => {
    const { root, toView, toWorld } = createFrames()
    for (const p of [new Vector3(1, 0, 0), new Vector3(0, 1, 0), new Vector3(0.2, -3, 7)]) {
      const byRoot = p.clone().applyMatrix4(root.matrixWorld)
      const byHand = toView(p.clone())
      expect(byHand.distanceTo(byRoot)).toBeLessThan(1e-12)
      expect(toWorld(byHand).distanceTo(p)).toBeLessThan(1e-12)
    }
  })
})
