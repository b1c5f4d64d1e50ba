/**
 * Quaternions x, y, z, w, unit. `quat_ab` rotates coordinates of frame b into frame a.
 *
 * Two families: the plain functions (`quatMul`, …) return new tuples, for bind time; the `…At`
 * functions work on flat arrays with offsets and never allocate, for the step. Outputs of the `…At`
 * functions may alias their inputs.
 */
export type Vec3 = readonly [number, number, number]
export type Quat = readonly [number, number, number, number]
/** Anything indexable by number: typed arrays, tuples, plain arrays. */
export type Floats = { [index: number]: number; readonly length: number }
export type ReadonlyFloats = { readonly [index: number]: number; readonly length: number }

export const quatIdentity: Quat = [0, 0, 0, 1]

/** a · b: first b, then a. */
export function quatMul(a: ReadonlyFloats, b: ReadonlyFloats): Quat {
  const out: [number, number, number, number] = [0, 0, 0, 0]
  quatMulAt(out, 0, a, 0, b, 0)
  return out
}

export const quatConj = (q: ReadonlyFloats): Quat => [-q[0], -q[1], -q[2], q[3]]

/** Rotate a vector: q v q*. */
export function quatRotate(q: ReadonlyFloats, v: ReadonlyFloats): Vec3 {
  const out: [number, number, number] = [0, 0, 0]
  quatRotateAt(out, 0, q, 0, v, 0)
  return out
}

/** Rotate by the inverse: q* v q. */
export const quatRotateInv = (q: ReadonlyFloats, v: ReadonlyFloats): Vec3 =>
  quatRotate(quatConj(q), v)

/** Exponential map: rotation vector (axis × angle, rad) to quaternion. */
export function quatExp(v: ReadonlyFloats): Quat {
  const out: [number, number, number, number] = [0, 0, 0, 0]
  quatExpAt(out, 0, v, 0)
  return out
}

/** Logarithm: quaternion to rotation vector with angle in [0, π]. */
export function quatLog(q: ReadonlyFloats): Vec3 {
  const out: [number, number, number] = [0, 0, 0]
  quatLogAt(out, 0, q, 0)
  return out
}

export function quatNormalize(q: ReadonlyFloats): Quat {
  const n = Math.hypot(q[0], q[1], q[2], q[3])
  if (!(n > 0))
    throw new Error(`cannot normalise the quaternion [${q[0]}, ${q[1]}, ${q[2]}, ${q[3]}]`)
  return [q[0] / n, q[1] / n, q[2] / n, q[3] / n]
}

/** Spherical interpolation, shortest way; t in [0, 1]. */
export function quatSlerp(a: ReadonlyFloats, b: ReadonlyFloats, t: number): Quat {
  const d = quatLog(quatMul(quatConj(a), b))
  return quatMul(a, quatExp([d[0] * t, d[1] * t, d[2] * t]))
}

/** Rotation by `yaw` rad about world z. */
export const quatFromYaw = (yaw: number): Quat => [0, 0, Math.sin(yaw / 2), Math.cos(yaw / 2)]

/** Extrinsic roll (x), pitch (y), yaw (z), as URDF's rpy: Rz(yaw) · Ry(pitch) · Rx(roll). */
export function quatFromRpy(roll: number, pitch: number, yaw: number): Quat {
  const rx: Quat = [Math.sin(roll / 2), 0, 0, Math.cos(roll / 2)]
  const ry: Quat = [0, Math.sin(pitch / 2), 0, Math.cos(pitch / 2)]
  return quatMul(quatFromYaw(yaw), quatMul(ry, rx))
}

/** From the w, x, y, z order of MuJoCo and Isaac files. The only place that order may appear. */
export const quatFromWxyz = (q: ReadonlyFloats): Quat => [q[1], q[2], q[3], q[0]]

/** The shortest rotation that takes direction `from` to direction `to` (any lengths). */
export function quatBetween(from: ReadonlyFloats, to: ReadonlyFloats): Quat {
  const lf = Math.hypot(from[0], from[1], from[2])
  const lt = Math.hypot(to[0], to[1], to[2])
  const w = lf * lt + from[0] * to[0] + from[1] * to[1] + from[2] * to[2]
  if (w < 1e-9 * lf * lt) {
    // Opposite directions: half a turn about any perpendicular axis.
    return Math.abs(from[0]) < 0.9 * lf
      ? quatNormalize([0, from[2], -from[1], 0])
      : quatNormalize([-from[2], 0, from[0], 0])
  }
  return quatNormalize([
    from[1] * to[2] - from[2] * to[1],
    from[2] * to[0] - from[0] * to[2],
    from[0] * to[1] - from[1] * to[0],
    w,
  ])
}

