import { quatConjMulAt, quatExpAt, quatLogAt, quatMulAt } from '@skillweave/math'
import type { Robot } from '@skillweave/model'
import { ballRadius, gravity } from './ball-track.ts'
import type { MotionLoop } from './motion-loop.ts'
import {
  completeReference,
  type MotionRates,
  type MotionTrack,
  type Reference,
} from './reference.ts'

/**
 * The same motion at another rate. Rotations are interpolated on the sphere, positions by cubics
 * through positions and velocities, rates linearly; a ball that bounces between two frames follows its
 * two parabolas. A cycle keeps a whole number of frames: its time is stretched by less than half a
 * frame, and rates are scaled to match; its way in loses what does not fill a frame.
 */
export function resample(reference: Reference, robot: Robot, fps: number): Reference {
  if (!(fps > 0)) throw new Error(`${reference.name}: cannot resample to ${fps} frames/s`)
  const ratio = reference.fps / fps
  const { loop } = reference
  const start = loop?.start ?? 0
  const intervals = (reference.nFrames - 1 - start) / ratio
  const count = loop ? Math.max(1, Math.round(intervals)) : Math.floor(intervals + 1e-9)
  if (count < 1) throw new Error(`${reference.name} is too short for ${fps} frames/s`)
  const lead = Math.floor(start / ratio + 1e-9)
  /** Source frames per new frame. */
  const step = loop ? (reference.nFrames - 1 - start) / count : ratio
  const times = Float64Array.from({ length: lead + count + 1 }, (_, i) =>
    i < lead ? start - (lead - i) * ratio : start + (i - lead) * step,
  )
  return sampleReference(reference, robot, {
    fps,
    times,
    pace: step / ratio,
    ...(loop ? { loop: { ...loop, start: lead } } : {}),
  })
}

/** A part of a motion, frames `from` to `to` inclusive. It loses its loop. */
export function cutReference(
  reference: Reference,
  robot: Robot,
  from: number,
  to: number,
): Reference {
  if (!(from >= 0 && to > from && to < reference.nFrames)) {
    throw new Error(
      `${reference.name} has frames 0 to ${reference.nFrames - 1}; cannot cut ${from} to ${to}`,
    )
  }
  return sampleReference(reference, robot, {
    fps: reference.fps,
    times: Float64Array.from({ length: to - from + 1 }, (_, i) => from + i),
    pace: 1,
  })
}

interface Sampling {
  readonly fps: number
  /** Where to sample, in frames of the source. */
  readonly times: Float64Array
  /** Rates are multiplied by this. */
  readonly pace: number
  readonly loop?: MotionLoop
}

function sampleReference(reference: Reference, robot: Robot, sampling: Sampling): Reference {
  const { times, fps, pace } = sampling
  const nFrames = times.length
  const nDof = robot.qDefault.length
  const rows = (width: number) => new Float64Array(nFrames * width)
  const track = {
    name: reference.name,
    skill: reference.skill,
    fps,
    nFrames,
    basePos_w: rows(3),
    baseQuat_w: rows(4),
    q: rows(nDof),
    objectPos_w: rows(3),
    label: rows(1),
    ...(sampling.loop ? { loop: sampling.loop } : {}),
  } satisfies MotionTrack
  const rates = {
    baseLinVel_w: rows(3),
    baseAngVel_w: rows(3),
    dq: rows(nDof),
    objectLinVel_w: rows(3),
  } satisfies MotionRates
  const dt = 1 / reference.fps
  for (let i = 0; i < nFrames; i++) {
    const t = Math.min(Math.floor(times[i] + 1e-9), reference.nFrames - 2)
    const u = Math.min(1, Math.max(0, times[i] - t))
    hermite(track.basePos_w, i, reference.basePos_w, reference.baseLinVel_w, t, u, dt)
    slerpAt(track.baseQuat_w, 4 * i, reference.baseQuat_w, 4 * t, 4 * (t + 1), u)
    for (const joint of robot.model.joints)
      interpolateJoint(track.q, i, reference.q, t, u, joint, nDof)
    sampleBall(track.objectPos_w, rates.objectLinVel_w, i, reference, t, u)
    track.label[i] = reference.label[u < 0.5 ? t : t + 1]
    linear(rates.baseLinVel_w, i, reference.baseLinVel_w, t, u, 3, pace)
    linear(rates.baseAngVel_w, i, reference.baseAngVel_w, t, u, 3, pace)
    linear(rates.dq, i, reference.dq, t, u, nDof, pace)
    for (let k = 0; k < 3; k++) rates.objectLinVel_w[3 * i + k] *= pace
  }
  return completeReference(robot, track, rates)
}

