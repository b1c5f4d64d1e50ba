import { type Quat, quatConj, quatFromYaw, quatLog, quatMul, vecScale } from '@skillweave/math'
import { bindKinematics, type Robot } from '@skillweave/model'
import type { Reference } from '@skillweave/motion'

export interface SyntheticMotion {
  readonly name?: string
  readonly skill: string
  readonly fps?: number
  readonly nFrames?: number
  /** Forward speed, m/s, and turning rate, rad/s. */
  readonly speed?: number
  readonly turning?: number
  /** A cycle: the last frame is frame `start` again, one turn on. */
  readonly loop?: { readonly start: number }
  /** Where the recording begins: x, y and heading. */
  readonly from?: { readonly x: number; readonly y: number; readonly yaw: number }
}

/**
 * A motion that no body could do, but whose numbers belong together: the robot's joints swing about
 * its default pose while it glides along an arc with a bouncing ball at its side. Link poses are the
 * forward kinematics of q, velocities their derivatives.
 */
export function syntheticMotion(robot: Robot, motion: SyntheticMotion): Reference {
  const { skill, fps = 30, nFrames = 31, speed = 0.8, turning = 0.4 } = motion
  const { x: x0, y: y0, yaw: yaw0 } = motion.from ?? { x: 1, y: -2, yaw: 0.7 }
  const kinematics = bindKinematics(robot.model)
  const { nLinks, nDof } = kinematics
  const start = motion.loop?.start ?? 0
  const cycle = nFrames - 1 - start
  /** State at a frame, whole or not, also outside the clip. */
  const pose = (frame: number) => {
    const phase = (2 * Math.PI * (frame - start)) / cycle
    const t = frame / fps
    const yaw = yaw0 + turning * t
    // The chord of the arc; straight ahead is its limit.
    const half = (turning * t) / 2
    const chord = speed * t * (half === 0 ? 1 : Math.sin(half) / half)
    const base = [
      x0 + chord * Math.cos(yaw0 + half),
      y0 + chord * Math.sin(yaw0 + half),
      robot.standingHeight + 0.02 * Math.sin(phase),
    ]
    const q = robot.qDefault.map((v, i) => v + 0.05 * Math.sin(phase + i) - 0.05 * Math.sin(i))
    const bounce = ((((frame - start) / cycle) % 1) + 1) % 1
    const ball = [
      base[0] + 0.45 * Math.cos(yaw) + 0.25 * Math.sin(yaw),
      base[1] + 0.45 * Math.sin(yaw) - 0.25 * Math.cos(yaw),
      0.12 + 2.6 * bounce * (1 - bounce),
    ]
    const links = { pos: new Float64Array(3 * nLinks), quat: new Float64Array(4 * nLinks) }
    links.pos.set(base)
    links.quat.set(quatMul(quatFromYaw(yaw), robot.standingQuat))
    kinematics.poses(links, q, 0)
    return { q, ball, ...links }
  }
  const [first, last] = [pose(start).pos, pose(nFrames - 1).pos]
  const moved = { dx: last[0] - first[0], dy: last[1] - first[1] }
  const rows = (size: number) => new Float64Array(nFrames * size)
  const out = {
    name: motion.name ?? `${skill} made up`,
    skill,
    fps,
    nFrames,
    basePos_w: rows(3),
    baseQuat_w: rows(4),
    baseLinVel_w: rows(3),
    baseAngVel_w: rows(3),
    q: rows(nDof),
    dq: rows(nDof),
    linkPos_w: rows(3 * nLinks),
    linkQuat_w: rows(4 * nLinks),
    linkLinVel_w: rows(3 * nLinks),
    objectPos_w: rows(3),
    objectLinVel_w: rows(3),
    contact: rows(2),
    label: rows(1),
    ...(motion.loop ? { loop: { start, yaw: (turning * cycle) / fps, ...moved } } : {}),
  }
  const eps = 1e-3
  const linVel = new Float64Array(3 * nLinks)
  const angVel = new Float64Array(3 * nLinks)
  const dq = new Float64Array(nDof)
  for (let t = 0; t < nFrames; t++) {
    const [before, now, after] = [pose(t - eps), pose(t), pose(t + eps)]
    const perSecond = fps / (2 * eps)
    for (let k = 0; k < nLinks; k++) {
      const turn = quatMul(quatAt(after.quat, k), quatConj(quatAt(before.quat, k)))
      angVel.set(vecScale(quatLog(turn), perSecond), 3 * k)
      for (let c = 3 * k; c < 3 * k + 3; c++) linVel[c] = (after.pos[c] - before.pos[c]) * perSecond
    }
    kinematics.rates(dq, { pos: now.pos, quat: now.quat, linVel, angVel }, 0)
    out.q.set(now.q, t * nDof)
    out.dq.set(dq, t * nDof)
    out.linkPos_w.set(now.pos, 3 * nLinks * t)
    out.linkQuat_w.set(now.quat, 4 * nLinks * t)
    out.linkLinVel_w.set(linVel, 3 * nLinks * t)
    out.basePos_w.set(now.pos.subarray(0, 3), 3 * t)
    out.baseQuat_w.set(now.quat.subarray(0, 4), 4 * t)
    out.baseLinVel_w.set(linVel.subarray(0, 3), 3 * t)
    out.baseAngVel_w.set(angVel.subarray(0, 3), 3 * t)
    out.objectPos_w.set(now.ball, 3 * t)
    for (let c = 0; c < 3; c++) {
      out.objectLinVel_w[3 * t + c] = (after.ball[c] - before.ball[c]) * perSecond
    }
    out.contact.set([0.1, 0.5 + 0.4 * Math.sin(t)], 2 * t)
    out.label[t] = Math.sin(t) > 0 ? 1 : 0
  }
  return out
}

const quatAt = (from: Float64Array, k: number): Quat => [
  from[4 * k],
  from[4 * k + 1],
  from[4 * k + 2],
  from[4 * k + 3],
]
