import {
  quatConjMulAt,
  quatExpAt,
  quatFromYaw,
  quatLogAt,
  quatMul,
  quatMulAt,
  type Vec3,
} from '@skillweave/math'
import type { Robot } from '@skillweave/model'
import { ballRadius } from './ball-track.ts'
import { fitFlights } from './flights.ts'
import { headingAt, turnAt } from './heading.ts'
import { keyLinks } from './key-points.ts'
import { loopTransform } from './motion-loop.ts'
import { completeReference, type MotionTrack, motionRates, type Reference } from './reference.ts'

/** A stretch of a motion whose end looks like its start. */
export interface LoopCandidate {
  readonly start: number
  readonly end: number
  /**
   * Squared distance of the end's features from the start's: 0.1 can hardly be seen, 1 can. Features
   * are key body positions and ball in the heading frame, and their velocities (× 0.12 s and 0.2 s).
   */
  readonly mismatch: number
}

export interface LoopSearch {
  /** Shortest and longest cycle, s. Default 0.6 and 3. */
  readonly shortest_s?: number
  readonly longest_s?: number
  /** Frames that are never used at both ends of a clip, where velocities are one-sided. Default 2. */
  readonly margin?: number
  /** Only cycles whose length in frames this divides. Default 2: every second frame is a cycle too. */
  readonly multiple?: number
}

/** Cycles in a motion, best first. Empty when the motion is shorter than the shortest cycle. */
export function findLoops(
  reference: Reference,
  robot: Robot,
  search: LoopSearch = {},
): LoopCandidate[] {
  const { shortest_s = 0.6, longest_s = 3, margin = 2, multiple = 2 } = search
  const features = loopFeatures(reference, robot)
  const width = features.length / reference.nFrames
  const shortest = Math.ceil(shortest_s * reference.fps)
  const longest = Math.floor(longest_s * reference.fps)
  const found: LoopCandidate[] = []
  for (let start = margin; start + shortest < reference.nFrames - margin; start++) {
    const stop = Math.min(start + longest, reference.nFrames - 1 - margin)
    for (let end = start + shortest; end <= stop; end++) {
      if ((end - start) % multiple !== 0) continue
      let mismatch = 0
      for (let k = 0; k < width; k++) {
        mismatch += (features[end * width + k] - features[start * width + k]) ** 2
      }
      found.push({ start, end, mismatch })
    }
  }
  return found.sort((a, b) => a.mismatch - b.mismatch)
}

function loopFeatures(reference: Reference, robot: Robot): Float64Array {
  const links = keyLinks(robot)
  const nLinks = robot.model.links.length
  const width = 6 * (links.length + 1)
  const out = new Float64Array(reference.nFrames * width)
  for (let t = 0; t < reference.nFrames; t++) {
    const heading = headingAt(reference.baseQuat_w, 4 * t, robot.forward)
    let o = t * width
    const put = (
      pos: Float64Array,
      vel: Float64Array,
      at: number,
      scales: readonly [number, number],
    ) => {
      for (let k = 0; k < 3; k++) {
        // Positions relative to the base on the ground, so that height counts.
        const origin = k < 2 ? reference.basePos_w[3 * t + k] : 0
        out[o + k] = (pos[at + k] - origin) * scales[0]
        out[o + 3 + k] = vel[at + k] * scales[1]
      }
      turnAt(out, o, -heading)
      turnAt(out, o + 3, -heading)
      o += 6
    }
    for (const link of links) {
      put(reference.linkPos_w, reference.linkLinVel_w, 3 * (t * nLinks + link), [1, 0.12])
    }
    put(reference.objectPos_w, reference.objectLinVel_w, 3 * t, [1.5, 0.2])
  }
  return out
}

/**
 * Make a stretch of a motion cyclic: what its last frame lacks to equal the first is added little by
 * little over the cycle, to the joints and the base's tilt on the sphere, to the ball in the heading
 * frame. Free flights of the ball are then made parabolas again. What comes before the cycle is kept as
 * the way in, unless `wayIn` is false. The cycle starts over the origin, facing +x.
 */
