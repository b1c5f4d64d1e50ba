/**
 * Judges a stream of wishes that carry no validity by when they arrive. Motion needs a stream that goes on: a wish
 * acts when another came a little before it, and nothing acts after a silence. Time is passed in, s.
 */
export interface HoldToRun {
  /** A wish came. True when it acts. */
  arrive(now_s: number): boolean
  /** Nothing has come for longer than a silence. */
  isQuiet(now_s: number): boolean
  /** True once after each stream that acted has ended: now the wish is nothing. */
  hasEnded(now_s: number): boolean
}

/** Wishes closer together than this came as one: a backlog, or a bunch on a radio link. */
const bunch_s = 0.01
/** Longer without one is a silence. */
export const silence_s = 0.25

export function createHoldToRun(): HoldToRun {
  let last_s = Number.NEGATIVE_INFINITY
  let isHeld = false
  return {
    arrive: (now_s) => {
      const gap_s = now_s - last_s
      if (gap_s > silence_s) isHeld = false
      else if (gap_s >= bunch_s) isHeld = true
      // A bunch does not prolong itself: it counts from its first.
      if (gap_s >= bunch_s) last_s = now_s
      return isHeld
    },
    isQuiet: (now_s) => now_s - last_s > silence_s,
    hasEnded: (now_s) => {
      if (!isHeld || now_s - last_s <= silence_s) return false
      isHeld = false
      return true
    },
  }
}
