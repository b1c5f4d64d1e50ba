/** m/s² */
const gravity = 9.81

/** Time until a ball in free flight, at height `z` above the plane `plane` and rising at `vz`, comes down to it, s. */
export const timeToPlane = (z: number, vz: number, plane: number): number =>
  (vz + Math.sqrt(vz * vz + 2 * gravity * (z - plane))) / gravity

/** Greatest height that a ball in free flight still reaches, m. */
export const apexHeight = (z: number, vz: number): number => {
  const rising = Math.max(0, vz)
  return z + (rising * rising) / (2 * gravity)
}
