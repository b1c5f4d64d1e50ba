import { quatRotateInvAt } from '@skillweave/math'
import { dofCount, type Robot, type StateView } from '@skillweave/model'

/** What a robot knows of itself, wherever it comes from: a simulator, a recording, a machine. */
export interface SensedState {
  /** Joint coordinates and rates, model order. [nDof] rad, rad/s */
  readonly q: Float64Array
  readonly dq: Float64Array
  /** Orientation of the base, x, y, z, w. [4] */
  readonly baseQuat_wb: Float64Array
  /** Angular velocity of the base in its own frame. [3] rad/s */
  readonly angVel_b: Float64Array
  /** Velocity of the base's origin in its own frame; NaN where nothing estimates it. [3] m/s */
  readonly linVel_b: Float64Array
}

/** Upright, still, in the default pose. */
export function createSensedState(robot: Robot): SensedState {
  return {
    q: Float64Array.from(robot.qDefault),
    dq: new Float64Array(dofCount(robot.model)),
    baseQuat_wb: Float64Array.from(robot.standingQuat),
    angVel_b: new Float64Array(3),
    linVel_b: new Float64Array(3).fill(Number.NaN),
  }
}

/** Sense a simulated robot, exactly. */
export function senseSimulated(s: StateView, out: SensedState): void {
  out.q.set(s.q)
  out.dq.set(s.dq)
  for (let k = 0; k < 4; k++) out.baseQuat_wb[k] = s.linkQuat_w[k]
  quatRotateInvAt(out.angVel_b, 0, s.linkQuat_w, 0, s.linkAngVel_w, 0)
  quatRotateInvAt(out.linVel_b, 0, s.linkQuat_w, 0, s.linkLinVel_w, 0)
}
