import { type Role, roleIndex } from '@skillweave/model'
import { type BoundObservation, defineObservation, type SignedPermutation } from '../define.ts'
import { mirroredName } from '../sites.ts'
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

/** How a list of heading-frame points mirrors, when every side has its partner in the list. */
export function mirrorTriples(names: readonly string[]): SignedPermutation | undefined {
  const partner = names.map((n) => names.indexOf(mirroredName(n)))
  if (partner.includes(-1)) return undefined
  return {
    index: partner.flatMap((k) => [3 * k, 3 * k + 1, 3 * k + 2]),
    sign: names.flatMap(() => [1, -1, 1]),
  }
}
