import { distSqAt, quatBetween, quatLog, quatRotateAt, type Vec3 } from '@skillweave/math'
import { linkIndex, type Robot } from '@skillweave/model'
import { type PoseTrack, placeLinks, smooth, turnLink } from './pose-track.ts'

export interface HandFit {
  /** Largest displacement of a wrist and of the ball, m; largest turn of a hand, rad. */
  readonly wristMax: number
  readonly ballMax: number
  readonly turnMax: number
}

/** A hand that can hold a ball, and where the ball's centre is when it touches the palm. */
export interface HandTarget {
  /** Name of the palm site of the robot. */
  readonly site: string
  /** From the palm centre to the ball's centre when touching, hand frame, m. */
  readonly touch: Vec3
}

/** Left and right hand. */
export type HandTargets = readonly [HandTarget, HandTarget]

/** Ball on the palms of `ballplayer`: the palm faces −y, and 119 mm is the ball on the cupped fingers. */
export const palmTargets: HandTargets = [
  { site: 'leftPalm', touch: [0, -0.119, 0] },
  { site: 'rightPalm', touch: [0, -0.119, 0] },
]

/** Full correction where the wrist is this near the ball's centre, none beyond `far`, m. */
const near = 0.24
const far = 0.34
/** The wrist is moved up to this far, the ball does the rest, m. */
const reachMax = 0.06
/** Damping of the arm's least squares, m²: a stretched arm stays stretched instead of flapping. */
const armDamping = 0.01

/**
 * Make the palms meet the ball, in place. Recorded fingers hold the ball beside or in front of the
 * palm; the robot has palms only. With a weight that grows as wrist and ball come together (and only
 * where the recording says that the ball is held, `held` in [0, 1] per frame):
 *
 * 1. each wrist moves along the line to the ball, up to 6 cm, until the palm can just touch, by small
 *    turns of upper arm and forearm;
 * 2. the ball moves by what the wrists lack, and `settle` smooths its path (free flights stay). With
 *    two hands each wrist moves on its own, so both palms touch; only this remainder is a compromise,
 *    the mean of what the two hands ask for;
 * 3. the wrists follow the ball's new place, as in 1;
 * 4. the hand turns by the smallest rotation that puts the ball on the palm's axis.
 *
 * Displacements of wrists and turns are smoothed over nine frames.
 */
export function fitHands(
  track: PoseTrack,
  ball: Float64Array,
  held: Float64Array,
  settle: (ball: Float64Array) => void,
  targets: HandTargets,
): HandFit {
  const before = ball.slice()
  const hands = targets.map((target) => bindHand(track.robot, target))
  const weights = hands.map((hand) => handWeights(track, hand, ball, held))
  let wristMax = 0
  const reach = () =>
    hands.forEach((hand, h) => {
      wristMax = Math.max(wristMax, moveWrists(track, hand, ball, weights[h]))
    })
  reach()
  moveBall(track, hands, weights, ball)
  settle(ball)
  reach()
  let ballMax = 0
  for (let t = 0; t < track.nFrames; t++) {
    ballMax = Math.max(ballMax, Math.sqrt(distSqAt(ball, 3 * t, before, 3 * t)))
  }
  let turnMax = 0
  hands.forEach((hand, h) => {
    turnMax = Math.max(turnMax, turnHands(track, hand, ball, weights[h]))
  })
  return { wristMax, ballMax, turnMax }
}

interface Hand {
  readonly link: number
  readonly forearm: number
  readonly upperArm: number
  /** Ball centre in the hand frame when touching, m, and its distance from the wrist. */
  readonly centre: Vec3
  readonly reach: number
}

function bindHand(robot: Robot, target: HandTarget): Hand {
  const site = robot.sites[target.site]
  if (!site) {
    const known = Object.keys(robot.sites).join(', ') || 'none'
    throw new Error(`${robot.name} has no site "${target.site}"; it has ${known}`)
  }
  const link = linkIndex(robot.model, site.link)
  const forearm = robot.model.links[link].parent
  const upperArm = robot.model.links[forearm].parent
  const { pos } = site
  const { touch } = target
  const centre: Vec3 = [pos[0] + touch[0], pos[1] + touch[1], pos[2] + touch[2]]
  return { link, forearm, upperArm, centre, reach: Math.hypot(...centre) }
}

const origin = (track: PoseTrack, t: number, link: number): number => 3 * (t * track.nLinks + link)

function wristToBall(track: PoseTrack, hand: Hand, ball: Float64Array, t: number): number[] {
  const o = origin(track, t, hand.link)
  return [0, 1, 2].map((k) => ball[3 * t + k] - track.pos[o + k])
}

function handWeights(
  track: PoseTrack,
  hand: Hand,
  ball: Float64Array,
  held: Float64Array,
): Float64Array {
  const weights = new Float64Array(track.nFrames)
  for (let t = 0; t < track.nFrames; t++) {
    const d = Math.hypot(...wristToBall(track, hand, ball, t))
    const u = Math.min(1, Math.max(0, (far - d) / (far - near)))
    weights[t] = u * u * (3 - 2 * u) * held[t]
  }
  smooth(weights, 1)
  return weights
}

