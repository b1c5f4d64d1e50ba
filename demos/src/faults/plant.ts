import type { MotorCommand } from '@skillweave/robot-end'

/** Joints without a body: each an inertia with a motor, enough to see what reaches it. */
export interface Plant {
  readonly q: Float64Array
  readonly dq: Float64Array
  /** As applied by the motors at the last step, N·m. */
  readonly torque: Float64Array
  step(command: MotorCommand, dt_s: number): void
}

const inertia = 0.2

/** `effort`: what the motors themselves can do, N·m. */
export function createPlant(q0: readonly number[], effort: readonly number[]): Plant {
  const q = Float64Array.from(q0)
  const dq = new Float64Array(q0.length)
  const torque = new Float64Array(q0.length)
  return {
    q,
    dq,
    torque,
    step: ({ qTarget, dqTarget, tauFf, kp, kd }, dt_s) => {
      for (let i = 0; i < q.length; i++) {
        const wanted = tauFf[i] + kp[i] * (qTarget[i] - q[i]) + kd[i] * (dqTarget[i] - dq[i])
        torque[i] = Math.min(effort[i], Math.max(-effort[i], wanted))
        dq[i] += (dt_s * torque[i]) / inertia
        q[i] += dt_s * dq[i]
      }
    },
  }
}
