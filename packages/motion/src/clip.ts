import { quatExpAt, quatMulAt, quatRotateAt } from '@skillweave/math'
import { ballPlaySkeleton } from './skeleton.ts'

/**
 * A recorded motion of a human body and a ball, as it came from the file. Flat row-major arrays, one
 * row per frame; world frame with z up.
 */
export interface Clip {
  readonly name: string
  /** Skill number of the data set (13: dribble forward). */
  readonly skillNumber: number
  readonly fps: number
  readonly nFrames: number
  /** [nFrames, 3] m */
  readonly rootPos_w: Float64Array
  /** Rotation vector of the root. [nFrames, 3] rad */
  readonly rootRot: Float64Array
  /** Rotation vectors of the joints of bodies 1…52, in the parent frame. [nFrames, 52, 3] rad */
  readonly jointRot: Float64Array
  /** As stored, which is not quite what forward kinematics gives. [nFrames, 53, 3] m */
  readonly bodyPos_w: Float64Array
  /** Centre of the ball. [nFrames, 3] m */
  readonly ballPos_w: Float64Array
  /** 1 where a hand touches the ball, as labelled. [nFrames] */
  readonly label: Float64Array
}

/** Bodies and joints of the clip skeleton. */
export const nBodies = 53
export const nJoints = 52

/** Poses of all 53 bodies of a clip by forward kinematics. World frame. */
export interface BodyPoses {
  /** [nFrames, 53, 3] m */
  readonly pos: Float64Array
  /** [nFrames, 53, 4] */
  readonly quat: Float64Array
}

/** Forward kinematics of every frame: products of the exponential maps down the skeleton. */
export function bodyPoses(clip: Clip): BodyPoses {
  const pos = new Float64Array(clip.nFrames * nBodies * 3)
  const quat = new Float64Array(clip.nFrames * nBodies * 4)
  const v = new Float64Array(3)
  const rel = new Float64Array(4)
  const { parents, offsets } = ballPlaySkeleton
  for (let t = 0; t < clip.nFrames; t++) {
    const first = t * nBodies
    for (let k = 0; k < 3; k++) pos[3 * first + k] = clip.rootPos_w[3 * t + k]
    quatExpAt(quat, 4 * first, clip.rootRot, 3 * t)
    for (let i = 1; i < nBodies; i++) {
      const p = first + parents[i]
      const c = first + i
      quatRotateAt(v, 0, quat, 4 * p, offsets[i], 0)
      for (let k = 0; k < 3; k++) pos[3 * c + k] = pos[3 * p + k] + v[k]
      quatExpAt(rel, 0, clip.jointRot, 3 * (t * nJoints + i - 1))
      quatMulAt(quat, 4 * c, quat, 4 * p, rel, 0)
    }
  }
  return { pos, quat }
}
