import { clamp } from '@skillweave/math'
import { dofCount, dofIndices, type Robot } from '@skillweave/model'
import { type BoundObservation, defineObservation, type SignedPermutation } from '../define.ts'

/** q − qDefault. [joints.length] rad (rotation-vector components for spherical joints). */
export const jointPosRel = defineObservation(
  'jointPosRel',
  (p: { joints?: readonly string[]; scale?: number }, { robot }): BoundObservation => {
    const dofs = dofIndices(robot.model, p.joints)
    const scale = p.scale ?? 1
    return {
      size: dofs.length,
      write: (s, out, at) => {
        for (let i = 0; i < dofs.length; i++) {
          out[at + i] = scale * (s.q[dofs[i]] - robot.qDefault[dofs[i]])
        }
      },
      ...mirrorDofs(robot, dofs),
    }
  },
)

/** Joint rates × scale, clipped to ±clip after scaling. [joints.length] rad/s × scale. */
export const jointVel = defineObservation(
  'jointVel',
  (
    p: { joints?: readonly string[]; scale: number; clip?: number },
    { robot },
  ): BoundObservation => {
    const dofs = dofIndices(robot.model, p.joints)
    const limit = p.clip ?? Number.POSITIVE_INFINITY
    return {
      size: dofs.length,
      write: (s, out, at) => {
        for (let i = 0; i < dofs.length; i++) {
          out[at + i] = clamp(p.scale * s.dq[dofs[i]], -limit, limit)
        }
      },
      ...mirrorDofs(robot, dofs),
    }
  },
)

/** The policy's last action. [actionSize] */
export const lastAction = defineObservation(
  'lastAction',
  (_: Record<string, never>, { robot, states }): BoundObservation => {
    const size = states[0].action.length
    return {
      size,
      write: (s, out, at) => out.set(s.action, at),
      ...(size === dofCount(robot.model) ? mirrorDofs(robot, dofIndices(robot.model)) : {}),
    }
  },
)

/** How a list of coordinates mirrors; empty when the robot has no symmetry or the list is one-sided. */
export function mirrorDofs(robot: Robot, dofs: Int32Array): { mirror?: SignedPermutation } {
  const { mirror } = robot
  if (!mirror) return {}
  const index = Array.from(dofs, (d) => dofs.indexOf(mirror.dof[d]))
  if (index.includes(-1)) return {}
  return { mirror: { index, sign: Array.from(dofs, (d) => mirror.sign[d]) } }
}
