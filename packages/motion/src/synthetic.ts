import {
  type Quat,
  quatBetween,
  quatConj,
  quatExp,
  quatLog,
  quatMul,
  quatRotate,
  quatRotateInv,
  type Vec3,
  vecAdd,
  vecNorm,
  vecNormalize,
  vecScale,
  vecSub,
} from '@skillweave/math'
import { ballRadius, gravity } from './ball-track.ts'
import { ballPlayFps } from './ballplay.ts'
import { bodyPoses, type Clip, nBodies, nJoints } from './clip.ts'
import { ballPlaySkeleton, bodyIndex } from './skeleton.ts'

export type SyntheticMotion = 'dribble' | 'hold' | 'throw'

/**
 * A clip made by formulas, in the form of the recorded ones: walk forward and dribble with the right
 * hand, stand and hold the ball with both hands, or throw it. For tests and demonstrations without
 * third-party data; nothing in it was recorded.
 */
export function syntheticClip(motion: SyntheticMotion, seconds = 2): Clip {
  const nFrames = Math.round(seconds * ballPlayFps) + 1
  const clip = emptyClip(`${motionNumbers[motion]}_synthetic_${motion}`, nFrames, motion)
  for (let t = 0; t < nFrames; t++) {
    const ball = motion === 'dribble' ? dribbleBall(t) : handBall(t, nFrames, motion === 'throw')
    clip.label[t] = ball.held ? 1 : 0
    clip.ballPos_w.set(ball.pos, 3 * t)
    poseBody(clip, t, motion, ball)
  }
  clip.bodyPos_w.set(bodyPoses(clip).pos)
  return clip
}

const motionNumbers: Record<SyntheticMotion, string> = { dribble: '013', hold: '001', throw: '005' }

function emptyClip(name: string, nFrames: number, motion: SyntheticMotion): Clip {
  return {
    name,
    skillNumber: Number.parseInt(motionNumbers[motion], 10),
    fps: ballPlayFps,
    nFrames,
    rootPos_w: new Float64Array(3 * nFrames),
    rootRot: new Float64Array(3 * nFrames),
    jointRot: new Float64Array(3 * nJoints * nFrames),
    bodyPos_w: new Float64Array(3 * nBodies * nFrames),
    ballPos_w: new Float64Array(3 * nFrames),
    label: new Float64Array(nFrames),
  }
}

interface BallState {
  readonly pos: Vec3
  readonly held: boolean
}

/** Walking speed of the dribble, m/s, and its period in frames: two steps, one bounce. */
const speed = 1
const period = 54
const releaseHeight = 0.78
const releaseSpeed = 3.2
const restitution = 0.8

/** Push down from the hand, bounce, rise to the hand, ride up and down with it. */
function dribbleBall(t: number): BallState {
  const s = (t % period) / ballPlayFps
  const drop = releaseHeight - ballRadius
  const impact = Math.sqrt(releaseSpeed ** 2 + 2 * gravity * drop)
  const down = (impact - releaseSpeed) / gravity
  const rise = impact * restitution
  const caught = Math.sqrt(rise ** 2 - 2 * gravity * drop)
  const up = (rise - caught) / gravity
  const x = (speed * t) / ballPlayFps + 0.4
  if (s < down) {
    const z = releaseHeight - releaseSpeed * s - (gravity * s * s) / 2
    return { pos: [x, -0.3, z], held: false }
  }
  const r = s - down
  if (r < up) return { pos: [x, -0.3, ballRadius + rise * r - (gravity * r * r) / 2], held: false }
  // Cubic from the catch to the next release.
  const length = period / ballPlayFps - down - up
  const u = (r - up) / length
  const z =
    releaseHeight + length * (caught * (u ** 3 - 2 * u ** 2 + u) - releaseSpeed * (u ** 3 - u ** 2))
  return { pos: [x, -0.3, z], held: true }
}

/** Held in front of the chest; thrown: up and forward from the middle of the clip on. */
function handBall(t: number, nFrames: number, thrown: boolean): BallState {
  const release = Math.floor(nFrames / 2)
  const s = (t - release) / ballPlayFps
  const velocity: Vec3 = [2.5, 0, 3]
  if (!thrown || s < -0.3) {
    return { pos: [0.38, 0, 1.15 + (thrown ? 0 : 0.05 * Math.sin(t / 15))], held: true }
  }
  // Accelerate from rest along the throw, then fly.
  const wind = 0.3
  const start: Vec3 = [0.38, 0, 1.15]
  const at = vecAdd(start, vecScale(velocity, wind / 2))
  if (s <= 0)
    return { pos: vecAdd(start, vecScale(velocity, (s + wind) ** 2 / (2 * wind))), held: true }
  const p = vecAdd(at, vecScale(velocity, s))
  return { pos: [p[0], p[1], Math.max(ballRadius, p[2] - (gravity * s * s) / 2)], held: false }
}

/** Upright, facing +x: the skeleton's y up and z forward. */
const upright: Quat = [0.5, 0.5, 0.5, 0.5]

