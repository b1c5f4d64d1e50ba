import type { Enable } from '@skillweave/protocol'

/** Whether a person permits motion: the enable that is held, and what it takes to be believed. */
export interface Grip {
  /** `epoch`: of the present lease; null without one. */
  offer(enable: Enable, epoch: number | null, now_s: number): void
  /** Nobody permits anything until the next message. */
  clear(): void
  isHeld(now_s: number): boolean
}

const lasts_s = 0.2
const seenAgo_s = 0.5
/** A grip that is never let go is a stuck key. */
const gripMax_s = 600

export function createGrip(): Grip {
  let heldUntil_s = Number.NEGATIVE_INFINITY
  let isReleased = true
  let last = 0
  let since_s = 0
  return {
    offer: ({ grip, seenTime_s, leaseEpoch }, epoch, now_s) => {
      const isFresh = now_s - seenTime_s <= seenAgo_s && seenTime_s <= now_s
      if (grip === 0) isReleased = true
      if (grip !== last) since_s = now_s
      last = grip
      // A squeezed grip is a reflex, an endless one a weight: it must be let go before it permits anything again.
      if (grip === 2 || now_s - since_s > gripMax_s) isReleased = false
      const isHeld = grip === 1 && isReleased && isFresh && leaseEpoch === epoch
      heldUntil_s = isHeld ? now_s + lasts_s : Number.NEGATIVE_INFINITY
    },
    clear: () => {
      heldUntil_s = Number.NEGATIVE_INFINITY
    },
    isHeld: (now_s) => now_s <= heldUntil_s,
  }
}
