import type { GeomDescription } from '@skillweave/protocol'
import { Vector3 } from 'three'
import type { LinkAnatomy } from './anatomy.ts'
import { halfAlong, jointHousing, type LinkBuilder, origin } from './link-builder.ts'
import { paints } from './palette.ts'
import { buildPlain } from './shell-plain.ts'
import { capsule, type Placement, type Section } from './solids.ts'

/** A shoe: from the foot's box, or from the sole site's height. */
export function buildFoot(b: LinkBuilder): void {
  const { link } = b
  const box = b.geoms
    .filter((g) => g.type === 'box')
    .sort((p, q) => footWidth(q, link) - footWidth(p, link))[0]
  if (!box) {
    buildPlain(b)
    jointHousing(b, Math.min(0.045, link.radius))
    return
  }
  const long = [...b.geoms].filter((g) => g.type === 'box')
  const reach = (dir: Vector3): [number, number] => {
    let low = Infinity
    let high = -Infinity
    for (const g of long) {
      const c = new Vector3(...g.pos).dot(dir)
      const h = Math.abs(halfAlong(g, dir))
      low = Math.min(low, c - h)
      high = Math.max(high, c + h)
    }
    return [low, high]
  }
  const [heel, toe] = reach(link.front)
  const [sole, instep] = reach(link.up)
  const half = Math.max(halfAlong(box, link.left), 0.036)
  const centre = new Vector3(...box.pos).dot(link.left)
  const height = Math.min(instep - sole, half * 1.5)
  const length = toe - heel
  const place: Placement = {
    origin: link.left.clone().multiplyScalar(centre).addScaledVector(link.up, sole),
    axis: link.front,
    front: link.up,
  }
  const upper = (t: number, width: number, tall: number, square = 2.6): Section => ({
    at: heel + t * length,
    front: (height * tall) / 2,
    side: half * width,
    forward: (height * tall) / 2 + height * 0.12,
    square,
  })
  const surface = b.body(
    place,
    [
      upper(-0.01, 0.66, 0.98),
      upper(0.18, 0.8, 1.16),
      upper(0.42, 0.9, 1.02),
      upper(0.7, 1.0, 0.72),
      upper(1.0, 0.8, 0.5),
    ],
    paints.shell,
    { start: 0.1, end: 0.16, rings: b.segments },
  )
  for (const s of [1, -1]) {
    b.plate(
      surface,
      {
        angle: s * (Math.PI / 2 - 0.15),
        half: 0.42,
        from: 0.2,
        to: 0.62,
        height: 0.004,
        square: 2.6,
      },
      b.accent,
    )
  }
  const soleSection = (t: number, width: number): Section => ({
    at: heel + t * length,
    front: height * 0.14,
    side: half * width,
    forward: height * 0.14,
    square: 5,
  })
  b.body(
    place,
    [
      soleSection(-0.03, 0.76),
      soleSection(0.2, 0.86),
      soleSection(0.66, 1.08),
      soleSection(1.04, 0.84),
    ],
    paints.rubber,
    { round: 0.09, rings: b.segments },
  )
  const ankle = Math.min(0.05, half * 0.9)
  const parent = b.robot.links[b.index].parent
  const radius = Math.min(ankle, (b.anatomy.links[parent]?.radius ?? ankle) * 0.74)
  const joint = b.robot.joints[b.index - 1]
  jointHousing(b, radius, joint.type === 'spherical' ? link.left : undefined)
  const top = link.up
    .clone()
    .multiplyScalar(sole + height * 0.8)
    .addScaledVector(link.front, 0.01)
  b.add(capsule(origin, top, radius * 0.72, b.segments, paints.frame))
}

const footWidth = (g: GeomDescription, link: LinkAnatomy): number =>
  g.type === 'box' ? halfAlong(g, link.left) : 0

