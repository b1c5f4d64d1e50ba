import { Vector3 } from 'three'
import { jointHousing, type LinkBuilder } from './link-builder.ts'
import { familyPaints, paints } from './palette.ts'
import { ball, capsule, frameAt, roundedBox, turned } from './solids.ts'

/** Any other link: its shapes, softened. */
export function buildPlain(b: LinkBuilder): void {
  for (const g of b.geoms) {
    switch (g.type) {
      case 'sphere':
        b.add(ball(new Vector3(...g.pos), g.radius, b.segments, paints.shell))
        break
      case 'box': {
        const half = new Vector3(...g.halfSize)
        const round = Math.min(...g.halfSize) * 0.55
        const paint = Math.max(...g.halfSize) < 0.05 ? paints.rubber : paints.shell
        b.add(roundedBox(half, round, frameAt(g.pos, g.quat), b.fine ? 3 : 1, paint))
        break
      }
      case 'capsule':
        b.add(
          capsule(new Vector3(...g.from), new Vector3(...g.to), g.radius, b.segments, paints.shell),
        )
        break
      case 'cylinder':
        pedestal(b, new Vector3(...g.from), new Vector3(...g.to), g.radius)
        break
    }
  }
  const isFinger = b.index > 0 && b.robot.joints[b.index - 1].type === 'prismatic'
  if (!isFinger) jointHousing(b, Math.min(0.06, b.link.radius))
}

/** An upright cylinder reads as machine: a foot plate, a tapered column, a dark collar. */
function pedestal(b: LinkBuilder, from: Vector3, to: Vector3, r: number): void {
  const axis = to.clone().sub(from)
  const h = axis.length()
  axis.normalize()
  const lip = Math.min(0.02, h * 0.15)
  b.add(
    turned(
      from,
      axis,
      [
        [0, 0],
        [r * 1.3, 0],
        [r * 1.3, lip * 0.6],
        [r * 1.3, lip * 0.6],
        [r * 1.12, lip],
        [r * 1.12, lip],
        [r, lip * 1.6],
      ],
      b.segments * 2,
      paints.frame,
    ),
    turned(
      from,
      axis,
      [
        [r, lip],
        [r * 0.98, h * 0.5],
        [r * 0.9, h * 0.86],
        [r * 0.8, h * 0.97],
        [0, h],
      ],
      b.segments * 2,
      paints.shell,
    ),
    turned(
      from,
      axis,
      [
        [r * 0.9, h * 0.6],
        [r * 1.0, h * 0.6],
        [r * 1.0, h * 0.66],
        [r * 0.9, h * 0.66],
      ],
      b.segments * 2,
      familyPaints.trunk,
    ),
  )
}
