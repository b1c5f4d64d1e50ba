import type { GeomDescription } from '@skillweave/protocol'
import type { Vector3 } from 'three'
import { geomCentre, type LinkBuilder, origin } from './link-builder.ts'
import { paints } from './palette.ts'
import { capsule, type Section } from './solids.ts'

/** A head that is a link. */
export function buildHead(b: LinkBuilder): void {
  const g = b.geoms[0]
  const centre = g ? geomCentre(g) : b.link.up.clone().multiplyScalar(0.1)
  const r = g ? (g.type === 'sphere' ? g.radius : headRadius(g)) : 0.09
  b.add(capsule(origin, centre, r * 0.5, b.segments, paints.bellows))
  headShell(b, centre, r)
}

/** Helmet, visor, and the light that shows state, around `centre`. */
export function headShell(b: LinkBuilder, centre: Vector3, r: number): void {
  const { link } = b
  const place = { origin: centre, axis: link.up, front: link.front }
  const sections: Section[] = [
    { at: -r * 1.1, front: r * 0.54, side: r * 0.46, forward: r * 0.24, square: 2.3 },
    { at: -r * 0.55, front: r * 0.84, side: r * 0.7, forward: r * 0.1, square: 2.4 },
    { at: r * 0.1, front: r * 0.98, side: r * 0.81, square: 2.35 },
    { at: r * 0.62, front: r * 0.96, side: r * 0.79, forward: -r * 0.04, square: 2.2 },
    { at: r * 1.1, front: r * 0.82, side: r * 0.68, forward: -r * 0.07, square: 2.1 },
  ]
  const surface = b.body(place, sections, paints.shell, {
    start: 0.16,
    end: 0.3,
    rings: b.segments + 2,
    around: 1.8,
  })
  b.plate(
    surface,
    { angle: 0, half: 1.5, from: 0.34, to: 0.72, height: r * 0.05, square: 3 },
    paints.visor,
    1.2,
  )
  b.plate(
    surface,
    { angle: 0, half: 0.95, from: 0.565, to: 0.605, height: r * 0.075, square: 5 },
    paints.light,
    0.9,
  )
  // A crest over the back of the head.
  b.plate(
    surface,
    { angle: Math.PI, half: 0.5, from: 0.42, to: 0.8, height: r * 0.05, square: 3 },
    b.accent,
    0.8,
  )
}

/** Size of a head from the shape that stands for it. */
export const headRadius = (g: GeomDescription): number =>
  g.type === 'box' ? Math.max(...g.halfSize) : Math.min(0.1, g.radius * 1.22)
