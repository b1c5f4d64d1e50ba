import { type Channel, frameFlags, isNewer, type StatsMessage } from '@skillweave/protocol'
import type { Transport } from './transport.ts'

/** The newest frame of a channel, shared by every link it waits for or was handed to. */
export interface SharedFrame {
  bytes: Uint8Array<ArrayBuffer>
  seq: number
  /** A transport or a queue holds the bytes: they must not change any more. */
  isTaken: boolean
}

/** Limits of what waits for one link; docs/protocol.md 6. */
export interface OutboxLimits {
  /** Hand over only while fewer bytes wait in the socket. */
  readonly socketBytes: number
  readonly queueBytes: number
  readonly queueMessages: number
  readonly framesInFlight: number
  readonly stalledAfter_s: number
}

export const outboxLimits: OutboxLimits = {
  socketBytes: 16_384,
  queueBytes: 2 ** 20,
  queueMessages: 1024,
  framesInFlight: 64,
  stalledAfter_s: 5,
}

interface Subscription {
  readonly channel: Channel
  rate_hz: number
  /** Not before this moment, for `sampled`. */
  due_s: number
  /** Waits to be handed over; replaced by what is newer. */
  slot: SharedFrame | null
  /** Sequence numbers handed over and not acknowledged, oldest first. */
  readonly inFlight: number[]
  /** The next frame must carry the cut flag, even if the one that had it was replaced. */
  isCutPending: boolean
  /** Since when a frame has waited for acknowledgements or the socket; null: it does not. */
  blockedSince_s: number | null
  sent: number
  dropped: number
}

/**
 * What goes out to one link. Frames of `latest` and `sampled` channels have one slot each, everything
 * else queues in order. Nothing here waits, and what it holds is bounded.
 */
export class Outbox {
  readonly #transport: Transport
  readonly #limits: OutboxLimits
  readonly #subscriptions = new Map<number, Subscription>()
  readonly #queue: (string | Uint8Array<ArrayBuffer>)[] = []
  #queuedBytes = 0
  #queuedSince_s: number | null = null
  #isOverfull = false
  #rtt_s = 0.1

  constructor(transport: Transport, limits: OutboxLimits) {
    this.#transport = transport
    this.#limits = limits
  }

  /** Measured round trip, s; decides how many frames may be in flight. */
  set rtt_s(value: number) {
    this.#rtt_s = value
  }

  get subscriptions(): number {
    return this.#subscriptions.size
  }

  get queuedBytes(): number {
    return this.#queuedBytes + this.#transport.bufferedAmount
  }

  /** Send in order, as soon as the socket has room. */
  sendReliable(data: string | Uint8Array<ArrayBuffer>, now_s: number): void {
    if (this.#queue.length === 0 && this.#hasRoom()) {
      this.#transport.send(data)
      return
    }
    const { queueBytes, queueMessages } = this.#limits
    if (this.#queuedBytes > queueBytes || this.#queue.length >= queueMessages) {
      this.#isOverfull = true
      return
    }
    this.#queue.push(data)
    this.#queuedBytes += data.length
    this.#queuedSince_s ??= now_s
  }

  /** Start or change a subscription; the newest frame there is follows at once. Returns the rate granted. */
  subscribe(channel: Channel, rate_hz: number, newest: SharedFrame | null, now_s: number): number {
    const granted_hz = Math.min(rate_hz, channel.rate_hz)
    const existing = this.#subscriptions.get(channel.id)
    if (existing) {
      existing.rate_hz = granted_hz
      existing.due_s = now_s
      return granted_hz
    }
    const subscription: Subscription = {
      channel,
      rate_hz: granted_hz,
      due_s: now_s,
      slot: null,
      inFlight: [],
      isCutPending: true,
      blockedSince_s: null,
      sent: 0,
      dropped: 0,
    }
    this.#subscriptions.set(channel.id, subscription)
    if (newest && channel.class !== 'reliable') {
      subscription.slot = newest
      this.#handOver(subscription, now_s)
    }
    return granted_hz
  }

  unsubscribe(channel: number): void {
    this.#subscriptions.delete(channel)
  }