function linear(
  out: Float64Array,
  i: number,
  from: Float64Array,
  t: number,
  u: number,
  width: number,
  scale: number,
): void {
  for (let k = 0; k < width; k++) {
    const a = from[t * width + k]
    out[i * width + k] = (a + u * (from[(t + 1) * width + k] - a)) * scale
  }
}

/** Cubic through two positions with their velocities, rows of three. */
function hermite(
  out: Float64Array,
  i: number,
  pos: Float64Array,
  vel: Float64Array,
  t: number,
  u: number,
  dt: number,
): void {
  const u2 = u * u
  const u3 = u2 * u
  for (let k = 0; k < 3; k++) {
    const a = 3 * t + k
    const b = a + 3
    out[3 * i + k] =
      (2 * u3 - 3 * u2 + 1) * pos[a] +
      (u3 - 2 * u2 + u) * dt * vel[a] +
      (3 * u2 - 2 * u3) * pos[b] +
      (u3 - u2) * dt * vel[b]
  }
}

function slerpAt(
  out: Float64Array,
  o: number,
  from: Float64Array,
  a: number,
  b: number,
  u: number,
): void {
  quatConjMulAt(_q, 0, from, a, from, b)
  quatLogAt(_v, 0, _q, 0)
  for (let k = 0; k < 3; k++) _v[k] *= u
  quatExpAt(_q, 0, _v, 0)
  quatMulAt(out, o, from, a, _q, 0)
}

function interpolateJoint(
  out: Float64Array,
  i: number,
  q: Float64Array,
  t: number,
  u: number,
  joint: { readonly type: string; readonly dof: number },
  nDof: number,
): void {
  const a = t * nDof + joint.dof
  const b = a + nDof
  const o = i * nDof + joint.dof
  if (joint.type !== 'spherical') {
    out[o] = q[a] + u * (q[b] - q[a])
    return
  }
  quatExpAt(_ab, 0, q, a)
  quatExpAt(_ab, 4, q, b)
  slerpAt(_ab, 8, _ab, 0, 4, u)
  quatLogAt(out, o, _ab, 8)
}

/** Ball position and velocity a part `u` of the way from frame t to the next. */
function sampleBall(
  outPos: Float64Array,
  outVel: Float64Array,
  i: number,
  reference: Reference,
  t: number,
  u: number,
): void {
  const pos = reference.objectPos_w
  const vel = reference.objectLinVel_w
  const dt = 1 / reference.fps
  const a = 3 * t
  const b = a + 3
  const bounces = vel[a + 2] < -0.5 && vel[b + 2] > 0.5 && pos[a + 2] < ballRadius + 8 * dt
  if (!bounces) {
    hermite(outPos, i, pos, vel, t, u, dt)
    linear(outVel, i, vel, t, u, 3, 1)
    return
  }
  // Time to the floor from frame t: z + v τ − g τ²/2 = r.
  const drop = Math.max(0, pos[a + 2] - ballRadius)
  const v = vel[a + 2]
  const impact = (v + Math.sqrt(v * v + 2 * gravity * drop)) / gravity
  const after = u * dt >= impact
  const s = after ? (u - 1) * dt : u * dt
  const from = after ? b : a
  for (let k = 0; k < 3; k++) {
    const g = k === 2 ? gravity : 0
    outPos[3 * i + k] = pos[from + k] + vel[from + k] * s - (g * s * s) / 2
    outVel[3 * i + k] = vel[from + k] - g * s
  }
  outPos[3 * i + 2] = Math.max(outPos[3 * i + 2], ballRadius)
}

const _v = new Float64Array(3)
const _q = new Float64Array(4)
const _ab = new Float64Array(12)
