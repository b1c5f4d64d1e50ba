import { quatFromYaw, quatMulAt } from '@skillweave/math'
import type { Robot } from '@skillweave/model'
import { fitFlights } from './flights.ts'
import { turnAt } from './heading.ts'
import { fitLoopFlights } from './loop.ts'
import { completeReference, type MotionTrack, motionRates, type Reference } from './reference.ts'

/**
 * Bend a motion into a curve, rad/s (positive: to the left). Every frame is turned about the vertical
 * through its base by yawRate · time, and the base's path is laid out anew from the turned steps, so
 * speed and joint angles stay. The ball turns with the body; where it flies free its arc is made
 * straight again between release, bounce and catch.
 *
 * Kept simple: a standing foot turns with the body (at 1 rad/s it slides about 1 cm per frame of 1/30 s
 * at 30 cm from the pelvis) and the body does not lean into the curve. Good for rates up to about
 * 1 rad/s.
 */
export function turnReference(
  reference: Reference,
  robot: Robot,
  yawRate: number,
  names: { readonly name?: string; readonly skill?: string } = {},
): Reference {
  const { nFrames, fps } = reference
  const start = reference.loop?.start ?? 0
  const angle = (t: number) => (yawRate * (t - start)) / fps
  const basePos_w = reference.basePos_w.slice()
  const baseQuat_w = reference.baseQuat_w.slice()
  const objectPos_w = reference.objectPos_w.slice()
  const step = new Float64Array(3)
  const layOut = (from: number, to: number) => {
    for (let k = 0; k < 2; k++) {
      step[k] = reference.basePos_w[3 * to + k] - reference.basePos_w[3 * from + k]
    }
    turnAt(step, 0, (angle(from) + angle(to)) / 2)
    for (let k = 0; k < 2; k++) basePos_w[3 * to + k] = basePos_w[3 * from + k] + step[k]
  }
  for (let t = start; t + 1 < nFrames; t++) layOut(t, t + 1)
  for (let t = start; t > 0; t--) layOut(t, t - 1)
  for (let t = 0; t < nFrames; t++) {
    quatMulAt(baseQuat_w, 4 * t, quatFromYaw(angle(t)), 0, baseQuat_w, 4 * t)
    for (let k = 0; k < 2; k++) objectPos_w[3 * t + k] -= reference.basePos_w[3 * t + k]
    turnAt(objectPos_w, 3 * t, angle(t))
    for (let k = 0; k < 2; k++) objectPos_w[3 * t + k] += basePos_w[3 * t + k]
  }
  const last = nFrames - 1
  const track: MotionTrack = {
    name: names.name ?? `${reference.name} turned ${yawRate}`,
    skill: names.skill ?? reference.skill,
    fps,
    nFrames,
    basePos_w,
    baseQuat_w,
    q: reference.q.slice(),
    objectPos_w,
    label: reference.label.slice(),
    ...(reference.loop
      ? {
          loop: {
            start,
            yaw: reference.loop.yaw + angle(last),
            dx: basePos_w[3 * last] - basePos_w[3 * start],
            dy: basePos_w[3 * last + 1] - basePos_w[3 * start + 1],
          },
        }
      : {}),
  }
  const rates = motionRates(robot, track)
  if (track.loop) fitLoopFlights(track, rates.objectLinVel_w)
  else {
    const held = (t: number) => track.label[t] > 0.5
    fitFlights(objectPos_w, rates.objectLinVel_w, fps, { held, ends: 'track' })
  }
  return completeReference(robot, track, rates)
}
