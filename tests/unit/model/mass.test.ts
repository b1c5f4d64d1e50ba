import { createRng, quatExp, type Rng, type Vec3 } from '@skillweave/math'
import {
  box,
  capsule,
  combineMass,
  cylinder,
  type Geom,
  geomMass,
  geomVolume,
  massProblem,
  moveGeom,
  moveMass,
  principalMoments,
  sphere,
  twinName,
} from '@skillweave/model'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const shapes: [string, Geom][] = [
  ['sphere', sphere([0.1, 0.2, -0.3], 0.2)],
  ['box', box([0.1, 0, 0], [0.1, 0.2, 0.3])],
  ['capsule', capsule([0, 0.1, 0], [0.3, 0.2, 0.4], 0.1)],
  ['cylinder', cylinder([0.2, 0, 0], [0, 0.3, 0.1], 0.15)],
]
const number = fc.double({ min: -2, max: 2, noNaN: true })
const vec = fc.tuple(number, number, number)
const at = fc.tuple(vec, vec).map(([pos, turn]) => ({ pos, quat: quatExp(turn) }))

describe.each(shapes)('a solid %s', (_, geom) => {
  it('has the volume, centre and inertia of points spread evenly in it', () => {
    const rng = createRng('points')
    const n = 12_000
    const points = Array.from({ length: n }, () => pointIn(geom, rng))
    const sampled = combineMass(
      points.map((com) => ({ mass: 1 / n, com, inertia: [0, 0, 0, 0, 0, 0] as const })),
    )
    const exact = geomMass(geom, 1)
    exact.com.forEach((x, k) => {
      expect(Math.abs(x - sampled.com[k])).toBeLessThan(5e-3)
    })
    exact.inertia.forEach((x, k) => {
      expect(Math.abs(x - sampled.inertia[k])).toBeLessThan(2e-3)
    })
  })

  it('moves with its mass properties', () => {
    fc.assert(
      fc.property(at, ({ pos, quat }) => {
        const a = geomMass(moveGeom(geom, pos, quat), 2)
        const b = moveMass(geomMass(geom, 2), pos, quat)
        a.com.forEach((x, k) => {
          expect(x).toBeCloseTo(b.com[k], 9)
        })
        a.inertia.forEach((x, k) => {
          expect(x).toBeCloseTo(b.inertia[k], 9)
        })
      }),
      { numRuns: 30 },
    )
  })

  it('keeps its principal moments when turned', () => {
    fc.assert(
      fc.property(at, ({ pos, quat }) => {
        const body = geomMass(geom, 3)
        const turned = principalMoments(moveMass(body, pos, quat).inertia)
        principalMoments(body.inertia).forEach((x, k) => {
          expect(turned[k]).toBeCloseTo(x, 7)
        })
        expect(massProblem(body)).toBeUndefined()
      }),
      { numRuns: 30 },
    )
  })
})

describe('combineMass', () => {
  it('makes a box of two halves', () => {
    const whole = geomMass(box([0, 0, 0], [0.2, 0.1, 0.1]), 4)
    const half = (x: number) => geomMass(box([x, 0, 0], [0.1, 0.1, 0.1]), 2)
    const welded = combineMass([half(-0.1), half(0.1)])
    welded.inertia.forEach((x, k) => {
      expect(x).toBeCloseTo(whole.inertia[k], 12)
    })
    expect(geomVolume(box([0, 0, 0], [0.2, 0.1, 0.1]))).toBeCloseTo(0.016, 12)
  })
})

describe('principalMoments', () => {
  it('is finite for an inertia that is isotropic but for rounding', () => {
    const moments = principalMoments([0.048, 0.048, 0.04800000000000001, 1e-62, 0, 0])
    for (const m of moments) expect(m).toBeCloseTo(0.048, 12)
  })
})

describe('massProblem', () => {
  it('says why a body cannot be', () => {
    const body = { mass: 1, com: [0, 0, 0], inertia: [1, 1, 1, 0, 0, 0] } as const
    expect(massProblem(body)).toBeUndefined()
    expect(massProblem({ ...body, mass: 0 })).toMatch(/mass is 0/)
    expect(massProblem({ ...body, mass: Number.NaN })).toMatch(/finite/)
    expect(massProblem({ ...body, inertia: [1, 1, 1, 2, 0, 0] })).toMatch(/smallest principal/)
    expect(massProblem({ ...body, inertia: [1, 1, 3, 0, 0, 0] })).toMatch(/triangle inequality/)
  })
})

describe('twinName', () => {
  it('swaps sides and nothing else', () => {
    const pairs = [
      ['left_knee_joint', 'right_knee_joint'],
      ['leftFoot', 'rightFoot'],
      ['handLeft', 'handRight'],
      ['L_thumb', 'R_thumb'],
      ['wheel_l', 'wheel_r'],
      ['torso_link', 'torso_link'],
      ['upright_bar', 'upright_bar'],
    ]
    for (const [a, b] of pairs) {
      expect(twinName(a)).toBe(b)
      expect(twinName(b)).toBe(a)
    }
  })
})

/** A point evenly distributed in the geom, by rejection from its bounding box. */
function pointIn(geom: Geom, rng: Rng): Vec3 {
  for (;;) {
    const p: Vec3 = [rng.range(-0.5, 0.5), rng.range(-0.5, 0.5), rng.range(-0.5, 0.5)]
    if (isInside(geom, p)) return p
  }
}

function isInside(geom: Geom, p: Vec3): boolean {
  if (geom.type === 'sphere') return Math.hypot(...p.map((x, k) => x - geom.pos[k])) < geom.radius
  if (geom.type === 'box') {
    return p.every((x, k) => Math.abs(x - geom.pos[k]) < geom.halfSize[k])
  }
  const along = geom.to.map((x, k) => x - geom.from[k])
  const lengthSq = along.reduce((sum, x) => sum + x * x, 0)
  const raw = p.reduce((sum, x, k) => sum + (x - geom.from[k]) * along[k], 0) / lengthSq
  if (geom.type === 'cylinder' && (raw < 0 || raw > 1)) return false
  const t = Math.min(1, Math.max(0, raw))
  return Math.hypot(...p.map((x, k) => x - geom.from[k] - t * along[k])) < geom.radius
}