  /** A new frame of a channel. */
  offer(channel: number, frame: SharedFrame, now_s: number): void {
    const s = this.#subscriptions.get(channel)
    if (!s) return
    if (s.channel.class === 'reliable') {
      frame.isTaken = true
      s.sent++
      this.sendReliable(frame.bytes, now_s)
      return
    }
    if (s.slot) s.dropped++
    if (frame.bytes[1] & frameFlags.cut) s.isCutPending = true
    s.slot = frame
    this.#handOver(s, now_s)
  }

  /** Time has jumped: what waits is of the past, and what comes next says so. */
  cut(): void {
    for (const s of this.#subscriptions.values()) {
      if (s.slot) s.dropped++
      s.slot = null
      s.isCutPending = true
    }
  }

  /** The client has processed frames of a channel up to `seq`. */
  acknowledge(channel: number, seq: number, now_s: number): void {
    const s = this.#subscriptions.get(channel)
    if (!s) return
    const before = s.inFlight.length
    while (s.inFlight.length > 0 && !isNewer(s.inFlight[0], seq)) s.inFlight.shift()
    if (s.inFlight.length < before) s.blockedSince_s = null
    this.#handOver(s, now_s)
  }

  /** Hand over what may go now. */
  pump(now_s: number): void {
    while (this.#queue.length > 0 && this.#hasRoom()) {
      const data = this.#queue.shift()
      if (data === undefined) break
      this.#queuedBytes -= data.length
      this.#transport.send(data)
    }
    if (this.#queue.length === 0) this.#queuedSince_s = null
    for (const s of this.#subscriptions.values()) this.#handOver(s, now_s)
  }

  /** Why this link cannot keep up, as a sentence; null if it does. */
  stall(now_s: number): string | null {
    const { stalledAfter_s } = this.#limits
    if (this.#isOverfull)
      return `more than ${this.#limits.queueMessages} messages wait for this client`
    if (this.#queuedSince_s !== null && now_s - this.#queuedSince_s > stalledAfter_s) {
      return `messages have waited for ${stalledAfter_s} s for this client`
    }
    for (const s of this.#subscriptions.values()) {
      if (s.blockedSince_s !== null && now_s - s.blockedSince_s > stalledAfter_s) {
        return `this client has acknowledged no frame of ${s.channel.name} for ${stalledAfter_s} s`
      }
    }
    return null
  }

  /** This process stood still for so long: that was not the client's fault. */
  forgive(pause_s: number): void {
    if (this.#queuedSince_s !== null) this.#queuedSince_s += pause_s
    for (const s of this.#subscriptions.values()) {
      if (s.blockedSince_s !== null) s.blockedSince_s += pause_s
    }
  }

  /** Counters per channel name. */
  stats(): StatsMessage['channels'] {
    const out: Record<string, { sent: number; dropped: number; rate_hz: number }> = {}
    for (const { channel, sent, dropped, rate_hz } of this.#subscriptions.values()) {
      const name = channel.robot === undefined ? channel.name : `${channel.name}/${channel.robot}`
      out[name] = { sent, dropped, rate_hz }
    }
    return out
  }

  #hasRoom(): boolean {
    return this.#transport.bufferedAmount < this.#limits.socketBytes
  }

  #handOver(s: Subscription, now_s: number): void {
    const frame = s.slot
    if (!frame) return
    const isSampled = s.channel.class === 'sampled'
    const period_s = 1 / s.rate_hz
    // A quarter of a period early is on time: publishers are not metronomes.
    if (isSampled && now_s < s.due_s - 0.25 * period_s) return
    const windowSize = Math.min(
      this.#limits.framesInFlight,
      Math.floor(2 + s.channel.rate_hz * (this.#rtt_s + 0.05)),
    )
    if (s.inFlight.length >= windowSize || this.#queue.length > 0 || !this.#hasRoom()) {
      s.blockedSince_s ??= now_s
      return
    }
    s.slot = null
    s.blockedSince_s = null
    s.due_s = Math.max(s.due_s, now_s - 0.5 * period_s) + period_s
    s.inFlight.push(frame.seq)
    s.sent++
    let { bytes } = frame
    if (s.isCutPending && !(bytes[1] & frameFlags.cut)) {
      bytes = bytes.slice()
      bytes[1] |= frameFlags.cut
    } else frame.isTaken = true
    s.isCutPending = false
    this.#transport.send(bytes)
  }
}
