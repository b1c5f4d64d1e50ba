import { BufferAttribute, BufferGeometry, Color, Matrix4, Quaternion, Vector3 } from 'three'

/**
 * Solids the shells are made of. Every solid carries four vertex attributes: `position`, `normal`,
 * `color` (linear rgb) and `surface` (roughness, metalness, shell mask, glow), so that all parts of a
 * link merge into one geometry.
 */

/** How a part looks. */
export interface Paint {
  readonly color: string
  readonly roughness: number
  readonly metalness: number
  /** 1: takes the colour of the colour mode (skills, torque); 0: never. */
  readonly shell: number
  /** 1: a light that shows state. */
  readonly glow: number
}

/** A point of a closed surface: `angle` 0…2π around it, `v` 0…1 along it. */
export type Surface = (angle: number, v: number, out: Vector3) => Vector3

/** A cross-section of a loft: a superellipse in the plane across the loft's axis. */
export interface Section {
  /** Place along the axis, m. */
  readonly at: number
  /** Half-sizes toward the front and to the side, m. */
  readonly front: number
  readonly side: number
  /** Shift of the centre toward the front and to the side, m. Default 0. */
  readonly forward?: number
  readonly sideways?: number
  /** 2: an ellipse; larger: closer to a box. Default 2. */
  readonly square?: number
  /** Scales the half with negative front coordinate: < 1 flattens the back. Default 1. */
  readonly back?: number
}

/** Where a loft stands: its axis, and what counts as its front. Unit vectors, perpendicular. */
export interface Placement {
  readonly origin: Vector3
  readonly axis: Vector3
  readonly front: Vector3
}

/**
 * A smooth skin over cross-sections, rounded off at both ends. Sections are joined by a
 * monotone-friendly cubic, so few of them make a limb.
 */
export function loft(
  place: Placement,
  sections: readonly Section[],
  round: { readonly start: number; readonly end: number } = { start: 0.12, end: 0.12 },
): Surface {
  const side = new Vector3().crossVectors(place.axis, place.front)
  const first = sections[0].at
  const length = sections[sections.length - 1].at - first
  const value = [0, 0, 0, 0, 0, 0]
  return (angle, v, out) => {
    // The ends close on a quarter of an ellipse: `shrink` of the radius over `round` of the length.
    const lowEnd = v < round.start ? 1 - v / round.start : 0
    const highEnd = v > 1 - round.end ? 1 - (1 - v) / round.end : 0
    const end = Math.max(lowEnd, highEnd)
    const shrink = Math.sqrt(Math.max(0, 1 - end * end))
    sample(sections, first + v * length, value)
    const c = Math.cos(angle)
    const s = Math.sin(angle)
    const n = value[4]
    const radius = (Math.abs(c) ** n + Math.abs(s) ** n) ** (-1 / n) * shrink
    const f = value[2] + value[0] * c * radius * (c < 0 ? value[5] : 1)
    const w = value[3] + value[1] * s * radius
    return out
      .copy(place.origin)
      .addScaledVector(place.axis, first + v * length)
      .addScaledVector(place.front, f)
      .addScaledVector(side, w)
  }
}

/** Interpolate sections at `at`: front, side, forward, sideways, square, back. */
function sample(sections: readonly Section[], at: number, out: number[]): void {
  let i = 0
  while (i < sections.length - 2 && at > sections[i + 1].at) i++
  const a = sections[i]
  const b = sections[i + 1]
  const before = sections[Math.max(0, i - 1)]
  const after = sections[Math.min(sections.length - 1, i + 2)]
  const h = b.at - a.at
  const t = h > 0 ? (at - a.at) / h : 0
  const cubic = (pick: (s: Section) => number): number => {
    const y0 = pick(a)
    const y1 = pick(b)
    const m0 = slope(pick(before), y0, y1, a.at - before.at, h) * h
    const m1 = slope(y0, y1, pick(after), h, after.at - b.at) * h
    const t2 = t * t
    const t3 = t2 * t
    return (
      (2 * t3 - 3 * t2 + 1) * y0 + (t3 - 2 * t2 + t) * m0 + (3 * t2 - 2 * t3) * y1 + (t3 - t2) * m1
    )
  }
  out[0] = cubic((s) => s.front)
  out[1] = cubic((s) => s.side)
  out[2] = cubic((s) => s.forward ?? 0)
  out[3] = cubic((s) => s.sideways ?? 0)
  out[4] = cubic((s) => s.square ?? 2)
  out[5] = cubic((s) => s.back ?? 1)
}