export function closeLoop(
  reference: Reference,
  robot: Robot,
  cycle: { readonly start: number; readonly end: number; readonly wayIn?: boolean },
): Reference {
  const { start, end, wayIn = true } = cycle
  if (!(start >= 0 && end > start + 2 && end < reference.nFrames)) {
    throw new Error(
      `${reference.name} has frames 0 to ${reference.nFrames - 1}; cannot close ${start} to ${end}`,
    )
  }
  const track = closeTrack(reference, robot, { start, end, first: wayIn ? 0 : start })
  const rates = motionRates(robot, track)
  fitLoopFlights(track, rates.objectLinVel_w)
  return completeReference(robot, track, rates)
}

function closeTrack(
  reference: Reference,
  robot: Robot,
  cycle: { readonly start: number; readonly end: number; readonly first: number },
): MotionTrack {
  const { start, end, first } = cycle
  const nDof = robot.qDefault.length
  const nFrames = end - first + 1
  const heading = (t: number) => headingAt(reference.baseQuat_w, 4 * t, robot.forward)
  const tilt = (t: number) =>
    quatMul(quatFromYaw(-heading(t)), reference.baseQuat_w.subarray(4 * t, 4 * t + 4))
  const ballLocal = (t: number): Vec3 => {
    const v: [number, number, number] = [0, 0, 0]
    for (let k = 0; k < 3; k++) v[k] = reference.objectPos_w[3 * t + k]
    v[0] -= reference.basePos_w[3 * t]
    v[1] -= reference.basePos_w[3 * t + 1]
    turnAt(v, 0, -heading(t))
    return v
  }
  const missing = {
    tilt: rotationBetween(tilt(end), tilt(start)),
    q: jointDifference(reference, robot, end, start),
    height: reference.basePos_w[3 * start + 2] - reference.basePos_w[3 * end + 2],
    ball: ballLocal(start).map((x, k) => x - ballLocal(end)[k]),
  }
  const track = {
    name: `${reference.name} ${start}-${end}`,
    skill: reference.skill,
    fps: reference.fps,
    nFrames,
    basePos_w: new Float64Array(3 * nFrames),
    baseQuat_w: new Float64Array(4 * nFrames),
    q: new Float64Array(nDof * nFrames),
    objectPos_w: new Float64Array(3 * nFrames),
    label: reference.label.slice(first, end + 1),
  }
  const heading0 = heading(start)
  for (let i = 0; i < nFrames; i++) {
    const t = first + i
    const w = t < start ? 0 : ease((t - start) / (end - start))
    const yaw = heading(t) - heading0
    const { basePos_w, baseQuat_w, objectPos_w } = track
    for (let k = 0; k < 2; k++) {
      basePos_w[3 * i + k] = reference.basePos_w[3 * t + k] - reference.basePos_w[3 * start + k]
    }
    turnAt(basePos_w, 3 * i, -heading0)
    basePos_w[3 * i + 2] = reference.basePos_w[3 * t + 2] + w * missing.height
    for (let k = 0; k < 3; k++) _v[k] = w * missing.tilt[k]
    quatExpAt(_a, 0, _v, 0)
    quatMulAt(_a, 0, tilt(t), 0, _a, 0)
    quatMulAt(baseQuat_w, 4 * i, quatFromYaw(yaw), 0, _a, 0)
    addJoints(track.q, i, reference.q, t, missing.q, w, robot)
    const local = ballLocal(t)
    for (let k = 0; k < 3; k++) objectPos_w[3 * i + k] = local[k] + w * missing.ball[k]
    turnAt(objectPos_w, 3 * i, yaw)
    for (let k = 0; k < 2; k++) objectPos_w[3 * i + k] += basePos_w[3 * i + k]
    objectPos_w[3 * i + 2] = Math.max(ballRadius, objectPos_w[3 * i + 2])
  }
  const turned = heading(end) - heading0
  const last = 3 * (nFrames - 1)
  return {
    ...track,
    loop: {
      start: start - first,
      yaw: Math.atan2(Math.sin(turned), Math.cos(turned)),
      dx: track.basePos_w[last],
      dy: track.basePos_w[last + 1],
    },
  }
}

