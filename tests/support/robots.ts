import { quatFromRpy, quatIdentity, type Vec3 } from '@skillweave/math'
import type { Geom, Joint, Link, Robot, RobotModel } from '@skillweave/model'

/** One link and the joint that carries it; everything has a default that a test may override. */
export interface PartSpec {
  readonly name?: string
  readonly parent?: number
  readonly joint?: Partial<Joint>
  readonly link?: Partial<Link>
}

const rod = (length: number): Geom => ({
  type: 'capsule',
  from: [0, 0, -0.05],
  to: [0, 0, -length + 0.05],
  radius: 0.04,
})

/**
 * A robot from a base and a list of parts. By default every part is a 1 kg, 0.4 m rod hanging from
 * the end of the part before it, on a revolute joint about y.
 */
export function buildRobot(
  name: string,
  base: 'floating' | 'fixed',
  parts: readonly PartSpec[],
  overrides: Partial<Robot> = {},
): Robot {
  const links: Link[] = [
    {
      name: 'base',
      parent: -1,
      mass: 5,
      com: [0, 0, 0],
      inertia: [0.1, 0.1, 0.1, 0, 0, 0],
      geoms: [{ type: 'box', pos: [0, 0, 0], quat: quatIdentity, halfSize: [0.1, 0.1, 0.1] }],
    },
  ]
  const joints: Joint[] = []
  const dofNames: string[] = []
  parts.forEach((part, k) => {
    const partName = part.name ?? `part${k + 1}`
    const parent = part.parent ?? k
    const type = part.joint?.type ?? 'revolute'
    const n = type === 'spherical' ? 3 : 1
    const many = (value: number) => new Array<number>(n).fill(value)
    links.push({
      name: partName,
      parent,
      mass: 1,
      com: [0, 0, -0.2],
      inertia: [0.0141, 0.0141, 0.0008, 0, 0, 0],
      geoms: [rod(0.4)],
      ...part.link,
    })
    joints.push({
      name: partName,
      type,
      dof: dofNames.length,
      pos: (parent === 0 ? [0, 0, 0] : [0, 0, -0.4]) as Vec3,
      quat: quatIdentity,
      axis: [0, 1, 0],
      lower: many(Number.NEGATIVE_INFINITY),
      upper: many(Number.POSITIVE_INFINITY),
      effort: many(200),
      velocity: many(30),
      armature: 0,
      damping: 0,
      frictionLoss: 0,
      ...part.joint,
    })
    if (n === 1) dofNames.push(partName)
    else dofNames.push(`${partName}_x`, `${partName}_y`, `${partName}_z`)
  })
  const model: RobotModel = { name, base, links, joints, dofNames }
  const all = (value: number) => dofNames.map(() => value)
  return {
    name,
    model,
    roles: { base: 'base' },
    forward: [1, 0, 0],
    qDefault: all(0),
    standingHeight: 2,
    standingQuat: quatIdentity,
    kp: all(100),
    kd: all(5),
    effort: joints.flatMap((j) => [...j.effort]),
    addedInertia: 0,
    sites: {},
    feet: [],
    ...overrides,
  }
}

/** A tree with every joint type, bent frames, skew axes and limits. */
export const mixedRobot = (base: 'floating' | 'fixed' = 'floating'): Robot =>
  buildRobot(
    'mixed',
    base,
    [
      {
        name: 'shoulder',
        joint: { type: 'spherical', pos: [0, 0.2, 0.3], quat: quatFromRpy(0.3, -0.5, 1.1) },
        link: { com: [0.02, -0.03, -0.2] },
      },
      {
        name: 'elbow',
        parent: 1,
        joint: {
          pos: [0, 0, -0.4],
          quat: quatFromRpy(-0.7, 0.2, 0.4),
          axis: [0.6, 0, 0.8],
          lower: [-1.3],
          upper: [4.45],
        },
        link: { com: [0, 0.01, -0.15], inertia: [0.012, 0.01, 0.003, 0.001, -0.0005, 0.0008] },
      },
      {
        name: 'slide',
        parent: 2,
        joint: {
          type: 'prismatic',
          pos: [0.1, 0, -0.2],
          quat: quatFromRpy(0, 0.4, 0),
          axis: [0, 0.8, -0.6],
          lower: [-0.5],
          upper: [0.5],
        },
      },
      { name: 'hip', parent: 0, joint: { pos: [0, -0.1, -0.1], axis: [1, 0, 0] } },
      { name: 'foot', parent: 4, joint: { type: 'spherical' } },
    ],
    { feet: ['foot'], addedInertia: 0.02 },
  )
