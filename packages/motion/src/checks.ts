import { quatAngleAt, quatExp, quatLog, quatSlerp, vecSub } from '@skillweave/math'
import { ballRadius } from './ball-track.ts'
import { bodyPoses, type Clip, nBodies, nJoints } from './clip.ts'
import { ballPlaySkeleton, bodyIndex } from './skeleton.ts'

/** Something a clip has that a motion should not have. */
export interface ClipProblem {
  readonly kind:
    | 'rotationJump'
    | 'ballBelowFloor'
    | 'feetBelowFloor'
    | 'ballJump'
    | 'frozenFingers'
    | 'kinematicsError'
    | 'missingFrames'
  /** One sentence with the numbers. */
  readonly message: string
  /** Frames where it shows; all of them for a property of the whole clip. */
  readonly frames: readonly number[]
  /** The largest size: rad, m, m/s² or a count. */
  readonly size: number
}

/**
 * Look a clip over: jumps of rotation vectors at ±π, ball and feet below the floor, a ball faster than
 * any hand, fingers that never move, stored positions that contradict the angles, all-zero frames.
 */
export function checkClip(clip: Clip): ClipProblem[] {
  return [
    rotationJumps(clip),
    ballBelowFloor(clip),
    feetBelowFloor(clip),
    ballJumps(clip),
    frozenFingers(clip),
    kinematicsError(clip),
    missingFrames(clip),
  ].filter((p) => p !== undefined)
}

/** Repair what can be: rotation vectors made continuous, ball lifted to the floor, gaps filled. */
export function repairClip(clip: Clip): { readonly clip: Clip; readonly repairs: ClipProblem[] } {
  const repairs = [missingFrames(clip), rotationJumps(clip), ballBelowFloor(clip)].filter(
    (p) => p !== undefined,
  )
  const filled = fillMissing(clip)
  const ballPos_w = filled.ballPos_w.map((x, i) => (i % 3 === 2 ? Math.max(x, ballRadius) : x))
  return {
    clip: {
      ...filled,
      rootRot: unwrap(filled.rootRot, 1),
      jointRot: unwrap(filled.jointRot, nJoints),
      ballPos_w,
    },
    repairs,
  }
}

function problem(
  kind: ClipProblem['kind'],
  sizes: readonly (readonly [frame: number, size: number])[],
  message: (size: number, frames: number) => string,
): ClipProblem | undefined {
  if (sizes.length === 0) return undefined
  const size = Math.max(...sizes.map(([, s]) => s))
  const frames = [...new Set(sizes.map(([t]) => t))]
  return { kind, message: message(size, frames.length), frames, size }
}

/** A rotation vector jumps although the orientation does not. */
function rotationJumps(clip: Clip): ClipProblem | undefined {
  const found: [number, number][] = []
  const scan = (rot: Float64Array, width: number) => {
    for (let t = 1; t < clip.nFrames; t++) {
      for (let j = 0; j < width; j++) {
        const b = rot.subarray(3 * (t * width + j), 3 * (t * width + j) + 3)
        const a = rot.subarray(3 * ((t - 1) * width + j), 3 * ((t - 1) * width + j) + 3)
        const jump = Math.hypot(...vecSub(b, a))
        if (jump > 1 && quatAngleAt(quatExp(a), 0, quatExp(b), 0) < 0.5 * jump)
          found.push([t, jump])
      }
    }
  }
  scan(clip.rootRot, 1)
  scan(clip.jointRot, nJoints)
  return problem(
    'rotationJump',
    found,
    (size, n) =>
      `rotation vectors jump by up to ${size.toFixed(2)} rad in ${n} frames (angle near π)`,
  )
}

/** For every rotation the vector nearest to the previous frame's: v or v − 2π v/|v|. */
function unwrap(rot: Float64Array, width: number): Float64Array {
  const out = rot.slice()
  for (let i = width; i < rot.length / 3; i++) {
    const o = 3 * i
    const before = out.subarray(o - 3 * width, o - 3 * width + 3)
    const angle = Math.hypot(out[o], out[o + 1], out[o + 2])
    if (angle < 1e-6) continue
    let best = 0
    let bestGap = Number.POSITIVE_INFINITY
    for (const turns of [-1, 0, 1]) {
      const k = 1 + (2 * Math.PI * turns) / angle
      // Near a full turn the axis is arbitrary: stay away from it.
      if (turns !== 0 && Math.abs(k * angle) > 1.8 * Math.PI) continue
      const gap = Math.hypot(...[0, 1, 2].map((c) => k * out[o + c] - before[c]))
      if (gap < bestGap) {
        bestGap = gap
        best = k
      }
    }
    for (let c = 0; c < 3; c++) out[o + c] *= best
  }
  return out
}

function ballBelowFloor(clip: Clip): ClipProblem | undefined {
  const found: [number, number][] = []
  for (let t = 0; t < clip.nFrames; t++) {
    const depth = ballRadius - clip.ballPos_w[3 * t + 2]
    if (depth > 1e-3) found.push([t, depth])
  }
  return problem(
    'ballBelowFloor',
    found,
    (size, n) => `the ball dips up to ${(100 * size).toFixed(1)} cm into the floor in ${n} frames`,
  )
}

/** Ankle height at which a flat sole is on the floor, m. */
const ankleHeight = 0.09

function feetBelowFloor(clip: Clip): ClipProblem | undefined {
  const ankles = ['L_Ankle', 'R_Ankle'].map((name) => bodyIndex(ballPlaySkeleton, name))
  const found: [number, number][] = []
  for (let t = 0; t < clip.nFrames; t++) {
    for (const body of ankles) {
      const depth = ankleHeight - clip.bodyPos_w[3 * (t * nBodies + body) + 2]
      if (depth > 0.005) found.push([t, depth])
    }
  }
  return problem(
    'feetBelowFloor',
    found,
    (size, n) => `an ankle is up to ${(100 * size).toFixed(1)} cm too low to stand in ${n} frames`,
  )
}

