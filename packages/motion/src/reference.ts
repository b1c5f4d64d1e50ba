import {
  quatConjMulAt,
  quatExpAt,
  quatLogAt,
  quatMulAt,
  quatRotateAt,
  type ReadonlyFloats,
} from '@skillweave/math'
import { bindKinematics, linkIndex, type Robot } from '@skillweave/model'
import { ballVelocities } from './ball-track.ts'
import { loopTransform, type MotionLoop } from './motion-loop.ts'

/**
 * A motion of a robot and one object, ready to be imitated: every number belongs to that robot's model
 * and is consistent with its kinematics. Flat row-major arrays, one row per frame; `_w` is the world of
 * the recording, z up.
 */
export interface Reference {
  readonly name: string
  /** The skill it shows; clips of one skill share it. */
  readonly skill: string
  readonly fps: number
  readonly nFrames: number
  /** [nFrames, 3] m, [nFrames, 4] */
  readonly basePos_w: Float64Array
  readonly baseQuat_w: Float64Array
  /** [nFrames, 3] m/s, rad/s */
  readonly baseLinVel_w: Float64Array
  readonly baseAngVel_w: Float64Array
  /** Joint coordinates and rates as the model defines them. [nFrames, nDof] */
  readonly q: Float64Array
  readonly dq: Float64Array
  /** From `q` by forward kinematics. [nFrames, nLinks, 3 or 4] */
  readonly linkPos_w: Float64Array
  readonly linkQuat_w: Float64Array
  /** Velocities of the link frames' origins. [nFrames, nLinks, 3] m/s */
  readonly linkLinVel_w: Float64Array
  /** The ball. [nFrames, 3] m, m/s */
  readonly objectPos_w: Float64Array
  readonly objectLinVel_w: Float64Array
  /** Soft contact of left and right palm with the ball, in [0, 1]; see `softContact`. [nFrames, 2] */
  readonly contact: Float64Array
  /** Contact as labelled in the recording, 0 or 1. [nFrames] */
  readonly label: Float64Array
  /** Present when the motion can go on for ever; see `MotionLoop`. */
  readonly loop?: MotionLoop
}

/** The part of a reference that everything else follows from. */
export interface MotionTrack {
  readonly name: string
  readonly skill: string
  readonly fps: number
  readonly nFrames: number
  readonly basePos_w: Float64Array
  readonly baseQuat_w: Float64Array
  readonly q: Float64Array
  readonly objectPos_w: Float64Array
  readonly label: Float64Array
  readonly loop?: MotionLoop
}

/** Rates of a track; computed by differences when absent. */
export interface MotionRates {
  readonly baseLinVel_w: Float64Array
  readonly baseAngVel_w: Float64Array
  readonly dq: Float64Array
  readonly objectLinVel_w: Float64Array
}

/**
 * Soft contact of a palm and a ball of radius 0.12 m at distance `d` (palm centre to ball centre, m):
 * 1 / (1 + exp((d − 0.22) / 0.04)). About 0.92 when touching, 0.5 at 10 cm between them.
 */
export const softContact = (d: number): number => 1 / (1 + Math.exp((d - 0.22) / 0.04))

/** Fill in rates (unless given), link poses and velocities, and contact. */
export function completeReference(
  robot: Robot,
  track: MotionTrack,
  rates: MotionRates = motionRates(robot, track),
): Reference {
  const kinematics = bindKinematics(robot.model)
  const { nLinks } = kinematics
  const { nFrames } = track
  const linkPos_w = new Float64Array(nFrames * nLinks * 3)
  const linkQuat_w = new Float64Array(nFrames * nLinks * 4)
  const linkLinVel_w = new Float64Array(nFrames * nLinks * 3)
  const angVel = new Float64Array(nFrames * nLinks * 3)
  const links = { pos: linkPos_w, quat: linkQuat_w, linVel: linkLinVel_w, angVel }
  const contact = new Float64Array(nFrames * 2)
  const palms = palmSites(robot)
  const v = new Float64Array(3)
  for (let t = 0; t < nFrames; t++) {
    const base = t * nLinks
    for (let k = 0; k < 3; k++) {
      linkPos_w[3 * base + k] = track.basePos_w[3 * t + k]
      linkLinVel_w[3 * base + k] = rates.baseLinVel_w[3 * t + k]
      angVel[3 * base + k] = rates.baseAngVel_w[3 * t + k]
    }
    for (let k = 0; k < 4; k++) linkQuat_w[4 * base + k] = track.baseQuat_w[4 * t + k]
    kinematics.poses(links, track.q, t)
    kinematics.velocities(links, rates.dq, t)
    for (let h = 0; h < 2; h++) {
      const l = base + palms[h].link
      quatRotateAt(v, 0, linkQuat_w, 4 * l, palms[h].pos, 0)
      let d = 0
      for (let k = 0; k < 3; k++) {
        d += (linkPos_w[3 * l + k] + v[k] - track.objectPos_w[3 * t + k]) ** 2
      }
      contact[2 * t + h] = softContact(Math.sqrt(d))
    }
  }
  return { ...track, ...rates, linkPos_w, linkQuat_w, linkLinVel_w, contact }
}