/** Bring the wrists to the ball as far as the arms do it easily; returns the largest move, m. */
function moveWrists(
  track: PoseTrack,
  hand: Hand,
  ball: Float64Array,
  weights: Float64Array,
): number {
  const { nFrames } = track
  const shift = new Float64Array(3 * nFrames)
  for (let t = 0; t < nFrames; t++) {
    const v = wristToBall(track, hand, ball, t)
    const d = Math.hypot(...v)
    const miss = Math.min(reachMax, Math.max(-reachMax, d - hand.reach))
    for (let k = 0; k < 3; k++) shift[3 * t + k] = (v[k] / d) * miss * weights[t]
  }
  smooth(shift, 3)
  smooth(shift, 3)
  let max = 0
  for (let t = 0; t < nFrames; t++) {
    const d = Math.hypot(shift[3 * t], shift[3 * t + 1], shift[3 * t + 2])
    if (d > 1e-6) moveWrist(track, hand, t, shift)
    max = Math.max(max, d)
  }
  return max
}

/** Move the ball by what the wrists lack. */
function moveBall(
  track: PoseTrack,
  hands: readonly Hand[],
  weights: readonly Float64Array[],
  ball: Float64Array,
): void {
  for (let t = 0; t < track.nFrames; t++) {
    const share = 1 / Math.max(1, weights[0][t] + weights[1][t])
    const shift = [0, 0, 0]
    hands.forEach((hand, h) => {
      const v = wristToBall(track, hand, ball, t)
      const d = Math.hypot(...v)
      const miss = (hand.reach - d) * weights[h][t] * share
      for (let k = 0; k < 3; k++) shift[k] += (v[k] / d) * miss
    })
    for (let k = 0; k < 3; k++) ball[3 * t + k] += shift[k]
  }
}

/** Turn the palms to the ball; returns the largest turn, rad. */
function turnHands(
  track: PoseTrack,
  hand: Hand,
  ball: Float64Array,
  weights: Float64Array,
): number {
  const turn = new Float64Array(3 * track.nFrames)
  for (let t = 0; t < track.nFrames; t++) faceBall(track, hand, ball, t, weights[t], turn)
  smooth(turn, 3)
  smooth(turn, 3)
  let max = 0
  for (let t = 0; t < track.nFrames; t++) {
    const rotation = turn.subarray(3 * t, 3 * t + 3)
    turnLink(track, t, hand.link, rotation)
    max = Math.max(max, Math.hypot(rotation[0], rotation[1], rotation[2]))
  }
  return max
}

/**
 * Move a wrist by turning upper arm and forearm; the hand keeps its orientation. Damped least squares,
 * two Newton steps: δ_j = r_j × λ with (Σ (r·r 1 − r rᵀ) + ε) λ = error, r from joint j to the wrist.
 */
function moveWrist(track: PoseTrack, hand: Hand, t: number, shift: Float64Array): void {
  const wrist = origin(track, t, hand.link)
  const goal = [0, 1, 2].map((k) => track.pos[wrist + k] + shift[3 * t + k])
  const turn = new Float64Array(3)
  for (let pass = 0; pass < 2; pass++) {
    const error = goal.map((g, k) => g - track.pos[wrist + k])
    const arms = [hand.upperArm, hand.forearm].map((link) => {
      const o = origin(track, t, link)
      return [0, 1, 2].map((k) => track.pos[wrist + k] - track.pos[o + k])
    })
    const m = [armDamping, 0, 0, 0, armDamping, 0, 0, 0, armDamping]
    for (const r of arms) {
      const rr = r[0] * r[0] + r[1] * r[1] + r[2] * r[2]
      for (let i = 0; i < 3; i++) {
        for (let j = 0; j < 3; j++) m[3 * i + j] += (i === j ? rr : 0) - r[i] * r[j]
      }
    }
    const l = solve3(m, error)
    arms.forEach((r, i) => {
      turn[0] = r[1] * l[2] - r[2] * l[1]
      turn[1] = r[2] * l[0] - r[0] * l[2]
      turn[2] = r[0] * l[1] - r[1] * l[0]
      if (i === 0) turnLink(track, t, hand.upperArm, turn)
      turnLink(track, t, hand.forearm, turn)
    })
    placeLinks(track, t)
  }
}

/** Rotation vector, world frame, that turns the palm's axis towards the ball, times the weight. */
function faceBall(
  track: PoseTrack,
  hand: Hand,
  ball: Float64Array,
  t: number,
  weight: number,
  out: Float64Array,
): void {
  quatRotateAt(_axis, 0, track.quat, 4 * (t * track.nLinks + hand.link), hand.centre, 0)
  const turn = quatLog(quatBetween(_axis, wristToBall(track, hand, ball, t)))
  for (let k = 0; k < 3; k++) out[3 * t + k] = turn[k] * weight
}

/** Solve a symmetric 3 × 3 system by Cramer's rule. */
function solve3(m: readonly number[], b: readonly number[]): Vec3 {
  const cross = (i: number, j: number, k: number, l: number) => m[i] * m[l] - m[j] * m[k]
  const a = cross(4, 5, 7, 8)
  const c = cross(3, 5, 6, 8)
  const d = cross(3, 4, 6, 7)
  const det = m[0] * a - m[1] * c + m[2] * d
  const by = (col: number): number => {
    const x = m.map((v, i) => (i % 3 === col ? b[Math.floor(i / 3)] : v))
    return (
      (x[0] * (x[4] * x[8] - x[5] * x[7]) -
        x[1] * (x[3] * x[8] - x[5] * x[6]) +
        x[2] * (x[3] * x[7] - x[4] * x[6])) /
      det
    )
  }
  return [by(0), by(1), by(2)]
}

const _axis = new Float64Array(3)
