import {
  type Quat,
  quatExp,
  quatIdentity,
  quatMul,
  quatRotate,
  type Vec3,
  vecAdd,
  vecNorm,
} from '@skillweave/math'
import type { Geom, Joint, Link, RobotModel } from '@skillweave/model'
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

/** The recording's own skeleton as a jointed body to look at; it has made-up masses and no limits. */
export interface RecordedSkeleton {
  readonly robot: {
    readonly name: string
    readonly model: RobotModel
    readonly roles: Readonly<Record<string, string>>
    readonly sites: Readonly<Record<string, never>>
    readonly feet: readonly string[]
    readonly qDefault: readonly number[]
    readonly standingHeight: number
    readonly standingQuat: Quat
    readonly forward: Vec3
  }
  /** Joint rotation vectors of a frame, model order. rad */
  q(frame: number): Float64Array
  basePos_w(frame: number): Vec3
  baseQuat_w(frame: number): Quat
}

export function recordedSkeleton(clip: Clip): RecordedSkeleton {
  const names = new Map([[0, 'pelvis'], ...bones.map(([body]) => [body, `body${body}`] as const)])
  const order = [0, ...bones.map(([body]) => body)]
  const joints: Joint[] = []
  const links: Link[] = order.map((body, i) => {
    const bone = bones[i - 1]
    if (bone) {
      joints.push({
        name: names.get(body)!,
        type: 'spherical',
        dof: 3 * (i - 1),
        pos: bone[2],
        quat: quatIdentity,
        axis: [1, 0, 0],
        lower: [-Math.PI, -Math.PI, -Math.PI],
        upper: [Math.PI, Math.PI, Math.PI],
        effort: [0, 0, 0],
        velocity: [0, 0, 0],
        armature: 0,
        damping: 0,
        frictionLoss: 0,
      })
    }
    const geoms = bones
      .filter(([, parent, offset]) => parent === body && vecNorm(offset) > 0.06)
      .map(([, , offset]): Geom => ({ type: 'capsule', from: [0, 0, 0], to: offset, radius: 0.025 }))
    return {
      name: names.get(body)!,
      parent: bone ? order.indexOf(bone[1]) : -1,
      mass: 1,
      com: [0, 0, 0],
      inertia: [0.01, 0.01, 0.01, 0, 0, 0],
      geoms,
    }
  })
  const columns = clip.data.length / clip.nFrames
  const q = new Float64Array(3 * bones.length)
  return {
    robot: {
      name: 'recording',
      model: {
        name: 'recording',
        base: 'floating',
        links,
        joints,
        dofNames: joints.flatMap((j) => ['x', 'y', 'z'].map((a) => `${j.name}_${a}`)),
      },
      roles: { base: 'pelvis' },
      sites: {},
      feet: [],
      qDefault: Array.from(q),
      standingHeight: 0.95,
      standingQuat: [0.5, 0.5, 0.5, 0.5],
      forward: [0, 0, 1],
    },
    q: (frame) => {
      bones.forEach(([body], i) => {
        for (let k = 0; k < 3; k++) {
          q[3 * i + k] = clip.data[frame * columns + 9 + 3 * (body - 1) + k]
        }
      })
      return q
    },
    basePos_w: (frame) => skeletonPose(clip, frame).pos[0],
    baseQuat_w: (frame) => skeletonPose(clip, frame).quat[0],
  }
}
