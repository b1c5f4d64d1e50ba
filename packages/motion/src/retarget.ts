import {
  type Quat,
  quatBetween,
  quatConj,
  quatExp,
  quatLog,
  quatMul,
  quatNormalize,
  quatRotate,
  type Vec3,
  vecAdd,
  vecNorm,
  vecScale,
  vecSub,
} from '@skillweave/math'
import { linkIndex, type Robot } from '@skillweave/model'
import { type Clip, clipColumns } from './ballplay-clip.ts'
import { linkSource, skeletonPose } from './skeleton.ts'

/** A body and a ball over time, fitted to a robot's links but not yet to its joint coordinates. */
export interface BodyMotion {
  readonly name: string
  readonly fps: number
  readonly frames: readonly BodyFrame[]
}

export interface BodyFrame {
  /** Base origin and link orientations, world. */
  readonly base: Vec3
  readonly quat: readonly Quat[]
  readonly ball: Vec3
}

/** m */
export const ballRadius = 0.12

/** Ball within `near` m of the wrist: the palm faces it; beyond `far`: the hand stays as recorded. */
const palmTurn = { near: 0.24, far: 0.34 }
/** Distance of the ball's centre from the palm plane when it lies in the cup of the hand, m. */
const palmToBall = 0.119
/** Smoothing over five frames, so that the correction does not jitter. */
const kernel = [0.1, 0.2, 0.4, 0.2, 0.1]

/**
 * Fit a recorded clip to the robot. Link orientations are the recording's; the ball is lifted out of
 * the floor; and because recorded hands hold the ball beside the fingers, each hand near the ball is
 * turned by the smallest rotation that brings the ball onto the palm's axis, and the ball moved (1–2 cm
 * on average) so that it just touches. Without that the contacts of the recording are not consistent
 * and nothing can be learned from them.
 */
export function retarget(clip: Clip, robot: Robot): BodyMotion {
  const links = robot.model.links
  const source = links.map((l) => {
    const body = linkSource[l.name]
    if (body === undefined) {
      throw new Error(`cannot fit a recording to ${robot.name}: its link "${l.name}" has no source`)
    }
    return body
  })
  const frames = Array.from({ length: clip.nFrames }, (_, t) => {
    const pose = skeletonPose(clip, t)
    const at = t * clipColumns + 324
    return {
      base: pose.pos[0],
      quat: source.map((body) => quatNormalize(pose.quat[body])),
      ball: [clip.data[at], clip.data[at + 1], Math.max(ballRadius, clip.data[at + 2])] as Vec3,
    }
  })
  const shifts: Vec3[] = frames.map(() => [0, 0, 0])
  for (const side of ['left', 'right']) turnPalm(frames, shifts, robot, side)
  frames.forEach((f, t) => {
    const b = vecAdd(f.ball, shifts[t])
    f.ball = [b[0], b[1], Math.max(ballRadius, b[2])]
  })
  return { name: clip.name, fps: clip.fps, frames }
}

function turnPalm(
  frames: { base: Vec3; quat: Quat[]; ball: Vec3 }[],
  shifts: Vec3[],
  robot: Robot,
  side: string,
): void {
  const hand = linkIndex(robot.model, `${side}Hand`)
  const palm = robot.sites[`${side}Palm`].pos
  // Where the centre of a held ball is in the hand's frame: under the palm, which faces −y.
  const rest: Vec3 = [palm[0], palm[1] - palmToBall, palm[2]]
  const reach = vecNorm(rest)
  const quats: Quat[] = []
  const moves: Vec3[] = []
  for (const f of frames) {
    const wrist = linkOrigins(robot, f)[hand]
    const toBall = vecSub(f.ball, wrist)
    const d = vecNorm(toBall)
    const w = smoothstep((palmTurn.far - d) / (palmTurn.far - palmTurn.near))
    const turn = quatLog(quatBetween(quatRotate(f.quat[hand], rest), toBall))
    quats.push(quatMul(quatExp(vecScale(turn, w)), f.quat[hand]))
    moves.push(vecScale(toBall, (w * (reach - d)) / d))
  }
  frames.forEach((f, t) => {
    const q: [number, number, number, number] = [0, 0, 0, 0]
    const move: [number, number, number] = [0, 0, 0]
    for (let j = -2; j <= 2; j++) {
      const k = Math.min(frames.length - 1, Math.max(0, t + j))
      const same =
        quats[k][0] * quats[t][0] +
        quats[k][1] * quats[t][1] +
        quats[k][2] * quats[t][2] +
        quats[k][3] * quats[t][3]
      const w = kernel[j + 2]
      for (let x = 0; x < 4; x++) q[x] += (same < 0 ? -w : w) * quats[k][x]
      for (let x = 0; x < 3; x++) move[x] += w * moves[k][x]
    }
    f.quat[hand] = quatNormalize(q)
    shifts[t] = vecAdd(shifts[t], move)
  })
}

/** Link origins of a frame, world, m. */
export function linkOrigins(robot: Robot, frame: BodyFrame): Vec3[] {
  const pos: Vec3[] = [frame.base]
  for (let i = 1; i < robot.model.links.length; i++) {
    const parent = robot.model.links[i].parent
    pos.push(vecAdd(pos[parent], quatRotate(frame.quat[parent], robot.model.joints[i - 1].pos)))
  }
  return pos
}

/** Orientation of a link in its parent's frame. */
export function relativeQuat(robot: Robot, frame: BodyFrame, link: number): Quat {
  const { parent } = robot.model.links[link]
  return quatMul(quatConj(frame.quat[parent]), frame.quat[link])
}

function smoothstep(x: number): number {
  const t = x < 0 ? 0 : x > 1 ? 1 : x
  return t * t * (3 - 2 * t)
}
