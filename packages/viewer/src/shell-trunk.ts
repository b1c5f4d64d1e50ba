import type { Vector3 } from 'three'
import type { Anatomy } from './anatomy.ts'
import { across, geomCentre, type LinkBuilder, origin } from './link-builder.ts'
import { paints } from './palette.ts'
import { headRadius, headShell } from './shell-head.ts'
import { capsule, drum } from './solids.ts'

/** Between the hips. */
export function buildPelvis(b: LinkBuilder): void {
  const { link, anatomy } = b
  const hips = pairOf(b, anatomy.hips)
  const waist = link.children.find((c) => !isLegLink(anatomy, c))
  const top = waist === undefined ? 0.06 : anatomy.inFrame(b.index, waist).dot(link.up)
  const w = Math.max(0.07, hips.half)
  const place = { origin, axis: link.up, front: link.front }
  const low = Math.min(hips.up, top - 0.08)
  const depth = w * 0.92
  const surface = b.body(
    place,
    [
      { at: low - w * 0.62, front: depth * 0.5, side: w * 0.42, square: 2.3 },
      { at: low - w * 0.2, front: depth * 0.86, side: w * 0.88, square: 2.6 },
      { at: low + (top - low) * 0.5, front: depth, side: w * 1.18, square: 2.8 },
      { at: top + 0.005, front: depth * 0.84, side: w * 1.02, square: 2.6 },
    ],
    paints.shell,
    { start: 0.3, end: 0.12 },
  )
  b.plate(surface, { angle: 0, half: 0.62, from: 0.36, to: 0.74, square: 3 }, b.accent)
  b.plate(surface, { angle: Math.PI, half: 0.8, from: 0.4, to: 0.86, square: 3 }, paints.frame)
  // The hip line: a dark band where thighs go in.
  for (const i of anatomy.hips) {
    const at = anatomy.inFrame(b.index, i)
    const outward = link.left.clone().multiplyScalar(Math.sign(at.dot(link.left)) || 1)
    const inner = at.clone().addScaledVector(outward, -at.dot(outward) * 0.55)
    b.add(capsule(inner, at, Math.min(0.062, w * 0.62), b.segments, paints.frame))
  }
  b.add(
    drum(link.up.clone().multiplyScalar(top), link.up, w * 0.72, 0.03, b.segments, paints.frame),
  )
}

const isLegLink = (anatomy: Anatomy, i: number): boolean => anatomy.links[i].family.endsWith('Leg')

/** A bellows between pelvis and chest. */
export function buildWaist(b: LinkBuilder): void {
  const { link, anatomy } = b
  const width = pairOf(b, anatomy.hips).half
  const length = link.end.length()
  const axis = link.end.clone().normalize()
  bellows(b, origin, axis, across(link.front, axis), length, width * 0.9)
}

function bellows(
  b: LinkBuilder,
  from: Vector3,
  axis: Vector3,
  front: Vector3,
  length: number,
  width: number,
): void {
  const folds = b.fine ? 5 : 2
  const step = length / folds
  for (let k = 0; k < folds; k++) {
    const waist = 1 - 0.1 * Math.sin((Math.PI * (k + 0.5)) / folds)
    b.body(
      { origin: from.clone().addScaledVector(axis, step * k), axis, front },
      [
        { at: -step * 0.12, front: width * 0.66 * waist, side: width * 0.88 * waist, square: 2.4 },
        { at: step * 0.5, front: width * 0.74 * waist, side: width * 0.97 * waist, square: 2.4 },
        { at: step * 1.12, front: width * 0.66 * waist, side: width * 0.88 * waist, square: 2.4 },
      ],
      paints.bellows,
      { round: 0.3, rings: 6, around: 1.2 },
    )
  }
}

