import { clamp } from '@skillweave/math'
import { objectIndex } from '@skillweave/model'
import { type BoundObservation, defineObservation } from '../define.ts'
import { bindSite } from '../sites.ts'
import { mirrorVector, writeInHeading } from './base.ts'
import { mirrorTriples } from './bodies.ts'

/**
 * An object seen from the base, heading frame: x and y relative to the base, z absolute or relative.
 * Horizontal distance is limited to `range` along its direction, so that a ball rolling away does not
 * leave what the policy has seen. [3] m
 */
export const objectPosRel = defineObservation(
  'objectPosRel',
  (p: { object: string; range?: number }, { scene }): BoundObservation => {
    const o = 3 * objectIndex(scene, p.object)
    const range = p.range ?? Number.POSITIVE_INFINITY
    return {
      size: 3,
      write: (s, out, at) => {
        const x = s.objectPos_w[o] - s.linkPos_w[0]
        const y = s.objectPos_w[o + 1] - s.linkPos_w[1]
        const d = Math.sqrt(x * x + y * y)
        const k = d > range ? range / d : 1
        writeInHeading(s, k * x, k * y, s.objectPos_w[o + 2] - s.linkPos_w[2], out, at)
      },
      mirror: mirrorVector,
    }
  },
)

/** Velocity of an object, heading frame, clipped to ±20 m/s. [3] */
export const objectLinVel = defineObservation(
  'objectLinVel',
  (p: { object: string }, { scene }): BoundObservation => {
    const o = 3 * objectIndex(scene, p.object)
    const limit = (v: number) => clamp(v, -20, 20)
    return {
      size: 3,
      write: (s, out, at) => {
        const v = s.objectLinVel_w
        writeInHeading(s, limit(v[o]), limit(v[o + 1]), limit(v[o + 2]), out, at)
      },
      mirror: mirrorVector,
    }
  },
)

/** An object relative to sites on the body (palms), heading frame, within ±range. [3 × sites] m */
export const objectFromSites = defineObservation(
  'objectFromSites',
  (
    p: { object: string; sites: readonly string[]; range?: number },
    { robot, scene },
  ): BoundObservation => {
    const o = 3 * objectIndex(scene, p.object)
    const sites = p.sites.map((name) => bindSite(robot, name))
    const range = p.range ?? Number.POSITIVE_INFINITY
    const point = new Float64Array(3)
    const limit = (v: number) => clamp(v, -range, range)
    const mirror = mirrorTriples(p.sites)
    return {
      size: 3 * sites.length,
      write: (s, out, at) => {
        const x = s.objectPos_w
        for (let i = 0; i < sites.length; i++) {
          sites[i](s, point, 0)
          writeInHeading(
            s,
            limit(x[o] - point[0]),
            limit(x[o + 1] - point[1]),
            limit(x[o + 2] - point[2]),
            out,
            at + 3 * i,
          )
        }
      },
      ...(mirror ? { mirror } : {}),
    }
  },
)
