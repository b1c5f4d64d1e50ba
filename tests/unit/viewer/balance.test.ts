import { describeRobot } from '@skillweave/protocol'
import { bindBalance } from '@skillweave/viewer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildRobot } from '../../support/robots.ts'

const robot = describeRobot({ id: 'r', robot: buildRobot('r', 'floating', [{}]) })
/** All links at one place, so the centre of mass is there plus the mean of the links' own. */
const at = (x: number, y: number, z: number) => () => [
  1,
  0,
  0,
  0,
  0,
  1,
  0,
  0,
  0,
  0,
  1,
  0,
  x,
  y,
  z,
  1,
]
const mass = robot.links.reduce((m, l) => m + l.mass, 0)
const own = [0, 1, 2].map((k) => robot.links.reduce((s, l) => s + l.mass * l.com[k], 0) / mass)
/** With the centre of mass over x, y. */
const over = (x: number, y: number) => at(x - own[0], y - own[1], 1)

describe('balance', () => {
  const square = [0, 0, 1, 0, 1, 1, 0, 1, 0.5, 0.5, 0.5, 0]

  it('is how far the centre of mass is inside the hull of what carries it', () => {
    const { update } = bindBalance(robot)
    const b = update(over(0.5, 0.3), square, 6)
    expect([...b.com]).toEqual([0.5, 0.3, 1 + own[2]].map((x) => expect.closeTo(x, 9)))
    expect(b.corners).toBe(4)
    expect(b.margin).toBeCloseTo(0.3, 9)
  })

  it('is negative outside, and not a number in the air', () => {
    const { update } = bindBalance(robot)
    expect(update(over(1.2, 0.5), square, 6).margin).toBeCloseTo(-0.2, 9)
    expect(update(over(2, 2), square, 6).margin).toBeCloseTo(-Math.SQRT2, 9)
    expect(update(over(0, 0), [], 0).margin).toBeNaN()
  })

  it('has a capture point as far ahead as a pendulum of that height would swing', () => {
    const { update } = bindBalance(robot)
    const height = 1 + own[2]
    const swing_s = Math.sqrt(height / 9.81)
    const b = update(over(0.5, 0.3), square, 6, [2, -0.5])
    expect([...b.capture]).toEqual([
      expect.closeTo(0.5 + 2 * swing_s, 9),
      expect.closeTo(0.3 - 0.5 * swing_s, 9),
    ])
    expect(b.captureMargin).toBeLessThan(0)
    expect(b.margin).toBeCloseTo(0.3, 9)
    expect(update(over(0.5, 0.3), square, 6, [0, 0]).captureMargin).toBeCloseTo(0.3, 9)
    expect(update(over(0.5, 0.3), square, 6).captureMargin).toBeNaN()
  })

  it('of a line or a point is never positive', () => {
    const { update } = bindBalance(robot)
    expect(update(over(0.5, 0.1), [0, 0, 1, 0], 2).margin).toBeCloseTo(-0.1, 9)
    expect(update(over(0.5, 0), [0.5, 0.2], 1).margin).toBeCloseTo(-0.2, 9)
    expect(update(over(0.5, 0.1), [0, 0, 0.5, 0, 1, 0], 3).margin).toBeCloseTo(-0.1, 9)
  })

  it('has all points inside its polygon, which turns one way', () => {
    const { update } = bindBalance(robot)
    const point = fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 }))
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 40 }), (points) => {
        const { polygon, corners } = update(over(0, 0), points.flat(), points.length)
        expect(corners).toBeGreaterThan(0)
        for (let i = 0; i < corners && corners > 2; i++) {
          const k = (i + 1) % corners
          const [ax, ay] = [polygon[2 * i], polygon[2 * i + 1]]
          const [bx, by] = [polygon[2 * k] - ax, polygon[2 * k + 1] - ay]
          for (const [x, y] of points)
            expect(bx * (y - ay) - by * (x - ax)).toBeGreaterThanOrEqual(0)
        }
      }),
    )
  })
})