/** Acceleration no hand gives a ball, m/s²; bounces near the floor excepted. */
const accelerationMax = 150

function ballJumps(clip: Clip): ClipProblem | undefined {
  const found: [number, number][] = []
  const p = clip.ballPos_w
  for (let t = 1; t + 1 < clip.nFrames; t++) {
    if (p[3 * t + 2] < 0.3) continue
    const a = [0, 1, 2].map((k) => p[3 * (t + 1) + k] - 2 * p[3 * t + k] + p[3 * (t - 1) + k])
    const size = Math.hypot(...a) * clip.fps ** 2
    if (size > accelerationMax) found.push([t, size])
  }
  return problem(
    'ballJump',
    found,
    (size, n) => `the ball accelerates by up to ${size.toFixed(0)} m/s² in the air in ${n} frames`,
  )
}

function frozenFingers(clip: Clip): ClipProblem | undefined {
  const isFinger = /_(Index|Middle|Pinky|Ring|Thumb)/
  const frozen: [number, number][] = []
  ballPlaySkeleton.names.forEach((name, body) => {
    if (!isFinger.test(name)) return
    for (let k = 0; k < 3; k++) {
      const at = (t: number) => clip.jointRot[3 * (t * nJoints + body - 1) + k]
      let moves = false
      for (let t = 1; t < clip.nFrames && !moves; t++) moves = at(t) !== at(0)
      if (!moves) frozen.push([0, frozen.length + 1])
    }
  })
  return problem('frozenFingers', frozen, (size) => `${size} of 90 finger coordinates never change`)
}

/** Mean distance of stored from computed positions that is still normal for these clips, m. */
const kinematicsTolerance = 0.06

function kinematicsError(clip: Clip): ClipProblem | undefined {
  const errors = bodyErrors(clip)
  const bad = Object.entries(errors).filter(([, e]) => e > kinematicsTolerance)
  return problem(
    'kinematicsError',
    bad.map(([, e]) => [0, e]),
    (size) =>
      `stored positions of ${bad.map(([n]) => n).join(', ')} are up to ${(100 * size).toFixed(1)} cm off the angles on average`,
  )
}

/** Mean distance of stored from computed positions per body (without fingers and root), m. */
export function bodyErrors(clip: Clip): Record<string, number> {
  const { pos } = bodyPoses(clip)
  const out: Record<string, number> = {}
  ballPlaySkeleton.names.forEach((name, body) => {
    if (body === 0 || /Index|Middle|Pinky|Ring|Thumb/.test(name)) return
    let sum = 0
    for (let t = 0; t < clip.nFrames; t++) {
      const o = 3 * (t * nBodies + body)
      sum += Math.hypot(...[0, 1, 2].map((k) => pos[o + k] - clip.bodyPos_w[o + k]))
    }
    out[name] = sum / clip.nFrames
  })
  return out
}

const isMissing = (clip: Clip, t: number): boolean =>
  [clip.rootPos_w, clip.rootRot, clip.ballPos_w].every(
    (x) => x[3 * t] === 0 && x[3 * t + 1] === 0 && x[3 * t + 2] === 0,
  )

function missingFrames(clip: Clip): ClipProblem | undefined {
  const found: [number, number][] = []
  for (let t = 0; t < clip.nFrames; t++) {
    if (isMissing(clip, t)) found.push([t, found.length + 1])
  }
  return problem('missingFrames', found, (size) => `${size} of ${clip.nFrames} frames are all zero`)
}

/** Fill all-zero frames from their neighbours; gaps at the ends repeat the nearest frame. */
function fillMissing(clip: Clip): Clip {
  const present: number[] = []
  for (let t = 0; t < clip.nFrames; t++) if (!isMissing(clip, t)) present.push(t)
  if (present.length === clip.nFrames) return clip
  if (present.length === 0) throw new Error(`clip ${clip.name}: every frame is all zero`)
  const around = (t: number) => {
    const a = present.findLast((p) => p <= t) ?? present[0]
    const b = present.find((p) => p >= t) ?? a
    return { a, b, u: a === b ? 0 : (t - a) / (b - a) }
  }
  const blend = (x: Float64Array, width: number, rotations: boolean) => {
    const out = x.slice()
    for (let t = 0; t < clip.nFrames; t++) {
      if (!isMissing(clip, t)) continue
      const { a, b, u } = around(t)
      for (let i = 0; i < width; i += 3) {
        const from = x.subarray(a * width + i, a * width + i + 3)
        const to = x.subarray(b * width + i, b * width + i + 3)
        const between = rotations
          ? quatLog(quatSlerp(quatExp(from), quatExp(to), u))
          : Array.from(from, (v, k) => v + u * (to[k] - v))
        for (let k = 0; k < Math.min(3, width); k++) out[t * width + i + k] = between[k]
      }
    }
    return out
  }
  return {
    ...clip,
    rootPos_w: blend(clip.rootPos_w, 3, false),
    rootRot: blend(clip.rootRot, 3, true),
    jointRot: blend(clip.jointRot, 3 * nJoints, true),
    bodyPos_w: blend(clip.bodyPos_w, 3 * nBodies, false),
    ballPos_w: blend(clip.ballPos_w, 3, false),
    label: clip.label.map((x, t) => (isMissing(clip, t) ? clip.label[around(t).a] : x)),
  }
}
