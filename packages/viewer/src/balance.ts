import type { RobotDescription } from '@skillweave/protocol'

/** Whether a body stands over its feet. Everything in the world, m. */
export interface Balance {
  /** Centre of mass. [3] */
  readonly com: Float64Array
  /** Corners of the smallest convex shape around what carries the body, counter-clockwise. [corners, 2] */
  readonly polygon: Float64Array
  corners: number
  /** Where the body would have to step to come to rest; x, y, m. NaN: its velocity is not known. [2] */
  readonly capture: Float64Array
  /** Distance of the capture point from the nearest edge; negative outside. NaN: not known, or nothing carries the body. */
  captureMargin: number
  /** Distance of the centre of mass from the nearest edge along the ground; negative outside. NaN: nothing carries it. */
  margin: number
}

/** m/s² */
const gravity = 9.81

/** Room for so many points of support. */
const pointsMax = 64

/** Bind to a robot; what is returned writes into one `Balance` and allocates nothing. */
export function bindBalance(robot: RobotDescription): {
  readonly balance: Balance
  /**
   * `matrixOf`: column-major world matrix of a link. `points`: x, y of what carries the robot. `velocity`: of the
   * centre of mass along the ground, m/s; null: not known.
   */
  update(
    matrixOf: (link: number) => ArrayLike<number>,
    points: ArrayLike<number>,
    count: number,
    velocity?: ArrayLike<number> | null,
  ): Balance
} {
  const mass = robot.links.reduce((m, l) => m + l.mass, 0)
  const balance: Balance = {
    com: new Float64Array(3),
    polygon: new Float64Array(2 * pointsMax),
    corners: 0,
    capture: new Float64Array(2).fill(Number.NaN),
    captureMargin: Number.NaN,
    margin: Number.NaN,
  }
  const order = new Uint8Array(pointsMax)
  const chain = new Uint8Array(2 * pointsMax)
  return {
    balance,
    update(matrixOf, points, count, velocity) {
      balance.com.fill(0)
      robot.links.forEach((link, i) => {
        const m = matrixOf(i)
        const [x, y, z] = link.com
        for (let k = 0; k < 3; k++) {
          const p = m[k] * x + m[4 + k] * y + m[8 + k] * z + m[12 + k]
          balance.com[k] += (link.mass / mass) * p
        }
      })
      balance.corners = hull(points, Math.min(count, pointsMax), order, chain)
      for (let i = 0; i < balance.corners; i++) {
        balance.polygon[2 * i] = points[2 * chain[i]]
        balance.polygon[2 * i + 1] = points[2 * chain[i] + 1]
      }
      balance.margin = marginOf(balance, balance.com)
      // Of an inverted pendulum as high as the centre of mass: x + v √(z / g).
      const swing_s = Math.sqrt(Math.max(0, balance.com[2]) / gravity)
      for (let k = 0; k < 2; k++) {
        balance.capture[k] = velocity ? balance.com[k] + velocity[k] * swing_s : Number.NaN
      }
      balance.captureMargin = velocity ? marginOf(balance, balance.capture) : Number.NaN
      return balance
    },
  }
}

/**
 * Andrew's monotone chain: indices of the corners, counter-clockwise, into `chain`; returns how many.
 * Fewer than three where there is no area.
 */
function hull(points: ArrayLike<number>, n: number, order: Uint8Array, chain: Uint8Array): number {
  if (n === 0) return 0
  for (let i = 0; i < n; i++) order[i] = i
  // Insertion sort by x, then y: a few dozen points, and nothing is allocated.
  const isBefore = (a: number, b: number): boolean =>
    points[2 * a] < points[2 * b] ||
    (points[2 * a] === points[2 * b] && points[2 * a + 1] < points[2 * b + 1])
  for (let i = 1; i < n; i++) {
    const p = order[i]
    let k = i
    for (; k > 0 && isBefore(p, order[k - 1]); k--) order[k] = order[k - 1]
    order[k] = p
  }
  const turns = (a: number, b: number, c: number): number =>
    (points[2 * b] - points[2 * a]) * (points[2 * c + 1] - points[2 * a + 1]) -
    (points[2 * b + 1] - points[2 * a + 1]) * (points[2 * c] - points[2 * a])
  let size = 0
  const side = (from: number, to: number, step: number): void => {
    const least = size + 1
    for (let i = from; i !== to; i += step) {
      while (size > least && turns(chain[size - 2], chain[size - 1], order[i]) <= 0) size--
      chain[size++] = order[i]
    }
    size--
  }
  side(0, n, 1)
  side(n - 1, -1, -1)
  return Math.max(size, 1)
}

/** How far a point is inside the polygon; negative outside. */
function marginOf({ polygon, corners }: Balance, point: ArrayLike<number>): number {
  if (corners === 0) return Number.NaN
  let inside = corners >= 3
  let nearest = Number.POSITIVE_INFINITY
  for (let i = 0; i < corners; i++) {
    const k = (i + 1) % corners
    const ax = polygon[2 * i]
    const ay = polygon[2 * i + 1]
    const bx = polygon[2 * k] - ax
    const by = polygon[2 * k + 1] - ay
    const px = point[0] - ax
    const py = point[1] - ay
    if (bx * py - by * px < 0) inside = false
    const u = Math.min(1, Math.max(0, (px * bx + py * by) / (bx * bx + by * by || 1)))
    nearest = Math.min(nearest, Math.hypot(px - u * bx, py - u * by))
  }
  return inside ? nearest : -nearest
}
