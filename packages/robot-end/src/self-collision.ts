import { quatRotate, quatRotateAt } from '@skillweave/math'
import { bindKinematics, dofCount, type Geom } from '@skillweave/model'
import type { RobotBody } from './profile.ts'

/** Tells which joints would bring parts of a robot too close to each other. Allocates nothing after it was made. */
export interface SelfCollision {
  /** Least distance between watched parts at these coordinates, m. */
  distance(q: ArrayLike<number>): number
  /**
   * Marks in `frozen` the joints that must keep their `before`: every joint between two parts that would be closer at
   * `target` than the margin and than they are before. Returns how many are marked. [nJoints] each.
   */
  freeze(target: ArrayLike<number>, before: ArrayLike<number>, frozen: Uint8Array): number
}

/** A part of a link as a thick line, link frame. */
interface Capsule {
  readonly link: number
  readonly from: readonly number[]
  readonly to: readonly number[]
  readonly radius: number
}

interface Pair {
  readonly a: number
  readonly b: number
  /** Joints on the way from one link to the other. */
  readonly joints: readonly number[]
}

/**
 * `reference`: poses that are known to be free, such as the start pose. Pairs that are closer than twice the margin in
 * one of them, or whose links are joined directly, touch by construction and are not watched. Throws for a joint
 * with several coordinates.
 */
export function createSelfCollision(
  { model, margin }: RobotBody,
  reference: readonly ArrayLike<number>[],
): SelfCollision {
  const spherical = model.joints.find((j) => j.type === 'spherical')
  if (spherical) throw new Error(`joint ${spherical.name} has three coordinates, expected one`)
  const kinematics = bindKinematics(model)
  const capsules = model.links.flatMap((link, l) =>
    link.geoms.filter((g) => g.collides !== false).map((g) => capsuleOf(g, l)),
  )
  const links = {
    pos: new Float64Array(3 * model.links.length),
    quat: new Float64Array(4 * model.links.length),
  }
  links.quat[3] = 1
  const ends = new Float64Array(6 * capsules.length)
  const q = new Float64Array(dofCount(model))

  function place(coordinates: ArrayLike<number>): void {
    q.set(coordinates)
    kinematics.poses(links, q, 0)
    capsules.forEach(({ link, from, to }, c) => {
      placePoint(ends, 6 * c, links, link, from)
      placePoint(ends, 6 * c + 3, links, link, to)
    })
  }
  const gap = ({ a, b }: Pair): number =>
    segmentDistance(ends, 6 * a, 6 * b) - capsules[a].radius - capsules[b].radius

  const parents = model.links.map((l) => l.parent)
  const all = pairsOf(capsules, parents)
  const isFree = all.map(() => true)
  for (const pose of reference) {
    place(pose)
    all.forEach((pair, i) => {
      if (gap(pair) < 2 * margin) isFree[i] = false
    })
  }
  const pairs = all.filter((_, i) => isFree[i])
  const gapsBefore = new Float64Array(pairs.length)
  const mixed = new Float64Array(q.length)

  return {
    distance: (coordinates) => {
      place(coordinates)
      let least = Number.POSITIVE_INFINITY
      for (const pair of pairs) least = Math.min(least, gap(pair))
      return least
    },
    freeze: (target, before, frozen) => {
      place(before)
      for (let i = 0; i < pairs.length; i++) gapsBefore[i] = gap(pairs[i])
      let count = 0
      for (;;) {
        // What freezes changes what the rest would do: look again until nothing more freezes.
        for (let j = 0; j < q.length; j++) mixed[j] = frozen[j] ? before[j] : target[j]
        place(mixed)
        const had = count
        for (let i = 0; i < pairs.length; i++) {
          const now = gap(pairs[i])
          if (now >= margin || now >= gapsBefore[i]) continue
          for (const j of pairs[i].joints) {
            if (frozen[j]) continue
            frozen[j] = 1
            count++
          }
        }
        if (count === had) return count
      }
    },
  }
}

function placePoint(
  out: Float64Array,
  at: number,
  { pos, quat }: { readonly pos: Float64Array; readonly quat: Float64Array },
  link: number,
  point: readonly number[],
): void {
  quatRotateAt(out, at, quat, 4 * link, point, 0)
  for (let k = 0; k < 3; k++) out[at + k] += pos[3 * link + k]
}

/** Pairs of links that are not joined directly. Joint k moves link k + 1. */
function pairsOf(capsules: readonly Capsule[], parents: readonly number[]): Pair[] {
  const pairs: Pair[] = []
  for (let a = 0; a < capsules.length; a++) {
    for (let b = a + 1; b < capsules.length; b++) {
      const joints = wayBetween(capsules[a].link, capsules[b].link, parents)
      if (joints.length > 1) pairs.push({ a, b, joints })
    }
  }
  return pairs
}

function wayBetween(a: number, b: number, parents: readonly number[]): number[] {
  const joints: number[] = []
  let [x, y] = [a, b]
  // Parents come before children, so the greater index is never an ancestor of the other.
  while (x !== y) {
    if (x > y) {
      joints.push(x - 1)
      x = parents[x]
    } else {
      joints.push(y - 1)
      y = parents[y]
    }
  }
  return joints
}

/** A box is as thick as its two shorter sides are on average: its corners stand out a little. */
function capsuleOf(geom: Geom, link: number): Capsule {
  if (geom.type === 'sphere') return { link, from: geom.pos, to: geom.pos, radius: geom.radius }
  if (geom.type !== 'box') return { link, from: geom.from, to: geom.to, radius: geom.radius }
  const half = [...geom.halfSize]
  const long = half.indexOf(Math.max(...half))
  const [s, t] = half.filter((_, k) => k !== long)
  const radius = (s + t) / 2
  const along = [0, 0, 0]
  along[long] = Math.max(0, half[long] - radius)
  const [x, y, z] = quatRotate(geom.quat, along)
  const [px, py, pz] = geom.pos
  return { link, from: [px - x, py - y, pz - z], to: [px + x, py + y, pz + z], radius }
}

/** Distance between the segments from `e[a…a+2]` to `e[a+3…a+5]` and likewise b. */
function segmentDistance(e: Float64Array, a: number, b: number): number {
  let d11 = 0
  let d22 = 0
  let d12 = 0
  let r1 = 0
  let r2 = 0
  for (let k = 0; k < 3; k++) {
    const u = e[a + 3 + k] - e[a + k]
    const v = e[b + 3 + k] - e[b + k]
    const w = e[a + k] - e[b + k]
    d11 += u * u
    d22 += v * v
    d12 += u * v
    r1 += u * w
    r2 += v * w
  }
  // Nearest points at s along the first and t along the second, each cut to its segment.
  const clamp01 = (x: number): number => Math.min(1, Math.max(0, x))
  const tiny = 1e-12
  const det = d11 * d22 - d12 * d12
  let s = det > tiny ? clamp01((d12 * r2 - d22 * r1) / det) : 0
  let t = d22 > tiny ? (d12 * s + r2) / d22 : 0
  if (t < 0 || t > 1 || d22 <= tiny) {
    t = clamp01(t)
    s = d11 > tiny ? clamp01((d12 * t - r1) / d11) : 0
  }
  let sum = 0
  for (let k = 0; k < 3; k++) {
    const u = e[a + 3 + k] - e[a + k]
    const v = e[b + 3 + k] - e[b + k]
    const d = e[a + k] + s * u - e[b + k] - t * v
    sum += d * d
  }
  return Math.sqrt(sum)
}
