import { type Quat, quatRotate, type Vec3, vecAdd, vecSub } from '@skillweave/math'

/** Ixx, Iyy, Izz, Ixy, Ixz, Iyz: the entries of the tensor (not their negatives), kg·m². */
export type Inertia = readonly [number, number, number, number, number, number]

/** How mass is spread over a body. */
export interface MassProperties {
  /** kg */
  readonly mass: number
  /** Centre of mass, m. */
  readonly com: Vec3
  /** About the centre of mass, along the axes of the frame `com` is given in. */
  readonly inertia: Inertia
}

export const massless: MassProperties = { mass: 0, com: [0, 0, 0], inertia: [0, 0, 0, 0, 0, 0] }

/** The same tensor along other axes: R I Rᵀ, where `quat` turns old coordinates into new ones. */
export function rotateInertia(inertia: Inertia, quat: Quat): Inertia {
  const [xx, yy, zz, xy, xz, yz] = inertia
  const a = quatRotate(quat, [1, 0, 0])
  const b = quatRotate(quat, [0, 1, 0])
  const c = quatRotate(quat, [0, 0, 1])
  const entry = (i: number, j: number) =>
    xx * a[i] * a[j] +
    yy * b[i] * b[j] +
    zz * c[i] * c[j] +
    xy * (a[i] * b[j] + b[i] * a[j]) +
    xz * (a[i] * c[j] + c[i] * a[j]) +
    yz * (b[i] * c[j] + c[i] * b[j])
  return [entry(0, 0), entry(1, 1), entry(2, 2), entry(0, 1), entry(0, 2), entry(1, 2)]
}

/** The body as seen from the frame in which its own frame sits at `pos`, `quat`. */
export const moveMass = (body: MassProperties, pos: Vec3, quat: Quat): MassProperties => ({
  mass: body.mass,
  com: vecAdd(pos, quatRotate(quat, body.com)),
  inertia: rotateInertia(body.inertia, quat),
})

/** Bodies welded together, all given in one frame. */
export function combineMass(bodies: readonly MassProperties[]): MassProperties {
  if (bodies.length === 1) return bodies[0]
  let mass = 0
  const sum = [0, 0, 0]
  for (const body of bodies) {
    mass += body.mass
    for (let k = 0; k < 3; k++) sum[k] += body.mass * body.com[k]
  }
  if (mass === 0) return massless
  const com: Vec3 = [sum[0] / mass, sum[1] / mass, sum[2] / mass]
  const inertia: [number, number, number, number, number, number] = [0, 0, 0, 0, 0, 0]
  for (const body of bodies) {
    // Parallel axes: I + m (d·d 1 − d dᵀ).
    const [x, y, z] = vecSub(body.com, com)
    const m = body.mass
    const offset = [y * y + z * z, x * x + z * z, x * x + y * y, -x * y, -x * z, -y * z]
    for (let k = 0; k < 6; k++) inertia[k] += body.inertia[k] + m * offset[k]
  }
  return { mass, com, inertia }
}

/**
 * Why no real body can have these properties, or undefined when one can: the mass and the principal
 * moments must be positive, and no moment may exceed the sum of the other two (with 0.1 % to spare
 * for rounded tables).
 */
export function massProblem(body: MassProperties): string | undefined {
  if (![body.mass, ...body.com, ...body.inertia].every(Number.isFinite)) {
    return 'its mass, centre of mass or inertia is not a finite number'
  }
  if (!(body.mass > 0)) return `its mass is ${body.mass} kg; it must be positive`
  const [a, b, c] = principalMoments(body.inertia)
  if (!(a > 0)) return `its smallest principal moment is ${a} kg·m²; it must be positive`
  if (c > (a + b) * 1.001) {
    return `its principal moments ${a}, ${b}, ${c} kg·m² break the triangle inequality`
  }
  return undefined
}

/** Eigenvalues of a symmetric 3 × 3 tensor, ascending (the trigonometric solution of its cubic). */
export function principalMoments(inertia: Inertia): [number, number, number] {
  const [xx, yy, zz, xy, xz, yz] = inertia
  const mean = (xx + yy + zz) / 3
  const [a, b, c] = [xx - mean, yy - mean, zz - mean]
  const p = Math.sqrt((a * a + b * b + c * c + 2 * (xy * xy + xz * xz + yz * yz)) / 6)
  if (p <= 1e-12 * Math.abs(mean)) return [mean, mean, mean]
  const det = a * (b * c - yz * yz) - xy * (xy * c - yz * xz) + xz * (xy * yz - b * xz)
  const cosine = Math.min(1, Math.max(-1, det / (2 * p ** 3)))
  const angle = Math.acos(cosine) / 3
  const high = mean + 2 * p * Math.cos(angle)
  const low = mean + 2 * p * Math.cos(angle + (2 * Math.PI) / 3)
  return [low, 3 * mean - high - low, high]
}
