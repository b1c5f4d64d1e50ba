import { bindKinematics, linkIndex, type Robot } from '@skillweave/model'
import { ballRadius, ballVelocities, findBounces } from './ball-track.ts'
import { bodyPoses, type Clip, nBodies } from './clip.ts'
import { type FlightFit, fitFlights } from './flights.ts'
import { fitHands, type HandFit, type HandTargets, palmTargets } from './hands.ts'
import { type PoseTrack, placeLinks, smooth } from './pose-track.ts'
import { completeReference, type MotionTrack, motionRates, type Reference } from './reference.ts'
import { ballPlaySkeleton, bodyIndex } from './skeleton.ts'
import { smoothTrack } from './smooth-track.ts'
import { fitSoles, type SoleFit } from './soles.ts'

/** Which skeleton body gives each link of the robot its orientation. */
export type LinkMap = Readonly<Record<string, string>>

/** The 18 links of `ballplayer`. Spine pairs, toes and fingers are merged away. */
export const ballPlayLinks: LinkMap = {
  pelvis: 'Pelvis',
  leftThigh: 'L_Hip',
  leftShin: 'L_Knee',
  leftFoot: 'L_Ankle',
  rightThigh: 'R_Hip',
  rightShin: 'R_Knee',
  rightFoot: 'R_Ankle',
  torso: 'Spine',
  chest: 'Chest',
  head: 'Head',
  leftClavicle: 'L_Thorax',
  leftUpperArm: 'L_Shoulder',
  leftForearm: 'L_Elbow',
  leftHand: 'L_Wrist',
  rightClavicle: 'R_Thorax',
  rightUpperArm: 'R_Shoulder',
  rightForearm: 'R_Elbow',
  rightHand: 'R_Wrist',
}

export interface RetargetOptions {
  /** Default: the clip's name. */
  readonly name?: string
  /** Default: the clip's skill number. */
  readonly skill?: string
  /** Default `ballPlayLinks`. */
  readonly links?: LinkMap
  /** Default `palmTargets`. `recorded`: hands and ball stay where the recording has them. */
  readonly hands?: HandTargets | 'recorded'
}

/** What retargeting had to change. */
export interface RetargetReport {
  readonly soles: SoleFit
  readonly hands: HandFit
  readonly flights: FlightFit
}

/**
 * Put a clip on a robot whose link frames follow the skeleton's convention (x left, y up, z forward in
 * the T-pose), such as `ballplayer`. A link takes the orientation of its skeleton body, the product of
 * all joint rotations down to it, so merged joints lose nothing; its origin follows from the robot's own
 * constant anchors. Then soles are kept out of the floor, palms brought to the ball, and the free parts
 * of the ball's path put on parabolas. Frames per second stay the clip's: see `resample`.
 */
export function retarget(
  clip: Clip,
  robot: Robot,
  options: RetargetOptions = {},
): { readonly reference: Reference; readonly report: RetargetReport } {
  const track = poseTrack(clip, robot, options.links ?? ballPlayLinks)
  const soles = fitSoles(track)
  const ball = Float64Array.from(clip.ballPos_w)
  const aboveFloor = () => {
    for (let t = 0; t < clip.nFrames; t++) ball[3 * t + 2] = Math.max(ball[3 * t + 2], ballRadius)
  }
  const bounces = findBounces(ball, clip.fps)
  const flown = new Float64Array(3 * clip.nFrames)
  const flights = fitFlights(ball, flown, clip.fps, {
    held: (t) => clip.label[t] > 0.5,
    ends: 'fit',
  })
  const inFlight = (t: number) => flights.flights.some((f) => t >= f.from && t <= f.to)
  const arcs = ball.slice()
  const settle = () => {
    for (let t = 0; t < clip.nFrames; t++) {
      if (inFlight(t)) for (let k = 0; k < 3; k++) ball[3 * t + k] = arcs[3 * t + k]
    }
    smoothTrack(ball, { fixed: inFlight, bounces })
    aboveFloor()
  }
  settle()
  const held = Float64Array.from(clip.label)
  smooth(held, 1)
  const targets = options.hands ?? palmTargets
  const hands =
    targets === 'recorded'
      ? { wristMax: 0, ballMax: 0, turnMax: 0 }
      : fitHands(track, ball, held, settle, targets)
  const velocity = ballVelocities(ball, clip.fps, { bounces })
  for (let t = 0; t < clip.nFrames; t++) {
    if (inFlight(t)) for (let k = 0; k < 3; k++) velocity[3 * t + k] = flown[3 * t + k]
  }
  const motion = motionTrack(clip, track, ball, options)
  const rates = { ...motionRates(robot, motion), objectLinVel_w: velocity }
  return {
    reference: completeReference(robot, motion, rates),
    report: { soles, hands, flights },
  }
}

function poseTrack(clip: Clip, robot: Robot, map: LinkMap): PoseTrack {
  const { links } = robot.model
  const missing = links.filter((l) => !(l.name in map)).map((l) => l.name)
  if (missing.length > 0) {
    throw new Error(
      `cannot retarget to ${robot.name}: no skeleton body for ${missing.join(', ')}; the map has ${Object.keys(map).join(', ')}`,
    )
  }
  for (const name of Object.keys(map)) linkIndex(robot.model, name)
  const bodies = links.map((l) => bodyIndex(ballPlaySkeleton, map[l.name]))
  const full = bodyPoses(clip)
  const nLinks = links.length
  const track: PoseTrack = {
    robot,
    nFrames: clip.nFrames,
    nLinks,
    pos: new Float64Array(clip.nFrames * nLinks * 3),
    quat: new Float64Array(clip.nFrames * nLinks * 4),
  }
  for (let t = 0; t < clip.nFrames; t++) {
    for (let k = 0; k < 3; k++) track.pos[3 * t * nLinks + k] = clip.rootPos_w[3 * t + k]
    bodies.forEach((body, i) => {
      const from = 4 * (t * nBodies + body)
      for (let k = 0; k < 4; k++) track.quat[4 * (t * nLinks + i) + k] = full.quat[from + k]
    })
    placeLinks(track, t)
  }
  return track
}

function motionTrack(
  clip: Clip,
  track: PoseTrack,
  ball: Float64Array,
  options: RetargetOptions,
): MotionTrack {
  const kinematics = bindKinematics(track.robot.model)
  const { nFrames, nLinks } = track
  const q = new Float64Array(nFrames * kinematics.nDof)
  const basePos_w = new Float64Array(nFrames * 3)
  const baseQuat_w = new Float64Array(nFrames * 4)
  for (let t = 0; t < nFrames; t++) {
    kinematics.coordinates(q, track, t)
    for (let k = 0; k < 3; k++) basePos_w[3 * t + k] = track.pos[3 * t * nLinks + k]
    const n = Math.hypot(...track.quat.subarray(4 * t * nLinks, 4 * t * nLinks + 4))
    for (let k = 0; k < 4; k++) baseQuat_w[4 * t + k] = track.quat[4 * t * nLinks + k] / n
  }
  return {
    name: options.name ?? clip.name,
    skill: options.skill ?? String(clip.skillNumber),
    fps: clip.fps,
    nFrames,
    basePos_w,
    baseQuat_w,
    q,
    objectPos_w: ball,
    label: Float64Array.from(clip.label),
  }
}