/** A palm with four fingers and a thumb; the palm faces its site or the balls that stand for fingers. */
export function buildHand(b: LinkBuilder): void {
  const { link } = b
  const box = b.geoms.find((g) => g.type === 'box')
  const spheres = b.geoms.filter((g) => g.type === 'sphere')
  if (box?.type !== 'box' || !b.anatomy.isHumanoid) {
    buildPlain(b)
    jointHousing(b, Math.min(0.05, link.radius))
    return
  }
  const centre = new Vector3(...box.pos)
  const axis = nearestTo(centre)
  const length = halfAlong(box, axis)
  const candidates = [link.up, link.front, link.left].filter((v) => Math.abs(v.dot(axis)) < 0.5)
  const [thin, wide] = candidates.sort((p, q) => halfAlong(box, p) - halfAlong(box, q))
  const inward = new Vector3()
  for (const g of spheres)
    inward.add(new Vector3(...(g.type === 'sphere' ? g.pos : [0, 0, 0])).sub(centre))
  const palm = thin.clone().multiplyScalar(Math.sign(inward.dot(thin)) || 1)
  const thumb = wide.clone().multiplyScalar(Math.sign(wide.dot(link.front)) || 1)
  const width = halfAlong(box, wide)
  const thick = Math.max(halfAlong(box, thin), 0.012)
  const base = centre.clone().addScaledVector(axis, -length)
  const palmLength = length * 0.98
  b.body(
    { origin: base, axis, front: palm },
    [
      { at: 0, front: thick * 1.15, side: width * 0.56, square: 2.4 },
      { at: palmLength * 0.5, front: thick * 1.35, side: width * 0.8, square: 2.8 },
      { at: palmLength, front: thick * 1.1, side: width * 0.86, square: 2.8 },
    ],
    paints.rubber,
    { round: 0.16, rings: Math.max(5, b.segments - 4) },
  )
  if (b.fine) {
    const back = b.body(
      {
        origin: base.clone().addScaledVector(palm, -thick * 0.5),
        axis,
        front: palm.clone().negate(),
      },
      [
        { at: palmLength * 0.08, front: thick * 0.8, side: width * 0.5, square: 3 },
        { at: palmLength * 0.86, front: thick * 0.9, side: width * 0.74, square: 3 },
      ],
      paints.shell,
      { round: 0.2, rings: 5, around: 1 },
    )
    b.plate(back, { angle: 0, half: 0.6, from: 0.24, to: 0.8, height: 0.003 }, b.accent, 0.5)
  }
  const r = Math.min(width * 0.2, 0.0105)
  const segments = Math.max(5, Math.round(b.segments * 0.5))
  for (let f = 0; f < 4; f++) {
    const across01 = (f - 1.5) / 1.5
    const root = base
      .clone()
      .addScaledVector(axis, palmLength * 0.96)
      .addScaledVector(thumb, -across01 * width * 0.64)
    const spread = axis
      .clone()
      .addScaledVector(thumb, -across01 * 0.16)
      .normalize()
    const finger = length * (1.02 - 0.16 * Math.abs(across01 + 0.2))
    const knuckle = root
      .clone()
      .addScaledVector(spread, finger * 0.52)
      .addScaledVector(palm, finger * 0.08)
    const tip = knuckle
      .clone()
      .addScaledVector(spread, finger * 0.42)
      .addScaledVector(palm, finger * 0.26)
    b.add(capsule(root, knuckle, r, segments, paints.frame, r * 0.94))
    b.add(capsule(knuckle, tip, r * 0.94, segments, paints.rubber, r * 0.78))
  }
  const thumbRoot = base
    .clone()
    .addScaledVector(axis, palmLength * 0.34)
    .addScaledVector(thumb, width * 0.6)
  const thumbTip = thumbRoot
    .clone()
    .addScaledVector(thumb, width * 0.66)
    .addScaledVector(axis, length * 0.5)
    .addScaledVector(palm, length * 0.22)
  b.add(capsule(thumbRoot, thumbTip, r * 1.15, segments, paints.frame, r * 0.9))
  const wrist = Math.min(0.032, link.radius)
  b.add(
    capsule(
      origin,
      base.clone().addScaledVector(axis, 0.02),
      wrist * 0.86,
      b.segments,
      paints.frame,
    ),
  )
}

function nearestTo(v: Vector3): Vector3 {
  const a = [Math.abs(v.x), Math.abs(v.y), Math.abs(v.z)]
  const k = a.indexOf(Math.max(...a))
  return new Vector3().setComponent(k, Math.sign(v.getComponent(k)) || 1)
}
