import { type Quat, quatExp, quatMul, quatRotate, type Vec3, vecAdd } from '@skillweave/math'
import type { Clip } from './ballplay-clip.ts'

/**
 * The recording's skeleton without fingers: parent and offset from it in the T-pose, m. Indices are
 * the recording's body numbers; joint i of the file moves body i.
 */
const bones: readonly (readonly [body: number, parent: number, offset: Vec3])[] = [
  [1, 0, [0.1097, -0.0366, 0]],
  [2, 1, [0, -0.4612, 0.0256]],
  [3, 2, [0, -0.3644, -0.0256]],
  [4, 3, [0, -0.0987, 0.1566]],
  [5, 0, [-0.1097, -0.0366, 0]],
  [6, 5, [0, -0.4612, 0.0256]],
  [7, 6, [0, -0.3644, -0.0256]],
  [8, 7, [0, -0.0987, 0.1566]],
  [9, 0, [0, 0.0878, -0.028]],
  [10, 9, [0, 0.1061, 0]],
  [11, 10, [0, 0.1061, 0]],
  [12, 11, [0, 0.167, 0]],
  [13, 12, [0, 0.0842, 0.0146]],
  [14, 13, [0, 0.1097, 0]],
  [15, 12, [0.0183, -0.0295, 0.0366]],
  [16, 15, [0.1665, 0, 0]],
  [17, 16, [0.2525, 0, 0]],
  [18, 17, [0.2439, 0, 0]],
  [34, 12, [-0.0183, -0.0295, 0.0366]],
  [35, 34, [-0.1665, 0, 0]],
  [36, 35, [-0.2525, 0, 0]],
  [37, 36, [-0.2439, 0, 0]],
]

/** Bodies of the recording that give the orientation of each link of `ballplayer`. */
export const linkSource: Readonly<Record<string, number>> = {
  pelvis: 0,
  leftThigh: 1,
  leftShin: 2,
  leftFoot: 3,
  rightThigh: 5,
  rightShin: 6,
  rightFoot: 7,
  torso: 10,
  chest: 12,
  head: 14,
  leftClavicle: 15,
  leftUpperArm: 16,
  leftForearm: 17,
  leftHand: 18,
  rightClavicle: 34,
  rightUpperArm: 35,
  rightForearm: 36,
  rightHand: 37,
}

/** World pose of the recording's bodies in one frame, by body number (fingers absent). */
export function skeletonPose(clip: Clip, frame: number): { pos: Vec3[]; quat: Quat[] } {
  const at = frame * (clip.data.length / clip.nFrames)
  const triple = (column: number): Vec3 => [
    clip.data[at + column],
    clip.data[at + column + 1],
    clip.data[at + column + 2],
  ]
  const pos: Vec3[] = []
  const quat: Quat[] = []
  pos[0] = triple(0)
  quat[0] = quatExp(triple(3))
  for (const [body, parent, offset] of bones) {
    pos[body] = vecAdd(pos[parent], quatRotate(quat[parent], offset))
    quat[body] = quatMul(quat[parent], quatExp(triple(9 + 3 * (body - 1))))
  }
  return { pos, quat }
}
