import { clamp } from '@skillweave/math'
import { dofCount, dofIndices, type Robot } from '@skillweave/model'
import { limbDofs } from '../chains.ts'
import type { MotionReference } from '../commands/motion-reference.ts'
import { type BoundAction, defineAction } from '../define.ts'
import { mirrorDofs } from '../observations/joints.ts'

/** Beyond this an action only adds torque saturation; the clip keeps a wild policy finite. */
const actionLimit = 8

/** rad (m) of joint target per unit of action: the same for all joints, or by limb of a humanoid. */
export type ActionScale =
  | number
  | { readonly legs: number; readonly waist: number; readonly arms: number }

/** The scale of every joint coordinate. [nDof] */
export function jointScales(robot: Robot, scale: ActionScale): Float64Array {
  const scales = new Float64Array(dofCount(robot.model))
  if (typeof scale === 'number') return scales.fill(scale)
  const limbs = limbDofs(robot)
  for (const limb of ['legs', 'waist', 'arms'] as const) {
    for (const d of limbs[limb]) scales[d] = scale[limb]
  }
  const missing = scales.indexOf(0)
  if (missing < 0) return scales
  throw new Error(
    `${robot.name}: joint ${robot.model.dofNames[missing]} belongs to no leg, arm or waist, so it has no action scale`,
  )
}

/**
 * qTarget = qDefault + scale · a on the named joints; the others are held at qDefault. Actions are
 * clipped to ±8.
 */
export const jointTarget = defineAction(
  'jointTarget',
  (p: { scale: ActionScale; joints?: readonly string[] }, { robot, simulator }): BoundAction => {
    const dofs = dofIndices(robot.model, p.joints)
    const scales = jointScales(robot, p.scale)
    const { kp, kd } = simulator.gains
    return {
      size: dofs.length,
      apply: (_s, action, controls) => {
        for (let i = 0; i < controls.qTarget.length; i++) {
          controls.qTarget[i] = robot.qDefault[i]
          controls.dqTarget[i] = 0
        }
        for (let j = 0; j < dofs.length; j++) {
          controls.qTarget[dofs[j]] += scales[dofs[j]] * clamp(action[j], -actionLimit, actionLimit)
        }
      },
      // A rate target is the same torque as a shifted position target: kp Δq = kd dq*.
      invert: (_s, controls, out, at) => {
        for (let j = 0; j < dofs.length; j++) {
          const d = dofs[j]
          const shift = kp[d] > 0 ? (kd[d] / kp[d]) * controls.dqTarget[d] : 0
          out[at + j] = clamp(
            (controls.qTarget[d] + shift - robot.qDefault[d]) / scales[d],
            -actionLimit,
            actionLimit,
          )
        }
      },
      ...mirrorDofs(robot, dofs),
    }
  },
)

/**
 * Residual on a reference motion: qTarget = qRef(next frame) + scale · a on the active joints, and
 * the reference alone on the others; the reference's joint rates are fed forward.
 */
export const referenceResidual = defineAction(
  'referenceResidual',
  (
    p: { command: string; scale: number; joints?: readonly string[] },
    { robot, command },
  ): BoundAction => {
    const reference = command<MotionReference>(p.command)
    const dofs = dofIndices(robot.model, p.joints)
    return {
      size: dofs.length,
      apply: (s, action, controls) => {
        const motion = reference.motion(s.index)
        const at = reference.nextFrame(s.index) * controls.qTarget.length
        for (let i = 0; i < controls.qTarget.length; i++) {
          controls.qTarget[i] = motion.q[at + i]
          controls.dqTarget[i] = motion.dq[at + i]
        }
        for (let j = 0; j < dofs.length; j++) {
          controls.qTarget[dofs[j]] += p.scale * clamp(action[j], -actionLimit, actionLimit)
        }
      },
    }
  },
)