/** Yaw of the frame's x axis projected on the ground, rad. */
export const yawOf = (q: ReadonlyFloats, o = 0): number =>
  Math.atan2(2 * (q[o + 3] * q[o + 2] + q[o] * q[o + 1]), 1 - 2 * (q[o + 1] ** 2 + q[o + 2] ** 2))

export function quatMulAt(
  out: Floats,
  oo: number,
  a: ReadonlyFloats,
  ao: number,
  b: ReadonlyFloats,
  bo: number,
): void {
  const ax = a[ao]
  const ay = a[ao + 1]
  const az = a[ao + 2]
  const aw = a[ao + 3]
  const bx = b[bo]
  const by = b[bo + 1]
  const bz = b[bo + 2]
  const bw = b[bo + 3]
  out[oo] = aw * bx + ax * bw + ay * bz - az * by
  out[oo + 1] = aw * by - ax * bz + ay * bw + az * bx
  out[oo + 2] = aw * bz + ax * by - ay * bx + az * bw
  out[oo + 3] = aw * bw - ax * bx - ay * by - az * bz
}

/** conj(a) · b */
export function quatConjMulAt(
  out: Floats,
  oo: number,
  a: ReadonlyFloats,
  ao: number,
  b: ReadonlyFloats,
  bo: number,
): void {
  const ax = -a[ao]
  const ay = -a[ao + 1]
  const az = -a[ao + 2]
  const aw = a[ao + 3]
  const bx = b[bo]
  const by = b[bo + 1]
  const bz = b[bo + 2]
  const bw = b[bo + 3]
  out[oo] = aw * bx + ax * bw + ay * bz - az * by
  out[oo + 1] = aw * by - ax * bz + ay * bw + az * bx
  out[oo + 2] = aw * bz + ax * by - ay * bx + az * bw
  out[oo + 3] = aw * bw - ax * bx - ay * by - az * bz
}

export function quatRotateAt(
  out: Floats,
  oo: number,
  q: ReadonlyFloats,
  qo: number,
  v: ReadonlyFloats,
  vo: number,
): void {
  const x = q[qo]
  const y = q[qo + 1]
  const z = q[qo + 2]
  const w = q[qo + 3]
  const vx = v[vo]
  const vy = v[vo + 1]
  const vz = v[vo + 2]
  const tx = 2 * (y * vz - z * vy)
  const ty = 2 * (z * vx - x * vz)
  const tz = 2 * (x * vy - y * vx)
  out[oo] = vx + w * tx + y * tz - z * ty
  out[oo + 1] = vy + w * ty + z * tx - x * tz
  out[oo + 2] = vz + w * tz + x * ty - y * tx
}

export function quatRotateInvAt(
  out: Floats,
  oo: number,
  q: ReadonlyFloats,
  qo: number,
  v: ReadonlyFloats,
  vo: number,
): void {
  const x = -q[qo]
  const y = -q[qo + 1]
  const z = -q[qo + 2]
  const w = q[qo + 3]
  const vx = v[vo]
  const vy = v[vo + 1]
  const vz = v[vo + 2]
  const tx = 2 * (y * vz - z * vy)
  const ty = 2 * (z * vx - x * vz)
  const tz = 2 * (x * vy - y * vx)
  out[oo] = vx + w * tx + y * tz - z * ty
  out[oo + 1] = vy + w * ty + z * tx - x * tz
  out[oo + 2] = vz + w * tz + x * ty - y * tx
}

export function quatExpAt(out: Floats, oo: number, v: ReadonlyFloats, vo: number): void {
  const x = v[vo]
  const y = v[vo + 1]
  const z = v[vo + 2]
  const angle = Math.sqrt(x * x + y * y + z * z)
  const s = angle < 1e-9 ? 0.5 : Math.sin(angle / 2) / angle
  out[oo] = x * s
  out[oo + 1] = y * s
  out[oo + 2] = z * s
  out[oo + 3] = angle < 1e-9 ? 1 : Math.cos(angle / 2)
}

export function quatLogAt(out: Floats, oo: number, q: ReadonlyFloats, qo: number): void {
  const sign = q[qo + 3] < 0 ? -1 : 1
  const x = sign * q[qo]
  const y = sign * q[qo + 1]
  const z = sign * q[qo + 2]
  const n = Math.sqrt(x * x + y * y + z * z)
  const k = n < 1e-9 ? 2 : (2 * Math.atan2(n, sign * q[qo + 3])) / n
  out[oo] = x * k
  out[oo + 1] = y * k
  out[oo + 2] = z * k
}

/** Angle between two orientations, rad, in [0, π]. */
export function quatAngleAt(a: ReadonlyFloats, ao: number, b: ReadonlyFloats, bo: number): number {
  const d = Math.abs(
    a[ao] * b[bo] + a[ao + 1] * b[bo + 1] + a[ao + 2] * b[bo + 2] + a[ao + 3] * b[bo + 3],
  )
  return 2 * Math.acos(d > 1 ? 1 : d)
}