/** Slope at the middle of three points; 0 at an extremum, so that the curve never overshoots. */
function slope(y0: number, y1: number, y2: number, h0: number, h1: number): number {
  if (h0 <= 0) return (y2 - y1) / h1
  if (h1 <= 0) return (y1 - y0) / h0
  const d0 = (y1 - y0) / h0
  const d1 = (y2 - y1) / h1
  return d0 * d1 <= 0 ? 0 : (2 * d0 * d1) / (d0 + d1)
}

/** Mesh a closed surface with `segments` around and `rings` along. */
export function skin(
  surface: Surface,
  segments: number,
  rings: number,
  paint: Paint,
): BufferGeometry {
  const columns = segments
  const positions = new Float32Array((columns * (rings - 1) + 2) * 3)
  const p = new Vector3()
  const index: number[] = []
  surface(0, 0, p).toArray(positions, 0)
  for (let r = 1; r < rings; r++) {
    // Rings crowd toward the ends, where the surface curves.
    const v = 0.5 - 0.5 * Math.cos((Math.PI * r) / rings)
    for (let c = 0; c < columns; c++) {
      surface((2 * Math.PI * c) / columns, v, p).toArray(positions, (1 + (r - 1) * columns + c) * 3)
    }
  }
  const last = 1 + (rings - 1) * columns
  surface(0, 1, p).toArray(positions, last * 3)
  for (let c = 0; c < columns; c++) {
    const d = (c + 1) % columns
    index.push(0, 1 + d, 1 + c)
    for (let r = 0; r < rings - 2; r++) {
      const a = 1 + r * columns
      index.push(a + c, a + d, a + columns + c, a + d, a + columns + d, a + columns + c)
    }
    const a = 1 + (rings - 2) * columns
    index.push(a + c, a + d, last)
  }
  return painted(positions, index, paint)
}

/** Where a plate lies on a surface: its middle and half-extent in angle (rad) and along (0…1). */
export interface PlateArea {
  readonly angle: number
  readonly halfAngle: number
  readonly from: number
  readonly to: number
  /** Height above the surface, m. */
  readonly height: number
  /** 2: rounded like an ellipse; larger: closer to a rectangle. Default 4. */
  readonly square?: number
}

/** A plate that follows a surface: raised in the middle, its edge sunk below the surface. */
export function plate(
  surface: Surface,
  area: PlateArea,
  detail: number,
  paint: Paint,
): BufferGeometry {
  const columns = Math.max(4, detail)
  const rows = Math.max(4, detail)
  const square = area.square ?? 4
  const positions = new Float32Array((columns + 1) * (rows + 1) * 3)
  const [p, a, b, c, d, normal] = Array.from({ length: 6 }, () => new Vector3())
  const eps = 1e-3
  for (let j = 0; j <= rows; j++) {
    for (let i = 0; i <= columns; i++) {
      // A square is bent into a superellipse, so that the outline is round and the mesh regular.
      const x = bevelled(i, columns)
      const y = bevelled(j, rows)
      const most = Math.max(Math.abs(x), Math.abs(y))
      const reach = (Math.abs(x) ** square + Math.abs(y) ** square) ** (1 / square)
      const k = most > 0 ? most / Math.max(reach, 1e-6) : 0
      const angle = area.angle + area.halfAngle * x * k
      const v = (area.from + area.to) / 2 + ((area.to - area.from) / 2) * y * k
      surface(angle, v, p)
      surface(angle + eps, v, a)
      surface(angle - eps, v, b)
      surface(angle, v + eps, c)
      surface(angle, v - eps, d)
      normal.crossVectors(a.sub(b), c.sub(d)).normalize()
      // Only the outermost ring is sunk, deep enough to disappear in a coarsely meshed surface.
      const height = most > 0.999 ? -2.5 * area.height - 0.004 : area.height
      p.addScaledVector(normal, height).toArray(positions, (j * (columns + 1) + i) * 3)
    }
  }
  const index: number[] = []
  for (let j = 0; j < rows; j++) {
    for (let i = 0; i < columns; i++) {
      const q = j * (columns + 1) + i
      index.push(q, q + 1, q + columns + 1, q + 1, q + columns + 2, q + columns + 1)
    }
  }
  return painted(positions, index, paint)
}

/** Evenly spread from −1 to 1, but for a narrow first and last step: the bevel. */
const bevelled = (i: number, n: number): number =>
  i === 0 ? -1 : i === n ? 1 : 0.93 * ((2 * (i - 1)) / (n - 2) - 1)

