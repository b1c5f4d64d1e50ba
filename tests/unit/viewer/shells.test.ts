import { robots } from '@skillweave/model'
import { describeRobot } from '@skillweave/protocol'
import { buildShells, deriveAnatomy, type ShellDetail, triangleCount } from '@skillweave/viewer'
import { describe, expect, test } from 'vitest'

const described = Object.values(robots).map((robot) => describeRobot({ id: robot.name, robot }))

describe.each(described.map((d) => [d.name, d] as const))('shells of %s', (_, robot) => {
  test('every link has one merged geometry with finite vertices, inside its reach', () => {
    const shells = buildShells(robot, 10)
    expect(shells).toHaveLength(robot.links.length)
    shells.forEach((g, i) => {
      const position = g.getAttribute('position')
      expect(position.count).toBeGreaterThan(0)
      for (const name of ['position', 'normal', 'color', 'surface']) {
        expect(g.getAttribute(name).count).toBe(position.count)
        expect((g.getAttribute(name).array as Float32Array).every(Number.isFinite)).toBe(true)
      }
      expect(g.boundingSphere?.radius, robot.links[i].name).toBeLessThan(0.6)
    })
  })

  test('triangles stay within the budget of each detail', () => {
    // Budgets are for bodies of up to 27 links; one with wrists and waist in parts has more shells.
    const share = Math.max(1, robot.links.length / 27)
    const at = (detail: ShellDetail): number => triangleCount(buildShells(robot, detail)) / share
    expect(at(12)).toBeLessThan(20_000)
    expect(at(10)).toBeLessThan(14_000)
    expect(at(8)).toBeLessThan(9_500)
    expect(at(5)).toBeLessThan(4_200)
  })
})

describe('anatomy', () => {
  const kindsOf = (name: string): Record<string, string> => {
    const robot = described.find((d) => d.name === name)
    if (!robot) throw new Error(`no ${name}`)
    const { links } = deriveAnatomy(robot)
    return Object.fromEntries(links.map((l, i) => [robot.links[i].name, l.kind]))
  }

  test('a human body is recognised from its tree and roles', () => {
    const kinds = kindsOf('ballplayer')
    expect(kinds.pelvis).toBe('pelvis')
    expect(kinds.torso).toBe('waist')
    expect(kinds.chest).toBe('chest')
    expect(kinds.head).toBe('head')
    expect(kinds.leftThigh).toBe('limb')
    expect(kinds.rightFoot).toBe('foot')
    expect(kinds.leftHand).toBe('hand')
    expect(kinds.leftClavicle).toBe('connector')
  })

  test('H1 has a chest, limbs and feet; its hands end its forearms', () => {
    const kinds = kindsOf('h1')
    expect(kinds.torso_link).toBe('chest')
    expect(kinds.left_knee_link).toBe('limb')
    expect(kinds.left_elbow_link).toBe('limb')
    expect(kinds.right_ankle_link).toBe('foot')
  })

  test('an arm on a pedestal is no humanoid', () => {
    const robot = described.find((d) => d.name === 'arm7')
    expect(robot && deriveAnatomy(robot).isHumanoid).toBe(false)
  })

  test('front and left follow the robot, whatever axes its links use', () => {
    for (const robot of described.filter((d) => d.base === 'floating')) {
      const { links } = deriveAnatomy(robot)
      for (const l of links) {
        expect(l.up.dot(l.front)).toBeCloseTo(0)
        expect(l.up.clone().cross(l.front).dot(l.left)).toBeCloseTo(1)
      }
    }
    const player = described.find((d) => d.name === 'ballplayer')
    if (!player) throw new Error('no ballplayer')
    const [pelvis] = deriveAnatomy(player).links
    expect(pelvis.up.toArray()).toEqual([0, 1, 0])
    expect(pelvis.front.toArray()).toEqual([0, 0, 1])
    expect(pelvis.left.toArray()).toEqual([1, 0, 0])
  })
})
