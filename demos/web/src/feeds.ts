import { type Channel, createFrame, type Frame } from '@skillweave/protocol'
import { createFrameRing, type FrameRing } from '@skillweave/stream/client'
import type { OldFuture } from './old-futures.ts'

/** How much of the past the page keeps, s. */
export const kept_s = 60
/** Frames of many robots are large: a channel's history is bounded in bytes too. */
const ringBytesMax = 24 * 2 ** 20

/** The last minute of a channel, and what of it is on screen. */
export interface Feed {
  readonly channel: Channel
  readonly ring: FrameRing
  /** As last sampled. */
  readonly shown: Frame
}

/** Everything the viewer draws from: frames of bodies by robot, of the blend and of contacts. */
export interface Feeds {
  readonly bodies: ReadonlyMap<string, Feed>
  readonly blend: Feed | null
  readonly contacts: Feed | null
  /** Bodies of `channel.robot`. */
  takeBodies(channel: Channel, frame: Frame): void
  takeBlend(channel: Channel, frame: Frame): void
  takeContacts(channel: Channel, frame: Frame): void
  /**
   * Fill what is shown of each feed for this moment of the run, or of another future of it; `changed` hears of those
   * that are not shown yet.
   */
  sample(at_s: number, future: OldFuture | null, changed: FeedListener): void
  /** The moment on screen may be another one of the same time. */
  showAnew(): void
  /** What came after a moment, by the name of its feed. */
  since(time_s: number): ReadonlyMap<string, FrameRing>
  clear(): void
}

export interface FeedListener {
  bodies(robot: string, feed: Feed): void
  blend(feed: Feed): void
  contacts(feed: Feed): void
}

interface Sampled extends Feed {
  drawn_s: number
}

export function createFeeds(): Feeds {
  const bodies = new Map<string, Sampled>()
  let blend: Sampled | null = null
  let contacts: Sampled | null = null

  /** Every feed there is, with a name that stays the same. */
  function all(): [string, Sampled][] {
    return [
      ...[...bodies].map(([robot, feed]): [string, Sampled] => [bodiesOf(robot), feed]),
      ...(blend ? [['blend', blend] as [string, Sampled]] : []),
      ...(contacts ? [['contacts', contacts] as [string, Sampled]] : []),
    ]
  }
  /** A frame came: it may be another state of a moment that was drawn already. */
  function take(feed: Sampled | null | undefined, channel: Channel, frame: Frame): Sampled {
    const to = feed?.channel.hash === channel.hash ? feed : newFeed(channel)
    to.ring.push(frame)
    to.drawn_s = Number.NaN
    return to
  }
  /** Returns whether there is anything new to show. */
  function fill(name: string, feed: Sampled, at_s: number, future: OldFuture | null): boolean {
    if (feed.drawn_s === at_s) return false
    const isOld = future !== null && at_s > future.from_s
    const ring = isOld ? (future.rings.get(name) ?? feed.ring) : feed.ring
    if (!ring.sample(at_s, feed.shown)) return false
    feed.drawn_s = at_s
    return true
  }

  return {
    bodies,
    get blend() {
      return blend
    },
    get contacts() {
      return contacts
    },
    takeBodies(channel, frame) {
      const robot = channel.robot ?? ''
      bodies.set(robot, take(bodies.get(robot), channel, frame))
    },
    takeBlend(channel, frame) {
      blend = take(blend, channel, frame)
    },
    takeContacts(channel, frame) {
      contacts = take(contacts, channel, frame)
    },
    sample(at_s, future, changed) {
      for (const [robot, feed] of bodies) {
        if (fill(bodiesOf(robot), feed, at_s, future)) changed.bodies(robot, feed)
      }
      if (blend && fill('blend', blend, at_s, future)) changed.blend(blend)
      if (contacts && fill('contacts', contacts, at_s, future)) changed.contacts(contacts)
    },
    showAnew() {
      for (const [, feed] of all()) feed.drawn_s = Number.NaN
    },
    since: (time_s) => new Map(all().map(([name, feed]) => [name, feed.ring.since(time_s)])),
    clear() {
      bodies.clear()
      blend = null
      contacts = null
    },
  }
}

const bodiesOf = (robot: string): string => `bodies ${robot}`

function newFeed(channel: Channel): Sampled {
  const shown = createFrame(channel)
  const bytes = Object.values(shown.values).reduce((n, v) => n + v.byteLength, 0)
  const wanted = Math.ceil(channel.rate_hz * (kept_s + 1))
  const capacity = Math.max(64, Math.min(wanted, Math.floor(ringBytesMax / bytes)))
  return {
    channel,
    ring: createFrameRing(channel, { capacity, keepsPast: true }),
    shown,
    drawn_s: Number.NaN,
  }
}