/** From the waist to the shoulders; with the head where that is no link of its own. */
export function buildChest(b: LinkBuilder): void {
  const { link, anatomy } = b
  const shoulders = pairOf(b, anatomy.shoulders)
  const hips = pairOf(b, anatomy.hips)
  const padRadius = Math.max(...anatomy.shoulders.map((i) => anatomy.links[i].radius), 0.03)
  const parent = b.robot.links[b.index].parent
  const parentIsWaist = parent >= 0 && anatomy.links[parent].kind === 'waist'
  const height = shoulders.up
  // With a waist link, ribs hang over it; without one, this link carries its own waist.
  const bottom = parentIsWaist ? -anatomy.links[parent].end.length() * 0.42 : height * 0.3
  const side = Math.max(shoulders.half - padRadius * 0.72, shoulders.half * 0.62)
  const depth = shoulders.half * (parentIsWaist ? 0.62 : 0.66)
  const at = (t: number): number => bottom + t * (height - bottom)
  const mid = shoulders.front
  const place = { origin, axis: link.up, front: link.front }
  const surface = b.body(
    place,
    [
      { at: at(0), front: depth * 0.72, side: side * 0.72, square: 2.5, forward: 0 },
      { at: at(0.32), front: depth * 0.9, side: side * 0.88, square: 2.7, forward: mid * 0.3 },
      {
        at: at(0.7),
        front: depth * 1.06,
        side: side * 1.04,
        square: 2.8,
        forward: mid + depth * 0.08,
        back: 0.92,
      },
      {
        at: at(1.0),
        front: depth * 0.92,
        side: side * 1.0,
        square: 2.7,
        forward: mid + depth * 0.02,
      },
      {
        at: at(1.0) + padRadius * 0.9,
        front: depth * 0.6,
        side: side * 0.66,
        square: 2.4,
        forward: mid * 0.8,
      },
    ],
    paints.shell,
    { start: 0.12, end: 0.2, rings: b.segments + 2, around: 1.7 },
  )
  // Two chest plates, a dark back, a small light between.
  for (const s of [1, -1]) {
    b.plate(
      surface,
      { angle: s * 0.5, half: 0.36, from: 0.5, to: 0.84, height: 0.006, square: 3.2 },
      b.accent,
      0.8,
    )
  }
  b.plate(
    surface,
    { angle: Math.PI, half: 0.72, from: 0.2, to: 0.82, height: 0.012, square: 3.6 },
    paints.frame,
    0.9,
  )
  b.plate(
    surface,
    { angle: 0, half: 0.05, from: 0.52, to: 0.8, height: 0.006, square: 2.6 },
    paints.light,
    0.6,
  )
  if (!parentIsWaist) {
    bellows(
      b,
      link.up.clone().multiplyScalar(0.01),
      link.up,
      link.front,
      bottom + 0.02,
      Math.max(hips.half * 0.92, side * 0.55),
    )
  }
  const collar = link.up
    .clone()
    .multiplyScalar(at(1) + padRadius * 0.86)
    .addScaledVector(link.front, mid * 0.8)
  const ownHead = b.geoms.find((g) => g.name !== undefined && /head/i.test(g.name))
  const headAt =
    anatomy.head >= 0
      ? anatomy.inFrame(b.index, anatomy.head)
      : ownHead
        ? geomCentre(ownHead)
        : undefined
  if (headAt) b.add(capsule(collar, headAt, side * 0.28, b.segments, paints.bellows))
  if (ownHead && anatomy.head < 0) headShell(b, geomCentre(ownHead), headRadius(ownHead))
}

/** Distance from the middle to a shoulder or hip, and its height, in a trunk link's frame. */
function pairOf(
  b: LinkBuilder,
  links: readonly number[],
): { half: number; up: number; front: number } {
  const { link, anatomy } = b
  let half = 0
  let up = 0
  let front = 0
  for (const i of links) {
    const p = anatomy.inFrame(b.index, i)
    half += Math.abs(p.dot(link.left)) / links.length
    up += p.dot(link.up) / links.length
    front += p.dot(link.front) / links.length
  }
  return { half, up, front }
}