/** Left and right palm centres of a robot. Throws when it has none. */
function palmSites(robot: Robot): readonly { link: number; pos: ReadonlyFloats }[] {
  return ['leftPalm', 'rightPalm'].map((name) => {
    const site = robot.sites[name]
    if (!site) {
      const known = Object.keys(robot.sites).join(', ') || 'none'
      throw new Error(
        `${robot.name} has no site "${name}", needed for ball contact; it has ${known}`,
      )
    }
    return { link: linkIndex(robot.model, site.link), pos: site.pos }
  })
}

/**
 * Rates of a track by central differences: one-sided at the ends of a motion without a loop and, for
 * the ball, on both sides of a bounce.
 */
export function motionRates(robot: Robot, track: MotionTrack): MotionRates {
  const { nFrames, fps } = track
  const nDof = robot.qDefault.length
  const baseLinVel_w = new Float64Array(nFrames * 3)
  const baseAngVel_w = new Float64Array(nFrames * 3)
  const dq = new Float64Array(nFrames * nDof)
  const around = neighbours(track)
  const a = new Float64Array(4)
  const b = new Float64Array(4)
  const v = new Float64Array(3)
  for (let t = 0; t < nFrames; t++) {
    const { before, after, span } = around(t)
    for (let k = 0; k < 3; k++)
      baseLinVel_w[3 * t + k] = (after.pos[k] - before.pos[k]) * (fps / span)
    // ω_w = log(R(t+1) R(t−1)ᵀ) / Δt
    for (let k = 0; k < 4; k++) a[k] = k < 3 ? -before.quat[k] : before.quat[k]
    quatMulAt(a, 0, after.quat, 0, a, 0)
    quatLogAt(v, 0, a, 0)
    for (let k = 0; k < 3; k++) baseAngVel_w[3 * t + k] = v[k] * (fps / span)
    for (const joint of robot.model.joints) {
      const d = joint.dof
      const i = before.frame * nDof + d
      const j = after.frame * nDof + d
      if (joint.type !== 'spherical') {
        dq[t * nDof + d] = (track.q[j] - track.q[i]) * (fps / span)
        continue
      }
      quatExpAt(a, 0, track.q, i)
      quatExpAt(b, 0, track.q, j)
      quatConjMulAt(a, 0, a, 0, b, 0)
      quatLogAt(v, 0, a, 0)
      for (let k = 0; k < 3; k++) dq[t * nDof + d + k] = v[k] * (fps / span)
    }
  }
  const objectLinVel_w = ballVelocities(
    track.objectPos_w,
    fps,
    track.loop ? { seam: { start: track.loop.start, ...loopTransform(track) } } : {},
  )
  return { baseLinVel_w, baseAngVel_w, dq, objectLinVel_w }
}

/** Base pose one frame before and after; across the seam of a loop where there is one. */
function neighbours(track: MotionTrack) {
  const { nFrames } = track
  const seam = track.loop && loopTransform(track)
  const start = track.loop?.start ?? 0
  const before = { frame: 0, pos: new Float64Array(3), quat: new Float64Array(4) }
  const after = { frame: 0, pos: new Float64Array(3), quat: new Float64Array(4) }
  const read = (at: typeof before, frame: number, laps: -1 | 0 | 1) => {
    at.frame = frame
    for (let k = 0; k < 3; k++) at.pos[k] = track.basePos_w[3 * frame + k]
    for (let k = 0; k < 4; k++) at.quat[k] = track.baseQuat_w[4 * frame + k]
    if (seam && laps !== 0) {
      seam.point(at.pos, 0, laps)
      seam.quat(at.quat, 0, laps)
    }
  }
  return (t: number) => {
    // The first frame of a cycle is also its last: both look back over the seam.
    const opens = seam !== undefined && t === start
    const first = t === 0 && !opens
    const last = t === nFrames - 1 && !seam
    if (opens) read(before, nFrames - 2, -1)
    else read(before, first ? 0 : t - 1, 0)
    if (t === nFrames - 1 && seam) read(after, start + 1, 1)
    else read(after, last ? t : t + 1, 0)
    return { before, after, span: first || last ? 1 : 2 }
  }
}