/** A body of revolution about `axis`: radius over place along it. */
export function turned(
  origin: Vector3,
  axis: Vector3,
  profile: readonly (readonly [radius: number, at: number])[],
  segments: number,
  paint: Paint,
): BufferGeometry {
  const front = perpendicular(axis)
  const side = new Vector3().crossVectors(axis, front)
  const rows = profile.length
  const positions = new Float32Array(rows * segments * 3)
  const p = new Vector3()
  const index: number[] = []
  for (let r = 0; r < rows; r++) {
    const [radius, at] = profile[r]
    for (let c = 0; c < segments; c++) {
      const a = (2 * Math.PI * c) / segments
      p.copy(origin)
        .addScaledVector(axis, at)
        .addScaledVector(front, Math.cos(a) * radius)
        .addScaledVector(side, Math.sin(a) * radius)
        .toArray(positions, (r * segments + c) * 3)
    }
  }
  for (let r = 0; r < rows - 1; r++) {
    // A doubled row only keeps its edge crisp.
    if (profile[r][0] === profile[r + 1][0] && profile[r][1] === profile[r + 1][1]) continue
    for (let c = 0; c < segments; c++) {
      const d = (c + 1) % segments
      const a = r * segments
      if (profile[r][0] > 0) index.push(a + c, a + d, a + segments + c)
      if (profile[r + 1][0] > 0) index.push(a + d, a + segments + d, a + segments + c)
    }
  }
  return painted(positions, index, paint)
}

/** A drum with chamfered edges about `axis`, centred on `origin`. */
export function drum(
  origin: Vector3,
  axis: Vector3,
  radius: number,
  width: number,
  segments: number,
  paint: Paint,
): BufferGeometry {
  const h = width / 2
  const c = Math.min(radius * 0.18, h * 0.4)
  // Edge rows are doubled: normals are averaged per vertex, and these edges should stay crisp.
  return turned(
    origin,
    axis,
    [
      [0, -h],
      [radius - c, -h],
      [radius - c, -h],
      [radius, -h + c],
      [radius, -h + c],
      [radius, h - c],
      [radius, h - c],
      [radius - c, h],
      [radius - c, h],
      [0, h],
    ],
    segments,
    paint,
  )
}

/** A shallow disc with a rounded rim, lying on `origin` and facing `axis`. */
export function disc(
  origin: Vector3,
  axis: Vector3,
  radius: number,
  height: number,
  segments: number,
  paint: Paint,
): BufferGeometry {
  return turned(
    origin,
    axis,
    [
      [radius, -height],
      [radius, height * 0.3],
      [radius * 0.84, height],
      [0, height],
    ],
    segments,
    paint,
  )
}

/** A ball. */
export function ball(
  origin: Vector3,
  radius: number,
  segments: number,
  paint: Paint,
): BufferGeometry {
  const place = { origin, axis: new Vector3(0, 0, 1), front: new Vector3(1, 0, 0) }
  const sphere: Surface = (angle, v, out) => {
    const z = -Math.cos(Math.PI * v)
    const r = Math.sin(Math.PI * v)
    return out
      .set(Math.cos(angle) * r, Math.sin(angle) * r, z)
      .multiplyScalar(radius)
      .add(place.origin)
  }
  return skin(sphere, segments, Math.max(4, Math.round(segments * 0.6)), paint)
}

/** A capsule between two points, possibly with two radii. */
export function capsule(
  from: Vector3,
  to: Vector3,
  radius: number,
  segments: number,
  paint: Paint,
  radiusTo: number = radius,
): BufferGeometry {
  const axis = to.clone().sub(from)
  const length = axis.length()
  if (length < 1e-6) return ball(from, radius, segments, paint)
  axis.divideScalar(length)
  const profile: [number, number][] = []
  const steps = Math.max(2, Math.round(segments / 4))
  for (let i = 0; i <= steps; i++) {
    const a = (Math.PI / 2) * (i / steps)
    profile.push([radius * Math.sin(a), -radius * Math.cos(a)])
  }
  for (let i = steps; i >= 0; i--) {
    const a = (Math.PI / 2) * (i / steps)
    profile.push([radiusTo * Math.sin(a), length + radiusTo * Math.cos(a)])
  }
  return turned(from, axis, profile, segments, paint)
}

