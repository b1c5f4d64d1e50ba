import { type Quat, quatNormalize, type Vec3 } from '@skillweave/math'
import type { Link } from '@skillweave/model'

/** A symmetric inertia tensor as three moments along the axes of a frame. */
export interface PrincipalInertia {
  /** kg·m² */
  readonly moments: Vec3
  /** Principal axes → link axes. */
  readonly quat: Quat
}

/** Diagonalises Ixx, Iyy, Izz, Ixy, Ixz, Iyz by Jacobi rotations. */
export function principalAxes(inertia: Link['inertia']): PrincipalInertia {
  const [xx, yy, zz, xy, xz, yz] = inertia
  const a = [
    [xx, xy, xz],
    [xy, yy, yz],
    [xz, yz, zz],
  ]
  const axes = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ]
  for (let sweep = 0; sweep < 30; sweep++) {
    for (const [p, q] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ]) {
      if (Math.abs(a[p][q]) < 1e-15) continue
      const angle = 0.5 * Math.atan2(2 * a[p][q], a[q][q] - a[p][p])
      rotate(a, axes, p, q, Math.cos(angle), Math.sin(angle))
    }
  }
  return { moments: [a[0][0], a[1][1], a[2][2]], quat: quatFromAxes(axes) }
}

/** a ← Gᵀ a G and axes ← axes G for the plane rotation G in (p, q). */
function rotate(a: number[][], axes: number[][], p: number, q: number, c: number, s: number): void {
  for (let k = 0; k < 3; k++) {
    const kp = a[k][p]
    const kq = a[k][q]
    a[k][p] = c * kp - s * kq
    a[k][q] = s * kp + c * kq
  }
  for (let k = 0; k < 3; k++) {
    const pk = a[p][k]
    const qk = a[q][k]
    a[p][k] = c * pk - s * qk
    a[q][k] = s * pk + c * qk
  }
  for (let k = 0; k < 3; k++) {
    const kp = axes[k][p]
    const kq = axes[k][q]
    axes[k][p] = c * kp - s * kq
    axes[k][q] = s * kp + c * kq
  }
}

/** The rotation whose matrix has the given rows; plane rotations keep it right-handed. */
function quatFromAxes(m: readonly number[][]): Quat {
  const trace = m[0][0] + m[1][1] + m[2][2]
  if (trace > 0) {
    return quatNormalize([m[2][1] - m[1][2], m[0][2] - m[2][0], m[1][0] - m[0][1], 1 + trace])
  }
  // The largest diagonal entry keeps the divisor away from zero.
  const i = m[0][0] > m[1][1] && m[0][0] > m[2][2] ? 0 : m[1][1] > m[2][2] ? 1 : 2
  const j = (i + 1) % 3
  const k = (i + 2) % 3
  const q = [0, 0, 0, m[k][j] - m[j][k]]
  q[i] = 1 + m[i][i] - m[j][j] - m[k][k]
  q[j] = m[i][j] + m[j][i]
  q[k] = m[i][k] + m[k][i]
  return quatNormalize(q)
}
