import type { MjData } from '@mujoco/mujoco'

/** MuJoCo's arrays, as views of its memory. */
export interface Views {
  readonly qpos: Float64Array
  readonly qvel: Float64Array
  readonly ctrl: Float64Array
  readonly warmstart: Float64Array
  readonly force: Float64Array
  readonly xfrc: Float64Array
  readonly touch: Float64Array
  readonly mocapPos: Float64Array
  readonly mocapQuat: Float64Array
}

/** Views die when MuJoCo's memory grows: look again then. */
export const viewsOf = (d: MjData): Views => ({
  qpos: d.qpos,
  qvel: d.qvel,
  ctrl: d.ctrl,
  warmstart: d.qacc_warmstart,
  force: d.actuator_force,
  xfrc: d.xfrc_applied,
  touch: d.sensordata,
  mocapPos: d.mocap_pos,
  mocapQuat: d.mocap_quat,
})

/** MuJoCo's quaternions are w first. */
export function writeQuat(out: Float64Array, at: number, quat: ArrayLike<number>): void {
  const n = Math.hypot(quat[0], quat[1], quat[2], quat[3])
  out[at] = quat[3] / n
  for (let k = 0; k < 3; k++) out[at + 1 + k] = quat[k] / n
}

export function readQuat(out: Float64Array, at: number, from: Float64Array, o: number): void {
  for (let k = 0; k < 3; k++) out[at + k] = from[o + 1 + k]
  out[at + 3] = from[o]
}
