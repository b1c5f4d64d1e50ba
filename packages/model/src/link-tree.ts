import { quatIdentity, quatMul, quatRotate, type Vec3, vecAdd, vecScale } from '@skillweave/math'
import { moveGeom } from './geom.ts'
import { combineMass, type MassProperties, massProblem, moveMass } from './mass.ts'
import type { Geom, Joint, Link, RobotModel } from './robot-model.ts'
import type { Placement } from './xml.ts'

/** A frame of a robot file, and the link of the model it is fixed to. Link frame. */
export interface AttachedFrame extends Placement {
  readonly link: string
}

/** A robot file as read. */
export interface RobotFile {
  readonly model: RobotModel
  /** Every link (body) of the file, those welded to another one included. */
  readonly frames: Readonly<Record<string, AttachedFrame>>
  /** What was left out and may matter, with lines. */
  readonly notices: readonly string[]
}

/** A body of a file, parents before children, children in file order. */
export interface FileBody extends Placement {
  readonly name: string
  /** Index of the parent body, −1 for the root. */
  readonly parent: number
  /** Absent: welded to its parent. */
  readonly joint?: FileJoint
  readonly mass: MassProperties
  readonly geoms: readonly Geom[]
  /** For errors: `line 12, <link name="foot">`. */
  readonly where: string
}

export interface FileJoint extends Omit<Joint, 'dof' | 'pos' | 'quat'> {
  /** Where the joint sits in the body's own frame, m. Default the origin. */
  readonly anchor?: Vec3
}

const dofSuffixes = { revolute: [''], prismatic: [''], spherical: ['_x', '_y', '_z'] } as const

/**
 * Build a model from the bodies of a file. Bodies without a joint become part of their parent: mass
 * and inertia are merged exactly, geoms moved. A link's frame is its body's, moved to the joint's
 * anchor. Throws for a moving link that no real body could be.
 */
export function buildModel(
  name: string,
  base: RobotModel['base'],
  bodies: readonly FileBody[],
): { model: RobotModel; frames: Record<string, AttachedFrame> } {
  const parts: { body: FileBody; at: Placement }[][] = []
  const names: string[] = []
  const parents: number[] = []
  const joints: Joint[] = []
  const dofNames: string[] = []
  /** Per body: its link, and its frame there. */
  const linkOf: number[] = []
  const placed: Placement[] = []
  const frames: Record<string, AttachedFrame> = {}

  bodies.forEach((body, b) => {
    const inParent = body.parent < 0 ? origin : compose(placed[body.parent], body)
    if (body.parent < 0 || body.joint) {
      const anchor = body.joint?.anchor ?? [0, 0, 0]
      linkOf[b] = names.push(body.name) - 1
      placed[b] = { pos: vecScale(anchor, -1), quat: quatIdentity }
      parents.push(body.parent < 0 ? -1 : linkOf[body.parent])
      if (body.joint && body.parent >= 0) {
        const { anchor: _, ...joint } = body.joint
        const at = compose(inParent, { pos: anchor, quat: quatIdentity })
        joints.push({ ...joint, ...at, dof: dofNames.length })
        for (const suffix of dofSuffixes[joint.type]) dofNames.push(joint.name + suffix)
      }
    } else {
      linkOf[b] = linkOf[body.parent]
      placed[b] = inParent
    }
    const link = linkOf[b]
    parts[link] = [...(parts[link] ?? []), { body, at: placed[b] }]
    frames[body.name] = { link: names[link], ...placed[b] }
  })

  const links = names.map((linkName, i): Link => {
    const mass = combineMass(parts[i].map((p) => moveMass(p.body.mass, p.at.pos, p.at.quat)))
    const fixed = i === 0 && base === 'fixed'
    const problem = fixed ? undefined : mass.mass === 0 ? noMass : massProblem(mass)
    if (problem) throw new Error(`${parts[i][0].body.where}: ${problem}`)
    const geoms = parts[i].flatMap((p) => p.body.geoms.map((g) => moveGeom(g, p.at.pos, p.at.quat)))
    return { name: linkName, parent: parents[i], ...mass, geoms }
  })
  return { model: { name, base, links, joints, dofNames }, frames }
}

const noMass = 'it moves, so it needs mass and inertia; it has none'
const origin: Placement = { pos: [0, 0, 0], quat: quatIdentity }

/** `inner`, given in the frame placed at `outer`, as seen from where `outer` is given. */
export const compose = (outer: Placement, inner: Placement): Placement => ({
  pos: vecAdd(outer.pos, quatRotate(outer.quat, inner.pos)),
  quat: quatMul(outer.quat, inner.quat),
})
