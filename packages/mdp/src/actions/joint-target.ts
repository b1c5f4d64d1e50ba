import { clamp } from '@skillweave/math'
import { dofIndices } from '@skillweave/model'
import type { MotionReference } from '../commands/motion-reference.ts'
import { type BoundAction, defineAction } from '../define.ts'
import { mirrorDofs } from '../observations/joints.ts'

/** Beyond this an action only adds torque saturation; the clip keeps a wild policy finite. */
const actionLimit = 8

/**
 * qTarget = qDefault + scale · a on the named joints; the others are held at qDefault. Actions are
 * clipped to ±8.
 */
export const jointTarget = defineAction(
  'jointTarget',
  (p: { scale: number; joints?: readonly string[] }, { robot, simulator }): BoundAction => {
    const dofs = dofIndices(robot.model, p.joints)
    const { kp, kd } = simulator.gains
    return {
      size: dofs.length,
      apply: (_s, action, controls) => {
        for (let i = 0; i < controls.qTarget.length; i++) {
          controls.qTarget[i] = robot.qDefault[i]
          controls.dqTarget[i] = 0
        }
        for (let j = 0; j < dofs.length; j++) {
          controls.qTarget[dofs[j]] += p.scale * clamp(action[j], -actionLimit, actionLimit)
        }
      },
      // A rate target is the same torque as a shifted position target: kp Δq = kd dq*.
      invert: (_s, controls, out, at) => {
        for (let j = 0; j < dofs.length; j++) {
          const d = dofs[j]
          const shift = kp[d] > 0 ? (kd[d] / kp[d]) * controls.dqTarget[d] : 0
          out[at + j] = clamp(
            (controls.qTarget[d] + shift - robot.qDefault[d]) / p.scale,
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
