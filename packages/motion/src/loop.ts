import {
  type Quat,
  quatConj,
  quatExp,
  quatFromYaw,
  quatLog,
  quatMul,
  quatRotate,
  type Vec3,
  vecAdd,
  vecScale,
  vecSub,
} from '@skillweave/math'
import { type Robot, roleIndex } from '@skillweave/model'
import { headingOf, intoHeading } from './heading.ts'
import {
  type BodyFrame,
  type BodyMotion,
  ballRadius,
  linkOrigins,
  relativeQuat,
} from './retarget.ts'

/** A cycle in a motion: `end` is the frame most like `start`, one cycle later. */
export interface Cycle {
  readonly motion: BodyMotion
  readonly start: number
  readonly end: number
  /** Squared distance of the two frames' features; 0.1 is hardly visible, 1 is. */
  readonly mismatch: number
}

const featureRoles = [
  'base',
  'head',
  'leftKnee',
  'rightKnee',
  'leftElbow',
  'rightElbow',
  'leftFoot',
  'rightFoot',
  'leftHand',
  'rightHand',
] as const

/**
 * What two frames are compared by, in the heading frame: key body positions and velocities, ball
 * position and velocity, with weights that make a centimetre and a decimetre per second count alike.
 */
export function frameFeatures(motion: BodyMotion, robot: Robot): Float64Array[] {
  const links = featureRoles.map((r) => roleIndex(robot, r))
  const { frames, fps } = motion
  const origins = frames.map((f) => linkOrigins(robot, f))
  return frames.map((f, t) => {
    const heading = headingOf(f.quat[0], robot.forward)
    const before = Math.max(0, t - 1)
    const after = Math.min(frames.length - 1, t + 1)
    const perSecond = fps / (after - before)
    const local = (v: Vec3) => intoHeading(v, heading)
    const values: number[] = []
    for (const l of links) {
      values.push(...(l === 0 ? [0, 0, f.base[2]] : local(vecSub(origins[t][l], f.base))))
      const v = vecSub(origins[after][l], origins[before][l])
      values.push(...vecScale(local(v), 0.12 * perSecond))
    }
    values.push(...vecScale(local(vecSub(f.ball, f.base)), 1.5))
    const v = vecSub(frames[after].ball, frames[before].ball)
    values.push(...vecScale(local(v), 0.2 * perSecond))
    return Float64Array.from(values)
  })
}

/** The best cycle of at least `seconds` in any of the motions. Throws when every motion is shorter. */
export function findCycle(motions: readonly BodyMotion[], robot: Robot, seconds = 0.75): Cycle {
  let best: Cycle | undefined
  for (const motion of motions) {
    const features = frameFeatures(motion, robot)
    const shortest = Math.round(seconds * motion.fps)
    for (let start = 2; start + shortest < features.length - 3; start++) {
      for (let end = start + shortest; end < features.length - 3; end++) {
        const mismatch = distance(features[start], features[end])
        // An even number of frames keeps its length when every second one is used.
        if ((end - start) % 2 === 0 && (!best || mismatch < best.mismatch)) {
          best = { motion, start, end, mismatch }
        }
      }
    }
  }
  if (best) return best
  const lengths = motions.map((m) => `${m.name} ${(m.frames.length / m.fps).toFixed(2)} s`)
  throw new Error(`no motion is long enough for a cycle of ${seconds} s: ${lengths.join(', ')}`)
}

/**
 * The cycle as a motion that can be repeated: what the last frame lacks to equal the first is added
 * little by little over the cycle, in joint space for the body and in the heading frame for the ball.
 * What comes before the cycle in the clip (standing with the ball, the first step) is kept as the way
 * in. Returns the frames up to `end`, with the cycle's first at the origin with heading 0.
 */
export function closeCycle(
  cycle: Cycle,
  robot: Robot,
  stride: number,
): { motion: BodyMotion; loop: { yaw: number; start: number } } {
  const { motion, start, end } = cycle
  const first = motion.frames[start]
  const last = motion.frames[end]
  const nLinks = robot.model.links.length
  const heading = (f: BodyFrame) => headingOf(f.quat[0], robot.forward)
  const tilt = (f: BodyFrame): Quat => quatMul(quatFromYaw(-heading(f)), f.quat[0])
  const between = (a: Quat, b: Quat) => quatLog(quatMul(quatConj(a), b))
  const missing = Array.from({ length: nLinks }, (_, i) =>
    i === 0
      ? between(tilt(last), tilt(first))
      : between(relativeQuat(robot, last, i), relativeQuat(robot, first, i)),
  )
  const ballIn = (f: BodyFrame) =>
    intoHeading([f.ball[0] - f.base[0], f.ball[1] - f.base[1], f.ball[2]], heading(f))
  const ballMissing = vecSub(ballIn(first), ballIn(last))
  const heightMissing = first.base[2] - last.base[2]
  const turned = heading(first)

  const frames: BodyFrame[] = []
  // Thinned to every `stride`th frame, the cycle's first must still be there.
  for (let t = start % stride; t <= end; t++) {
    const f = motion.frames[t]
    const w = t < start ? 0 : ease((t - start) / (end - start))
    const yaw = heading(f) - turned
    const quat: Quat[] = [
      quatMul(quatFromYaw(yaw), quatMul(tilt(f), quatExp(vecScale(missing[0], w)))),
    ]
    for (let i = 1; i < nLinks; i++) {
      const relative = quatMul(relativeQuat(robot, f, i), quatExp(vecScale(missing[i], w)))
      quat.push(quatMul(quat[robot.model.links[i].parent], relative))
    }
    const moved = intoHeading(vecSub(f.base, first.base), turned)
    const base: Vec3 = [moved[0], moved[1], f.base[2] + w * heightMissing]
    const ball = quatRotate(quatFromYaw(yaw), vecAdd(ballIn(f), vecScale(ballMissing, w)))
    frames.push({
      base,
      quat,
      ball: [base[0] + ball[0], base[1] + ball[1], Math.max(ballRadius, ball[2])],
    })
  }
  const yaw = heading(last) - turned
  return {
    motion: { name: `${motion.name} cycle`, fps: motion.fps, frames },
    loop: {
      yaw: Math.atan2(Math.sin(yaw), Math.cos(yaw)),
      start: Math.floor(start / stride),
    },
  }
}

/** Half the change evenly, half in the second half, so that the start of the cycle stays as recorded. */
function ease(u: number): number {
  const late = u < 0.5 ? 0 : 2 * (u - 0.5)
  return 0.5 * u + 0.5 * late * late * (3 - 2 * late)
}

function distance(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2
  return sum
}
