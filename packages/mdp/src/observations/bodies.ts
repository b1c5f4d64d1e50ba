import { type Role, roleIndex } from '@skillweave/model'
import { type BoundObservation, defineObservation, type SignedPermutation } from '../define.ts'
import { bindSite, mirroredName } from '../sites.ts'
import { writeInHeading } from './base.ts'

/** Positions of body parts relative to the base, heading frame. [3 × roles.length] m */
export const bodyPosRel = defineObservation(
  'bodyPosRel',
  (p: { roles: readonly Role[] }, { robot }): BoundObservation => {
    const links = p.roles.map((r) => roleIndex(robot, r))
    const mirror = mirrorTriples(p.roles)
    return {
      size: 3 * links.length,
      write: (s, out, at) => {
        const x = s.linkPos_w
        for (let i = 0; i < links.length; i++) {
          const l = 3 * links[i]
          writeInHeading(s, x[l] - x[0], x[l + 1] - x[1], x[l + 2] - x[2], out, at + 3 * i)
        }
      },
      ...(mirror ? { mirror } : {}),
    }
  },
)

/** Positions of sites relative to the base, heading frame. [3 × sites.length] m */
export const sitePosRel = defineObservation(
  'sitePosRel',
  (p: { sites: readonly string[] }, { robot }): BoundObservation => {
    const sites = p.sites.map((name) => bindSite(robot, name))
    const mirror = mirrorTriples(p.sites)
    const point = new Float64Array(3)
    return {
      size: 3 * sites.length,
      write: (s, out, at) => {
        const x = s.linkPos_w
        for (let i = 0; i < sites.length; i++) {
          sites[i](s, point, 0)
          writeInHeading(s, point[0] - x[0], point[1] - x[1], point[2] - x[2], out, at + 3 * i)
        }
      },
      ...(mirror ? { mirror } : {}),
    }
  },
)

/** How a list of heading-frame points mirrors, when every side has its partner in the list. */
export function mirrorTriples(names: readonly string[]): SignedPermutation | undefined {
  const partner = names.map((n) => names.indexOf(mirroredName(n)))
  if (partner.includes(-1)) return undefined
  return {
    index: partner.flatMap((k) => [3 * k, 3 * k + 1, 3 * k + 2]),
    sign: names.flatMap(() => [1, -1, 1]),
  }
}
