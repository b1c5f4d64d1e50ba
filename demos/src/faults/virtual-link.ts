import type { Rng } from '@skillweave/math'

/** What a link does to frames; times in s, chances per frame. */
export interface LinkFaults {
  /** Least time under way, and the mean of an exponential on top of it. */
  readonly delay_s: number
  readonly spread_s: number
  readonly loss: number
  readonly duplication: number
  /** Later frames may overtake: without it, order is kept as TCP keeps it. */
  readonly reorders: boolean
}

export const goodLink: LinkFaults = {
  delay_s: 0.001,
  spread_s: 0,
  loss: 0,
  duplication: 0,
  reorders: false,
}

/** One direction of a link, in virtual time. */
export interface VirtualLink {
  faults: LinkFaults
  /** Nothing gets through until it is opened again; what was sent waits, as in a kernel's buffer. */
  isClogged: boolean
  send(bytes: Uint8Array, now_s: number): void
  /** Frames that have arrived by now, in order of arrival. */
  take(now_s: number): Uint8Array[]
  /** Everything under way is lost. */
  cut(): void
}

export function createVirtualLink(rng: Rng, faults: LinkFaults = goodLink): VirtualLink {
  let queue: { at_s: number; bytes: Uint8Array }[] = []
  let last_s = Number.NEGATIVE_INFINITY
  const link: VirtualLink = {
    faults,
    isClogged: false,
    send: (bytes, now_s) => {
      const { delay_s, spread_s, loss, duplication, reorders } = link.faults
      const copies = rng.uniform() < loss ? 0 : rng.uniform() < duplication ? 2 : 1
      for (let i = 0; i < copies; i++) {
        const late_s = spread_s > 0 ? -spread_s * Math.log(1 - rng.uniform()) : 0
        const at_s = now_s + delay_s + late_s
        last_s = reorders ? at_s : Math.max(last_s, at_s)
        queue.push({ at_s: last_s, bytes: bytes.slice() })
      }
    },
    take: (now_s) => {
      if (link.isClogged || queue.length === 0) return []
      const here = queue.filter((f) => f.at_s <= now_s).sort((a, b) => a.at_s - b.at_s)
      if (here.length > 0) queue = queue.filter((f) => f.at_s > now_s)
      return here.map((f) => f.bytes)
    },
    cut: () => {
      queue = []
    },
  }
  return link
}