/** A box with rounded edges. `frame` maps box coordinates into the link frame. */
export function roundedBox(
  half: Vector3,
  radius: number,
  frame: Matrix4,
  detail: number,
  paint: Paint,
): BufferGeometry {
  const r = Math.min(radius, half.x, half.y, half.z)
  const steps = Math.max(1, detail)
  const positions: number[] = []
  const index: number[] = []
  const inner = half.clone().subScalar(r)
  const p = new Vector3()
  const q = new Vector3()
  const coordinates = (h: number): number[] => {
    // Inner edges coincide with where the rounding starts.
    const list: number[] = []
    for (let i = 0; i <= steps; i++)
      list.push(-h - r + r * (1 - Math.cos((Math.PI / 2) * (i / steps))))
    for (let i = 0; i <= steps; i++) list.push(h + r * Math.sin((Math.PI / 2) * (i / steps)))
    return list
  }
  for (let axis = 0; axis < 3; axis++) {
    for (const sign of [-1, 1]) {
      const u = coordinates(inner.getComponent((axis + 1) % 3))
      const v = coordinates(inner.getComponent((axis + 2) % 3))
      const start = positions.length / 3
      for (const b of v) {
        for (const a of u) {
          p.setComponent(axis, sign * half.getComponent(axis))
          p.setComponent((axis + 1) % 3, a)
          p.setComponent((axis + 2) % 3, b)
          q.copy(p).clamp(inner.clone().negate(), inner)
          p.sub(q)
          if (p.lengthSq() > 0) p.setLength(r)
          p.add(q).applyMatrix4(frame)
          positions.push(p.x, p.y, p.z)
        }
      }
      const w = u.length
      for (let j = 0; j < v.length - 1; j++) {
        for (let i = 0; i < w - 1; i++) {
          const a = start + j * w + i
          if (sign > 0) index.push(a, a + 1, a + w, a + 1, a + w + 1, a + w)
          else index.push(a, a + w, a + 1, a + 1, a + w, a + w + 1)
        }
      }
    }
  }
  return painted(new Float32Array(positions), index, paint)
}

/** Merge parts into one indexed geometry and dispose them. */
export function mergeParts(parts: readonly BufferGeometry[]): BufferGeometry {
  let vertices = 0
  let indices = 0
  for (const part of parts) {
    vertices += part.getAttribute('position').count
    indices += part.getIndex()?.count ?? 0
  }
  const merged = new BufferGeometry()
  const index = new Uint32Array(indices)
  const sizes = { position: 3, normal: 3, color: 3, surface: 4 } as const
  for (const [name, size] of Object.entries(sizes)) {
    const all = new Float32Array(vertices * size)
    let at = 0
    for (const part of parts) {
      all.set(part.getAttribute(name).array as Float32Array, at)
      at += part.getAttribute(name).array.length
    }
    merged.setAttribute(name, new BufferAttribute(all, size))
  }
  let firstVertex = 0
  let o = 0
  for (const part of parts) {
    for (const i of part.getIndex()?.array ?? []) index[o++] = firstVertex + i
    firstVertex += part.getAttribute('position').count
    part.dispose()
  }
  merged.setIndex(new BufferAttribute(index, 1))
  merged.computeBoundingSphere()
  return merged
}

/** Some unit vector across `axis`. */
export function perpendicular(axis: Vector3): Vector3 {
  const other = Math.abs(axis.x) < 0.7 ? new Vector3(1, 0, 0) : new Vector3(0, 1, 0)
  return other.addScaledVector(axis, -other.dot(axis)).normalize()
}

/** The frame with its origin at `pos` and orientation `quat` (x, y, z, w). */
export const frameAt = (
  pos: readonly [number, number, number],
  quat: readonly [number, number, number, number],
): Matrix4 =>
  new Matrix4().compose(new Vector3(...pos), new Quaternion(...quat), new Vector3(1, 1, 1))

const paintColor = new Color()

function painted(positions: Float32Array, index: number[], paint: Paint): BufferGeometry {
  const g = new BufferGeometry()
  const n = positions.length / 3
  const color = new Float32Array(n * 3)
  const surface = new Float32Array(n * 4)
  paintColor.set(paint.color)
  for (let i = 0; i < n; i++) {
    paintColor.toArray(color, i * 3)
    surface[i * 4] = paint.roughness
    surface[i * 4 + 1] = paint.metalness
    surface[i * 4 + 2] = paint.shell
    surface[i * 4 + 3] = paint.glow
  }
  g.setAttribute('position', new BufferAttribute(positions, 3))
  g.setAttribute('color', new BufferAttribute(color, 3))
  g.setAttribute('surface', new BufferAttribute(surface, 4))
  g.setIndex(index)
  g.computeVertexNormals()
  return g
}
