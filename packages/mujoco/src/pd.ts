import type { MjModel } from '@mujoco/mujoco'
import { quatExpAt, quatLogAt, quatMulAt } from '@skillweave/math'
import { type Controls, jointDofs, type Robot, type Simulator } from '@skillweave/model'

/** The PD law τ = tauFf + kp (q* − q) + kd (dq* − dq) of one robot, in the parts that MuJoCo wants. */
export interface Pd {
  /** The part −kd dq is MuJoCo's, because its integrator knows how to hold it. */
  setDamping(model: MjModel, gainScale: number): void
  /** The rest, for one physics step. `ctrl`: [nDof] N·m */
  write(
    ctrl: Float64Array,
    controls: Controls,
    at: { readonly q: Float64Array; readonly gainScale: number },
  ): void
}

export function bindPd({ model }: Robot, { kp, kd }: Simulator['gains']): Pd {
  return {
    setDamping: (mj, gainScale) => {
      const bias = mj.actuator_biasprm as Float64Array
      const stride = bias.length / kd.length
      for (let d = 0; d < kd.length; d++) bias[d * stride + 2] = -gainScale * kd[d]
    },
    write: (ctrl, { qTarget, dqTarget, tauFf }, { q, gainScale }) => {
      for (const joint of model.joints) {
        const n = jointDofs(joint)
        if (joint.type === 'spherical') sphericalError(_error, q, qTarget, joint.dof)
        else _error[0] = qTarget[joint.dof] - q[joint.dof]
        for (let c = 0; c < n; c++) {
          const d = joint.dof + c
          ctrl[d] = gainScale * (kp[d] * _error[c] + kd[d] * dqTarget[d]) + tauFf[d]
        }
      }
    },
  }
}

/** Rotation vector from exp(q) to exp(target), child frame. */
function sphericalError(out: Float64Array, q: Float64Array, target: Float64Array, d: number): void {
  for (let k = 0; k < 3; k++) _vec[k] = -q[d + k]
  quatExpAt(_quat, 0, _vec, 0)
  quatExpAt(_turn, 0, target, d)
  quatMulAt(_quat, 0, _quat, 0, _turn, 0)
  quatLogAt(out, 0, _quat, 0)
}

const _quat = new Float64Array(4)
const _turn = new Float64Array(4)
const _vec = new Float64Array(3)
const _error = new Float64Array(3)
