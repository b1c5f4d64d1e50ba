import type { RobotDescription } from '@skillweave/protocol'
import type { BufferGeometry } from 'three'
import { deriveAnatomy, type LinkAnatomy } from './anatomy.ts'
import { LinkBuilder, type ShellDetail } from './link-builder.ts'
import { buildFoot, buildHand } from './shell-ends.ts'
import { buildHead } from './shell-head.ts'
import { buildConnector, buildLimb } from './shell-limbs.ts'
import { buildPlain } from './shell-plain.ts'
import { buildChest, buildPelvis, buildWaist } from './shell-trunk.ts'

/**
 * Shells for any robot: one geometry per link, in link frames, derived from the tree, the collision
 * shapes and the masses. A humanoid gets a body (chest, pelvis, limbs, feet, hands, head); anything
 * else gets limbs and drums along its tree.
 */
export function buildShells(robot: RobotDescription, detail: ShellDetail): BufferGeometry[] {
  const anatomy = deriveAnatomy(robot)
  return robot.links.map((_, i) => {
    const b = new LinkBuilder(robot, anatomy, i, detail)
    builders[anatomy.links[i].kind](b)
    return b.finish()
  })
}

const builders: Record<LinkAnatomy['kind'], (b: LinkBuilder) => void> = {
  pelvis: buildPelvis,
  waist: buildWaist,
  chest: buildChest,
  head: buildHead,
  hand: buildHand,
  foot: buildFoot,
  limb: buildLimb,
  connector: buildConnector,
  plain: buildPlain,
}

/** Triangles of a set of geometries. */
export const triangleCount = (geometries: readonly BufferGeometry[]): number =>
  geometries.reduce((sum, g) => sum + (g.getIndex()?.count ?? 0) / 3, 0)
