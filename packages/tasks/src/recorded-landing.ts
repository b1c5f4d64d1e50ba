import { defineEvent, type MotionReference } from '@skillweave/mdp'
import type { Reference } from '@skillweave/motion'
import { apexHeight, timeToPlane } from './ballistics.ts'
import { landingPlane, type ShotTracker } from './shot-tracker.ts'

/** A shot as it was recorded: where it comes down and how high it went. */
export interface RecordedLanding {
  /** On the plane z = 2.0 m, in the recording's world, m. */
  readonly x: number
  readonly y: number
  /** Greatest height of the ball's centre, m. */
  readonly apex: number
  /** First frame of the free flight above the plane. */
  readonly frame: number
}

/**
 * The ballistic continuation of the first frame in which the ball is above the landing plane and out
 * of the hands. Undefined for a motion without a shot.
 */
export function recordedLanding(motion: Reference): RecordedLanding | undefined {
  for (let t = 0; t < motion.nFrames; t++) {
    const [x, y, z] = motion.objectPos_w.subarray(3 * t, 3 * t + 3)
    const held = Math.max(motion.contact[2 * t], motion.contact[2 * t + 1]) > 0.2
    if (z <= landingPlane || held) continue
    const [vx, vy, vz] = motion.objectLinVel_w.subarray(3 * t, 3 * t + 3)
    const fall = timeToPlane(z, vz, landingPlane)
    return {
      x: x + vx * fall,
      y: y + vy * fall,
      apex: apexHeight(z, vz),
      frame: t,
    }
  }
  return undefined
}

/** At reset, the goal of a motion with a shot is where that shot came down; others keep theirs. */
export const goalAtRecordedLanding = defineEvent(
  'goalAtRecordedLanding',
  (p: { reference: string; goal: string }, { command }) => {
    const reference = command<MotionReference>(p.reference)
    const goal = command<ShotTracker>(p.goal)
    const landings = reference.motions.map(recordedLanding)
    const at = new Float64Array(3)
    return {
      apply: (s) => {
        const landing = landings[reference.clip[s.index]]
        if (!landing) return
        reference.placePoint(s.index, [landing.x, landing.y, 0], 0, at, 0)
        goal.place(s, at[0], at[1])
      },
    }
  },
)
