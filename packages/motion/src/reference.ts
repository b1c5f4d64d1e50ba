import {
  quatConj,
  quatLog,
  quatMul,
  quatRotate,
  quatRotateInv,
  type Vec3,
  vecAdd,
  vecNorm,
  vecScale,
  vecSub,
} from '@skillweave/math'
import { dofCount, linkIndex, type Robot } from '@skillweave/model'
import { type BodyMotion, linkOrigins, relativeQuat } from './retarget.ts'

/**
 * A motion to imitate, in the robot's coordinates. Flat row-major arrays, one row per frame; world
 * frame of the recording, z up.
 */
export interface Reference {
  readonly name: string
  readonly skill: string
  readonly fps: number
  readonly nFrames: number
  /** [nFrames, 3] m, [nFrames, 4], [nFrames, 3] m/s, [nFrames, 3] rad/s */
  readonly basePos_w: Float64Array
  readonly baseQuat_w: Float64Array
  readonly baseLinVel_w: Float64Array
  readonly baseAngVel_w: Float64Array
  /** Joint coordinates and rates of the model. [nFrames, nDof] */
  readonly q: Float64Array
  readonly dq: Float64Array
  /** [nFrames, nLinks, 3], [nFrames, nLinks, 4] */
  readonly linkPos_w: Float64Array
  readonly linkQuat_w: Float64Array
  /** Ball. [nFrames, 3] */
  readonly objectPos_w: Float64Array
  readonly objectLinVel_w: Float64Array
  /** Soft contact of left and right palm with the ball, in [0, 1]. [nFrames, 2] */
  readonly contact: Float64Array
  /** Set for a cycle: the last frame equals frame `start` after turning by `yaw` rad. */
  readonly loop?: { readonly yaw: number; readonly start: number }
}

export interface ReferenceOptions {
  readonly skill: string
  /** Frames per second wanted; must divide the motion's. */
  readonly fps: number
  readonly loop?: { readonly yaw: number; readonly start: number }
}

/** A motion as a reference: every nth frame, with velocities from the neighbours at full rate. */
export function toReference(
  motion: BodyMotion,
  robot: Robot,
  options: ReferenceOptions,
): Reference {
  const stride = motion.fps / options.fps
  if (!Number.isInteger(stride)) {
    throw new Error(`${motion.name}: ${motion.fps} frames/s cannot be thinned to ${options.fps}`)
  }
  const { frames, fps } = motion
  const { links, joints } = robot.model
  const nLinks = links.length
  const nDof = dofCount(robot.model)
  const n = Math.floor((frames.length - 1) / stride) + 1
  const rows = (size: number) => new Float64Array(n * size)
  const out = {
    name: motion.name,
    skill: options.skill,
    fps: options.fps,
    nFrames: n,
    basePos_w: rows(3),
    baseQuat_w: rows(4),
    baseLinVel_w: rows(3),
    baseAngVel_w: rows(3),
    q: rows(nDof),
    dq: rows(nDof),
    linkPos_w: rows(3 * nLinks),
    linkQuat_w: rows(4 * nLinks),
    objectPos_w: rows(3),
    objectLinVel_w: rows(3),
    contact: rows(2),
    ...(options.loop ? { loop: options.loop } : {}),
  }
  const palms = ['left', 'right'].map((side) => ({
    hand: linkIndex(robot.model, `${side}Hand`),
    pos: robot.sites[`${side}Palm`].pos,
  }))
  for (let row = 0; row < n; row++) {
    const t = row * stride
    const f = frames[t]
    const before = frames[Math.max(0, t - 1)]
    const after = frames[Math.min(frames.length - 1, t + 1)]
    const dt = (Math.min(frames.length - 1, t + 1) - Math.max(0, t - 1)) / fps
    const origins = linkOrigins(robot, f)
    const spin: Vec3[] = []
    for (let i = 0; i < nLinks; i++) {
      const turned = quatLog(quatMul(after.quat[i], quatConj(before.quat[i])))
      spin.push(vecScale(turned, 1 / dt))
      out.linkPos_w.set(origins[i], 3 * (row * nLinks + i))
      out.linkQuat_w.set(f.quat[i], 4 * (row * nLinks + i))
    }
    out.basePos_w.set(f.base, 3 * row)
    out.baseQuat_w.set(f.quat[0], 4 * row)
    out.baseLinVel_w.set(vecScale(vecSub(after.base, before.base), 1 / dt), 3 * row)
    out.baseAngVel_w.set(spin[0], 3 * row)
    for (let i = 1; i < nLinks; i++) {
      const joint = joints[i - 1]
      if (joint.type !== 'spherical') {
        throw new Error(`${robot.name}: joint "${joint.name}" is ${joint.type}, expected spherical`)
      }
      const zero = quatConj(joint.quat)
      out.q.set(quatLog(quatMul(zero, relativeQuat(robot, f, i))), row * nDof + joint.dof)
      const relative = vecSub(spin[i], spin[links[i].parent])
      out.dq.set(quatRotateInv(f.quat[i], relative), row * nDof + joint.dof)
    }
    out.objectPos_w.set(f.ball, 3 * row)
    out.objectLinVel_w.set(ballVelocity(before.ball, f.ball, after.ball, dt, fps), 3 * row)
    palms.forEach(({ hand, pos }, k) => {
      const palm = vecAdd(origins[hand], quatRotate(f.quat[hand], pos))
      const d = vecNorm(vecSub(f.ball, palm))
      out.contact[2 * row + k] = 1 / (1 + Math.exp((d - 0.22) / 0.04))
    })
  }
  return out
}

/**
 * Central difference, but one-sided at a bounce: the average over a bounce is about zero, and an
 * episode that starts with a ball hanging still over the floor is lost.
 */
function ballVelocity(before: Vec3, now: Vec3, after: Vec3, dt: number, fps: number): Vec3 {
  const v = vecScale(vecSub(after, before), 1 / dt)
  const incoming = (now[2] - before[2]) * fps
  const outgoing = (after[2] - now[2]) * fps
  if (now[2] > 0.3) return v
  if (outgoing > 1 && incoming < 1) return vecScale(vecSub(after, now), fps)
  if (incoming < -1 && outgoing > -3 && outgoing < 1) return [v[0], v[1], incoming]
  return v
}
