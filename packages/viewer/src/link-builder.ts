import type { GeomDescription, RobotDescription } from '@skillweave/protocol'
import { type BufferGeometry, Vector3 } from 'three'
import type { Anatomy, LinkAnatomy } from './anatomy.ts'
import { familyPaints, paints } from './palette.ts'
import {
  ball,
  disc,
  drum,
  frameAt,
  loft,
  mergeParts,
  type Paint,
  type Placement,
  perpendicular,
  plate,
  type Section,
  skin,
} from './solids.ts'

/** Vertices around a joint, and what else follows from it: 12 close up, 8 for a few, 5 for a grid. */
export type ShellDetail = 12 | 10 | 8 | 5

/** Collects the parts of one link; everything is in the link frame. */
export class LinkBuilder {
  readonly robot: RobotDescription
  readonly anatomy: Anatomy
  readonly index: number
  readonly link: LinkAnatomy
  readonly geoms: readonly GeomDescription[]
  readonly segments: number
  readonly accent: Paint
  readonly parts: BufferGeometry[] = []

  constructor(robot: RobotDescription, anatomy: Anatomy, index: number, detail: ShellDetail) {
    this.robot = robot
    this.anatomy = anatomy
    this.index = index
    this.link = anatomy.links[index]
    this.geoms = robot.links[index].geoms
    this.segments = detail
    this.accent = familyPaints[this.link.family]
  }

  get fine(): boolean {
    return this.segments >= 8
  }

  add(...parts: BufferGeometry[]): void {
    this.parts.push(...parts)
  }

  /** A loft meshed in one colour. */
  body(
    place: Placement,
    sections: readonly Section[],
    paint: Paint,
    options: { round?: number; start?: number; end?: number; rings?: number; around?: number } = {},
  ) {
    const round = options.round ?? 0.14
    const surface = loft(place, sections, {
      start: options.start ?? round,
      end: options.end ?? round,
    })
    const around = Math.round(this.segments * (options.around ?? 1.3))
    this.add(skin(surface, around, options.rings ?? this.segments, paint))
    return surface
  }

  plate(
    surface: ReturnType<typeof loft>,
    at: { angle: number; half: number; from: number; to: number; height?: number; square?: number },
    paint: Paint,
    detail = 0.6,
  ): void {
    if (this.segments < 8) return
    this.add(
      plate(
        surface,
        {
          angle: at.angle,
          halfAngle: at.half,
          from: at.from,
          to: at.to,
          height: at.height ?? 0.004,
          square: at.square ?? 4,
        },
        Math.round(this.segments * detail),
        paint,
      ),
    )
  }

  finish(): BufferGeometry {
    if (this.parts.length === 0) {
      this.add(ball(new Vector3(), 0.01, 5, paints.frame))
    }
    return mergeParts(this.parts)
  }
}

/** Where a link's own joint is. Shared: never written to. */
export const origin = new Vector3()

/** The mechanism at a link's own joint: a drum about a hinge, a ball for a ball joint. */
export function jointHousing(b: LinkBuilder, radius: number, hinge?: Vector3): void {
  if (b.index === 0) return
  const joint = b.robot.joints[b.index - 1]
  if (joint.type === 'prismatic') return
  const axis = hinge ?? (joint.type === 'revolute' ? new Vector3(...joint.axis) : undefined)
  if (!axis) {
    b.add(ball(origin, radius, b.segments, paints.frame))
    return
  }
  const width = radius * 1.5
  b.add(drum(origin, axis, radius, width, b.segments, paints.frame))
  for (const sign of [1, -1]) {
    const face = axis.clone().multiplyScalar(sign)
    const at = face.clone().multiplyScalar(width / 2)
    b.add(disc(at, face, radius * 0.66, radius * 0.1, Math.max(5, b.segments - 1), b.accent))
    if (b.segments >= 12) {
      const bolt = at.clone().addScaledVector(face, radius * 0.1)
      b.add(disc(bolt, face, radius * 0.24, radius * 0.06, 6, paints.frame))
    }
  }
}

/** The part of `v` across `axis`, unit. */
export function across(v: Vector3, axis: Vector3): Vector3 {
  const out = v.clone().addScaledVector(axis, -v.dot(axis))
  return out.lengthSq() > 1e-6 ? out.normalize() : perpendicular(axis)
}

/** Middle of a shape. */
export function geomCentre(g: GeomDescription): Vector3 {
  return g.type === 'capsule' || g.type === 'cylinder'
    ? new Vector3(...g.from).add(new Vector3(...g.to)).multiplyScalar(0.5)
    : new Vector3(...g.pos)
}

/** Half the extent of a box along a direction; 0 for other shapes. */
export function halfAlong(g: GeomDescription, dir: Vector3): number {
  if (g.type !== 'box') return 0
  const m = frameAt([0, 0, 0], g.quat)
  const axes = [new Vector3(), new Vector3(), new Vector3()]
  m.extractBasis(axes[0], axes[1], axes[2])
  return axes.reduce((sum, a, i) => sum + Math.abs(a.dot(dir)) * g.halfSize[i], 0)
}
