import { quatExp, quatMul } from '@skillweave/math'
import { bindKinematics, wrapAround } from '@skillweave/model'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mixedRobot } from '../../support/robots.ts'

const { model } = mixedRobot()
const fk = bindKinematics(model)
const { nLinks, nDof } = fk

const makeLinks = (n: number) => ({
  pos: new Float64Array(3 * nLinks * n),
  quat: new Float64Array(4 * nLinks * n),
  linVel: new Float64Array(3 * nLinks * n),
  angVel: new Float64Array(3 * nLinks * n),
})

/** Rotation vectors stay inside the ball of radius π where the logarithm is unique. */
const coordinates = fc.array(fc.double({ min: -1.2, max: 1.2, noNaN: true }), {
  minLength: nDof,
  maxLength: nDof,
})
const vector = (size: number) =>
  fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: size, maxLength: size })

describe('kinematics', () => {
  it('returns the joint coordinates and rates it was given', () => {
    fc.assert(
      fc.property(
        coordinates,
        vector(nDof),
        vector(3),
        vector(3),
        vector(6),
        (q, dq, p, r, twist) => {
          const links = makeLinks(2)
          // Entry 1, so that offsets are exercised; entry 0 must stay untouched.
          links.pos.set(p, 3 * nLinks)
          links.quat.set(quatExp(r), 4 * nLinks)
          links.linVel.set(twist.slice(0, 3), 3 * nLinks)
          links.angVel.set(twist.slice(3), 3 * nLinks)
          const qIn = [...new Array<number>(nDof).fill(0), ...q]
          const dqIn = [...new Array<number>(nDof).fill(0), ...dq]
          fk.poses(links, qIn, 1)
          fk.velocities(links, dqIn, 1)
          const qOut = new Float64Array(2 * nDof)
          const dqOut = new Float64Array(2 * nDof)
          fk.coordinates(qOut, links, 1)
          fk.rates(dqOut, links, 1)
          for (let k = 0; k < nDof; k++) {
            expect(qOut[nDof + k]).toBeCloseTo(q[k], 9)
            expect(dqOut[nDof + k]).toBeCloseTo(dq[k], 9)
          }
          expect(links.pos.slice(0, 3 * nLinks).every((x) => x === 0)).toBe(true)
        },
      ),
      { numRuns: 100 },
    )
  })

  it('gives velocities that are the derivative of the poses', () => {
    fc.assert(
      fc.property(coordinates, vector(nDof), vector(6), (q, dq, twist) => {
        const at = (t: number) => {
          const links = makeLinks(1)
          for (let k = 0; k < 3; k++) links.pos[k] = twist[k] * t
          links.quat.set(quatExp([twist[3] * t, twist[4] * t, twist[5] * t]))
          const qt = Float64Array.from(q, (x, k) => x + dq[k] * t)
          // A rotation vector's rate is not the angular velocity: step on the group instead.
          for (const joint of model.joints) {
            if (joint.type !== 'spherical') continue
            const d = joint.dof
            const rot = quatMul(
              quatExp([q[d], q[d + 1], q[d + 2]]),
              quatExp([dq[d] * t, dq[d + 1] * t, dq[d + 2] * t]),
            )
            const n = Math.hypot(rot[0], rot[1], rot[2])
            const s = n < 1e-12 ? 2 : (2 * Math.atan2(n, rot[3])) / n
            for (let k = 0; k < 3; k++) qt[d + k] = rot[k] * s
          }
          fk.poses(links, qt, 0)
          return links
        }
        const h = 1e-5
        const a = at(-h)
        const b = at(h)
        const now = at(0)
        now.linVel.set(twist.slice(0, 3))
        now.angVel.set(twist.slice(3))
        fk.velocities(now, dq, 0)
        for (let k = 0; k < 3 * nLinks; k++) {
          expect(now.linVel[k]).toBeCloseTo((b.pos[k] - a.pos[k]) / (2 * h), 5)
        }
        for (let link = 0; link < nLinks; link++) {
          const qa = a.quat.subarray(4 * link, 4 * link + 4)
          const qb = b.quat.subarray(4 * link, 4 * link + 4)
          const d = quatMul(qb, [-qa[0], -qa[1], -qa[2], qa[3]])
          const sign = d[3] < 0 ? -1 : 1
          for (let k = 0; k < 3; k++) {
            expect(now.angVel[3 * link + k]).toBeCloseTo((sign * d[k]) / h, 4)
          }
        }
      }),
      { numRuns: 50 },
    )
  })

  it('unwraps a revolute angle towards the middle of its limits', () => {
    const links = makeLinks(1)
    links.quat[3] = 1
    const q = new Float64Array(nDof)
    const elbow = model.dofNames.indexOf('elbow')
    q[elbow] = 4.2
    fk.poses(links, q, 0)
    const out = new Float64Array(nDof)
    fk.coordinates(out, links, 0)
    expect(out[elbow]).toBeCloseTo(4.2, 12)
    expect(wrapAround(3 * Math.PI + 0.1, 0)).toBeCloseTo(-Math.PI + 0.1, 12)
  })
})
