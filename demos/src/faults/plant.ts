import type { Measurement, MotorCommand, RobotProfile } from '@skillweave/robot-end'

/** Joints without a body: each an inertia with a motor, enough to see what reaches it. */
export interface Plant {
  readonly q: Float64Array
  readonly dq: Float64Array
  /** As applied by the motors at the last step, N·m. */
  readonly torque: Float64Array
  step(command: MotorCommand, dt_s: number): void
}

const inertia = 0.2

/** Starts in the start pose, still. Joints have end stops, which take all speed. */
export function createPlant({ startPose, effort, lower, upper }: RobotProfile): Plant {
  const q = Float64Array.from(startPose)
  const dq = new Float64Array(q.length)
  const torque = new Float64Array(q.length)
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
        if (q[i] >= lower[i] && q[i] <= upper[i]) continue
        q[i] = Math.min(upper[i], Math.max(lower[i], q[i]))
        dq[i] = 0
      }
    },
  }
}

/** What a robot measures that stands still, upright, in its start pose. */
export const atRest = ({ startPose }: RobotProfile): Measurement => ({
  stamp_s: 0,
  q: startPose,
  dq: startPose.map(() => 0),
  imuQuat_wb: [0, 0, 0, 1],
  gyro_b: [0, 0, 0],
  accel_b: [0, 0, 9.81],
})