function poseBody(clip: Clip, t: number, motion: SyntheticMotion, ball: BallState): void {
  const phase = (2 * Math.PI * t) / period
  const walks = motion === 'dribble'
  const swing = walks ? Math.sin(phase) : 0
  clip.rootPos_w.set([walks ? (speed * t) / ballPlayFps : 0, 0, 0], 3 * t)
  clip.rootRot.set(quatLog(upright), 3 * t)
  const set = (name: string, rotation: Vec3) =>
    clip.jointRot.set(rotation, 3 * (t * nJoints + bodyIndex(ballPlaySkeleton, name) - 1))
  for (const [side, s] of [
    ['L', swing],
    ['R', -swing],
  ] as const) {
    const knee = 0.3 + 0.25 * Math.max(0, s)
    const hip = -0.2 - 0.35 * s
    set(`${side}_Hip`, [hip, 0, 0])
    set(`${side}_Knee`, [knee, 0, 0])
    set(`${side}_Ankle`, [-hip - knee, 0, 0])
  }
  set('Torso', [0.15, 0, 0])
  if (walks) {
    set('L_Shoulder', [0, 0, -1.2])
    set('L_Elbow', [0, -0.5, 0])
  }
  standOnFloor(clip, t)
  const hands = walks ? (['R'] as const) : (['L', 'R'] as const)
  for (const side of hands) {
    const s = side === 'L' ? 1 : -1
    // A wrist rides above a dribbled ball and beside a held one, and waits where it let go.
    const offset: Vec3 = walks ? [-0.06, 0, 0.17] : [-0.08, s * 0.17, 0]
    const height = walks ? Math.max(ball.pos[2], releaseHeight) : ball.pos[2]
    const target: Vec3 = walks || ball.held ? [ball.pos[0], ball.pos[1], height] : [0.75, 0, 1.6]
    reach(clip, t, side, vecAdd(target, offset))
  }
}

/** Raise the root so that the lower ankle is at standing height. */
function standOnFloor(clip: Clip, t: number): void {
  const { pos } = framePoses(clip, t)
  const ankles = ['L_Ankle', 'R_Ankle'].map((n) => pos[3 * bodyIndex(ballPlaySkeleton, n) + 2])
  clip.rootPos_w[3 * t + 2] += 0.118 - Math.min(...ankles)
}

/** Two-link arm: elbow outwards and down, wrist at the target or as near as the arm reaches. */
function reach(clip: Clip, t: number, side: 'L' | 'R', target: Vec3): void {
  const poses = framePoses(clip, t)
  const body = (name: string) => bodyIndex(ballPlaySkeleton, `${side}_${name}`)
  const posOf = (i: number): Vec3 => [poses.pos[3 * i], poses.pos[3 * i + 1], poses.pos[3 * i + 2]]
  const quatOf = (i: number) => poses.quat.slice(4 * i, 4 * i + 4)
  const shoulder = posOf(body('Shoulder'))
  const upper = vecNorm(ballPlaySkeleton.offsets[body('Elbow')])
  const lower = vecNorm(ballPlaySkeleton.offsets[body('Wrist')])
  const toTarget = vecSub(target, shoulder)
  const distance = Math.min(vecNorm(toTarget), 0.98 * (upper + lower))
  const direction = vecNormalize(toTarget)
  const along = (upper ** 2 - lower ** 2 + distance ** 2) / (2 * distance)
  const aside = Math.sqrt(Math.max(0, upper ** 2 - along ** 2))
  const s = side === 'L' ? 1 : -1
  const bend = vecSub([-0.3, s * 0.5, -1], vecScale(direction, dot([-0.3, s * 0.5, -1], direction)))
  const elbow = vecAdd(vecScale(direction, along), vecScale(vecNormalize(bend), aside))
  const wrist = vecScale(direction, distance)
  const rest: Vec3 = [s, 0, 0]
  // World orientation → rotation in the parent frame: the smallest turn from hanging on the parent.
  const aim = (parent: ArrayLike<number>, to: Vec3): Quat =>
    quatBetween(rest, quatRotateInv(parent, to))
  const set = (name: string, q: Quat) =>
    clip.jointRot.set(quatLog(q), 3 * (t * nJoints + body(name) - 1))
  const shoulderQuat = aim(quatOf(body('Thorax')), elbow)
  set('Shoulder', shoulderQuat)
  const upperWorld = quatMul(quatOf(body('Thorax')), shoulderQuat)
  const elbowQuat = aim(upperWorld, vecSub(wrist, elbow))
  set('Elbow', elbowQuat)
  // The palm (−y) faces the ball roughly: turn the hand about its own axis by what is left.
  const lowerWorld = quatMul(upperWorld, elbowQuat)
  const palm = quatRotate(lowerWorld, [0, -1, 0])
  const wanted = vecSub(
    [clip.ballPos_w[3 * t], clip.ballPos_w[3 * t + 1], clip.ballPos_w[3 * t + 2]],
    target,
  )
  const turn = quatLog(quatBetween(palm, wanted))
  const local = quatMul(quatConj(lowerWorld), quatMul(quatExp(vecScale(turn, 0.7)), lowerWorld))
  set('Wrist', local)
}

const dot = (a: Vec3, b: Vec3): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]

/** Forward kinematics of one frame. */
function framePoses(clip: Clip, t: number) {
  return bodyPoses({
    ...clip,
    nFrames: 1,
    rootPos_w: clip.rootPos_w.subarray(3 * t, 3 * t + 3),
    rootRot: clip.rootRot.subarray(3 * t, 3 * t + 3),
    jointRot: clip.jointRot.subarray(3 * nJoints * t, 3 * nJoints * (t + 1)),
  })
}
