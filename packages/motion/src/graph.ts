import { quatExpAt, quatRotateAt } from '@skillweave/math'
import type { Robot } from '@skillweave/model'
import { headingAt, turnAt } from './heading.ts'
import { keyLinks } from './key-points.ts'
import type { Reference } from './reference.ts'

export interface TransitionOptions {
  /** Similarities below this are no match. Default 1e-10. */
  readonly similarityMin?: number
  /** Frames at the end of a motion without a loop that leave too little to imitate. Default 4. */
  readonly margin?: number
}

/** For every frame of every motion, the most similar frame of every motion of another skill. */
export interface TransitionGraph {
  /** match[a][frame][b]: the frame of motion b, −1 for none. */
  readonly match: readonly (readonly Int32Array[])[]
  /** Its similarity, in (0, 1]; 0 for none. */
  readonly similarity: readonly (readonly Float64Array[])[]
}

/**
 * The stitched trajectory graph of SkillMimic-V2 (arXiv 2505.02094). Similarity of two frames, laid over
 * each other by ground position and heading of the base, is β = Π exp(−λ · mean squared error) over key
 * body positions (λ 20) and velocities (0.1), rotations (20), ball position (1) and velocity (0.1), and
 * key bodies relative to the ball (20). Rotation error is the chord 2 |q₁ − q₂|, the angle to 4 % up to
 * 1 rad.
 */
export function transitionGraph(
  references: readonly Reference[],
  robot: Robot,
  options: TransitionOptions = {},
): TransitionGraph {
  const { similarityMin = 1e-10, margin = 4 } = options
  const features = references.map((r) => transitionFeatures(r, robot))
  const worst = -Math.log(similarityMin)
  const match: Int32Array[][] = []
  const similarity: Float64Array[][] = []
  references.forEach((a, i) => {
    match.push(Array.from({ length: a.nFrames }, () => new Int32Array(references.length).fill(-1)))
    similarity.push(Array.from({ length: a.nFrames }, () => new Float64Array(references.length)))
    references.forEach((b, j) => {
      if (a.skill === b.skill) return
      const last = b.loop ? b.nFrames - 1 : b.nFrames - margin
      for (let t = 0; t < a.nFrames; t++) {
        const found = nearest(features[i], t, features[j], last, worst)
        if (found.frame < 0) continue
        match[i][t][j] = found.frame
        similarity[i][t][j] = Math.exp(-found.cost)
      }
    })
  })
  return { match, similarity }
}

/** Per frame a vector whose squared distance to another frame's is −ln β. */
interface Features {
  readonly width: number
  readonly data: Float64Array
}

function transitionFeatures(reference: Reference, robot: Robot): Features {
  const links = keyLinks(robot)
  const nLinks = robot.model.links.length
  const nDof = robot.qDefault.length
  const { joints } = robot.model
  const width = 9 * links.length + 4 * joints.length + 6 + 6
  const data = new Float64Array(reference.nFrames * width)
  const each = (lambda: number, count: number) => Math.sqrt(lambda / count)
  const scale = {
    pos: each(20, 3 * links.length),
    vel: each(0.1, 3 * links.length),
    rotation: 2 * each(20, joints.length + 1),
    ball: each(1, 3),
    ballVel: each(0.1, 3),
    relative: each(20, 3 * links.length),
  }
  const axes = [robot.forward, [robot.forward[1], robot.forward[2], robot.forward[0]]]
  for (let t = 0; t < reference.nFrames; t++) {
    const heading = headingAt(reference.baseQuat_w, 4 * t, robot.forward)
    const base = reference.basePos_w.subarray(3 * t, 3 * t + 3)
    let o = t * width
    const put = (x: number, y: number, z: number, k: number) => {
      data[o] = x * k
      data[o + 1] = y * k
      data[o + 2] = z * k
      turnAt(data, o, -heading)
      o += 3
    }
    const at = (x: Float64Array, i: number) => [x[i], x[i + 1], x[i + 2]] as const
    const ball = at(reference.objectPos_w, 3 * t)
    for (const link of links) {
      const i = 3 * (t * nLinks + link)
      const p = at(reference.linkPos_w, i)
      put(p[0] - base[0], p[1] - base[1], p[2], scale.pos)
      put(...at(reference.linkLinVel_w, i), scale.vel)
      put(p[0] - ball[0], p[1] - ball[1], p[2] - ball[2], scale.relative)
    }
    put(ball[0] - base[0], ball[1] - base[1], ball[2], scale.ball)
    put(...at(reference.objectLinVel_w, 3 * t), scale.ballVel)
    // Tilt of the base as the images of two axes: |Δ|² is about the squared angle.
    for (const axis of axes) {
      quatRotateAt(_v, 0, reference.baseQuat_w, 4 * t, axis, 0)
      put(_v[0], _v[1], _v[2], scale.rotation / 2 / Math.SQRT2)
    }
    for (const joint of joints) {
      if (joint.type === 'spherical') quatExpAt(_q, 0, reference.q, t * nDof + joint.dof)
      else _q.fill(0, 1).fill(reference.q[t * nDof + joint.dof] / 2, 0, 1)
      const sign = joint.type === 'spherical' && _q[3] < 0 ? -1 : 1
      for (let k = 0; k < 4; k++) data[o++] = sign * _q[k] * scale.rotation
    }
  }
  return { width, data }
}

function nearest(
  a: Features,
  t: number,
  b: Features,
  last: number,
  worst: number,
): { readonly frame: number; readonly cost: number } {
  const { width } = a
  const x = t * width
  let frame = -1
  let cost = worst
  for (let s = 0; s < last; s++) {
    const y = s * width
    let sum = 0
    for (let k = 0; k < width && sum < cost; k++) {
      const d = a.data[x + k] - b.data[y + k]
      sum += d * d
    }
    if (sum < cost) {
      cost = sum
      frame = s
    }
  }
  return { frame, cost }
}

const _v = new Float64Array(3)
const _q = new Float64Array(4)
