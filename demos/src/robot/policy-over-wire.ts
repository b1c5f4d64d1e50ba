import { createSensedPolicy, createSensedState } from '@skillweave/controllers'
import { dofIndices, type Robot } from '@skillweave/model'
import type { PolicyFile } from '../policy-files.ts'
import type { Decide } from './wire-controller.ts'

/**
 * A policy as a wire controller's `decide`: senses what a state frame says, commands every joint. Gains are the
 * policy's; joints it does not drive keep the robot's. `velocity` may change between calls.
 */
export function decideByPolicy(
  robot: Robot,
  file: PolicyFile,
  velocity: ArrayLike<number>,
): Decide {
  const policy = createSensedPolicy({ ...file, robot })
  const sensed = createSensedState(robot)
  const qTarget = new Float64Array(robot.qDefault.length)
  const { action, gains } = file.manifest
  const [kp, kd] = [Float64Array.from(robot.kp), Float64Array.from(robot.kd)]
  dofIndices(robot.model, action.joints).forEach((d, i) => {
    kp[d] = gains.kp[i]
    kd[d] = gains.kd[i]
  })
  return (state, command) => {
    sensed.q.set(state.q)
    sensed.dq.set(state.dq)
    sensed.baseQuat_wb.set(state.imuQuat_wb)
    sensed.angVel_b.set(state.gyro_b)
    policy.decide(sensed, { velocity }, qTarget)
    command.qTarget.set(qTarget)
    command.dqTarget.fill(0)
    command.tauFf.fill(0)
    command.kp.set(kp)
    command.kd.set(kd)
  }
}

/** The default pose with the robot's own gains. */
export const holdPose =
  (robot: Robot): Decide =>
  (_state, command) => {
    command.qTarget.set(robot.qDefault)
    command.kp.set(robot.kp)
    command.kd.set(robot.kd)
  }
