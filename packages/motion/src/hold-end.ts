import type { Robot } from '@skillweave/model'
import { ballRadius } from './ball-track.ts'
import { completeReference, type Reference } from './reference.ts'

/** Ratio of the speeds after and before a bounce: a basketball on a wooden floor. */
const bounceRatio = 0.775

/**
 * The motion with its last pose held for a time, s, so that a learner meets what comes after: standing
 * with the ball, or standing after the throw. A ball in the hands stays there; one in the air flies on and
 * bounces. For motions that end nearly still; a cycle has no end and is returned as it is.
 */
export function holdEnd(reference: Reference, robot: Robot, seconds: number): Reference {
  if (reference.loop) return reference
  const last = reference.nFrames - 1
  const extra = Math.round(seconds * reference.fps)
  const nFrames = reference.nFrames + extra
  const held = (from: Float64Array) => {
    const width = from.length / reference.nFrames
    const out = new Float64Array(nFrames * width)
    out.set(from)
    for (let t = reference.nFrames; t < nFrames; t++) {
      out.copyWithin(t * width, last * width, (last + 1) * width)
    }
    return out
  }
  const objectPos_w = held(reference.objectPos_w)
  const inHand = Math.max(reference.contact[2 * last], reference.contact[2 * last + 1]) > 0.5
  if (!inHand) fly(objectPos_w, reference, extra)
  return completeReference(robot, {
    name: reference.name,
    skill: reference.skill,
    fps: reference.fps,
    nFrames,
    basePos_w: held(reference.basePos_w),
    baseQuat_w: held(reference.baseQuat_w),
    q: held(reference.q),
    objectPos_w,
    label: held(reference.label),
  })
}

/** Free flight with bounces from the last recorded frame, written after it. */
function fly(pos: Float64Array, { nFrames, fps, objectLinVel_w }: Reference, extra: number): void {
  const at = 3 * (nFrames - 1)
  const [vx, vy] = objectLinVel_w.subarray(at, at + 2)
  let vz = objectLinVel_w[at + 2]
  let z = pos[at + 2]
  const substeps = 8
  const dt = 1 / fps / substeps
  for (let i = 1; i <= extra; i++) {
    for (let k = 0; k < substeps; k++) {
      z += vz * dt - 0.5 * 9.81 * dt * dt
      vz -= 9.81 * dt
      if (z < ballRadius && vz < 0) {
        z = ballRadius
        vz *= -bounceRatio
      }
    }
    pos[at + 3 * i] = pos[at] + (vx * i) / fps
    pos[at + 3 * i + 1] = pos[at + 1] + (vy * i) / fps
    pos[at + 3 * i + 2] = z
  }
}