/** Half the change evenly, half of it late, so that the first half of the cycle stays as recorded. */
function ease(u: number): number {
  const late = Math.max(0, 2 * u - 1)
  return 0.5 * u + 0.5 * late * late * (3 - 2 * late)
}

/** Rotation vector r with a · exp(r) = b. */
function rotationBetween(a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
  const out = new Float64Array(3)
  quatConjMulAt(_a, 0, a, 0, b, 0)
  quatLogAt(out, 0, _a, 0)
  return out
}

/** What takes the joints of frame a to those of frame b: rotation vectors for spherical joints. */
function jointDifference(reference: Reference, robot: Robot, a: number, b: number): Float64Array {
  const nDof = robot.qDefault.length
  const out = new Float64Array(nDof)
  for (const joint of robot.model.joints) {
    const i = a * nDof + joint.dof
    const j = b * nDof + joint.dof
    if (joint.type === 'spherical') {
      quatExpAt(_a, 0, reference.q, i)
      quatExpAt(_b, 0, reference.q, j)
      quatConjMulAt(_a, 0, _a, 0, _b, 0)
      quatLogAt(out, joint.dof, _a, 0)
    } else out[joint.dof] = reference.q[j] - reference.q[i]
  }
  return out
}

function addJoints(
  out: Float64Array,
  i: number,
  q: Float64Array,
  t: number,
  change: Float64Array,
  w: number,
  robot: Robot,
): void {
  const nDof = change.length
  for (const joint of robot.model.joints) {
    const from = t * nDof + joint.dof
    const to = i * nDof + joint.dof
    if (joint.type === 'spherical') {
      for (let k = 0; k < 3; k++) _v[k] = w * change[joint.dof + k]
      quatExpAt(_b, 0, _v, 0)
      quatExpAt(_a, 0, q, from)
      quatMulAt(_a, 0, _a, 0, _b, 0)
      quatLogAt(out, to, _a, 0)
    } else out[to] = q[from] + w * change[joint.dof]
  }
}

/**
 * Fit flights on the way in and three laps of a cycle, and keep the way in and the middle lap, so that
 * the seam is no edge.
 */
export function fitLoopFlights(track: MotionTrack, velocity: Float64Array): void {
  const { nFrames } = track
  const start = track.loop?.start ?? 0
  const period = nFrames - 1 - start
  const n = nFrames + 2 * period
  const source = (i: number) => (i < start ? i : start + ((i - start) % period))
  const lap = (i: number) => Math.max(0, Math.floor((i - start) / period))
  const seam = loopTransform(track)
  const pos = new Float64Array(3 * n)
  const vel = new Float64Array(3 * n)
  for (let i = 0; i < n; i++) {
    const from = 3 * source(i)
    for (let k = 0; k < 3; k++) {
      pos[3 * i + k] = track.objectPos_w[from + k]
      vel[3 * i + k] = velocity[from + k]
    }
    for (let j = 0; j < lap(i); j++) {
      seam.point(pos, 3 * i, 1)
      seam.vector(vel, 3 * i, 1)
    }
  }
  fitFlights(pos, vel, track.fps, { held: (i) => track.label[source(i)] > 0.5, ends: 'track' })
  track.objectPos_w.set(pos.subarray(0, 3 * start))
  velocity.set(vel.subarray(0, 3 * start))
  for (let i = 0; i <= period; i++) {
    const from = 3 * (start + period + i)
    seam.point(pos, from, -1)
    seam.vector(vel, from, -1)
    for (let k = 0; k < 3; k++) {
      track.objectPos_w[3 * (start + i) + k] = pos[from + k]
      velocity[3 * (start + i) + k] = vel[from + k]
    }
  }
}

const _v = new Float64Array(3)
const _a = new Float64Array(4)
const _b = new Float64Array(4)
