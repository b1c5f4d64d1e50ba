import { type Quat, quatExp, quatIdentity, type Vec3, vecNorm } from '@skillweave/math'
import type { Geom, Joint, Link, RobotModel } from '@skillweave/model'
import { type Clip, nJoints } from './clip.ts'
import { ballPlaySkeleton } from './skeleton.ts'

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
  /** Joint rotation vectors of a frame, model order, valid until the next call. rad */
  q(frame: number): Float64Array
  basePos_w(frame: number): Vec3
  baseQuat_w(frame: number): Quat
}

/** A clip's skeleton without fingers, and its poses as recorded. */
export function recordedSkeleton(clip: Clip): RecordedSkeleton {
  const { names, parents, offsets } = ballPlaySkeleton
  const bodies = names.flatMap((name, i) => (/Index|Middle|Pinky|Ring|Thumb/.test(name) ? [] : [i]))
  const jointed = bodies.slice(1)
  const links = bodies.map((body): Link => {
    const children = jointed.filter((c) => parents[c] === body && vecNorm(offsets[c]) > 0.06)
    return {
      name: names[body],
      parent: bodies.indexOf(parents[body]),
      mass: 1,
      com: [0, 0, 0],
      inertia: [0.01, 0.01, 0.01, 0, 0, 0],
      geoms: children.map((c): Geom => {
        return { type: 'capsule', from: [0, 0, 0], to: offsets[c], radius: 0.025 }
      }),
    }
  })
  const joints = jointed.map((body, i) => freeJoint(names[body], 3 * i, offsets[body]))
  const dofNames = joints.flatMap((j) => ['x', 'y', 'z'].map((axis) => `${j.name}_${axis}`))
  const q = new Float64Array(dofNames.length)
  return {
    robot: {
      name: 'recording',
      model: { name: 'recording', base: 'floating', links, joints, dofNames },
      roles: { base: names[0] },
      sites: {},
      feet: [],
      qDefault: dofNames.map(() => 0),
      standingHeight: 0.95,
      standingQuat: [0.5, 0.5, 0.5, 0.5],
      forward: [0, 0, 1],
    },
    q: (frame) => {
      jointed.forEach((body, i) => {
        const from = 3 * (frame * nJoints + body - 1)
        for (let k = 0; k < 3; k++) q[3 * i + k] = clip.jointRot[from + k]
      })
      return q
    },
    basePos_w: (frame) => [
      clip.rootPos_w[3 * frame],
      clip.rootPos_w[3 * frame + 1],
      clip.rootPos_w[3 * frame + 2],
    ],
    baseQuat_w: (frame) => quatExp(clip.rootRot.subarray(3 * frame, 3 * frame + 3)),
  }
}

const freeJoint = (name: string, dof: number, pos: Vec3): Joint => ({
  name,
  type: 'spherical',
  dof,
  pos,
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
