import {
  type Channel,
  channelOf,
  createDecoder,
  createFrame,
  type Decoder,
  type Frame,
  isNewer,
  type Subscribe,
  type Unsubscribe,
} from '@skillweave/protocol'
import { Observable, type Subscriber } from 'rxjs'

/** A frame as it arrived. The object and its values are reused: copy what is to be kept. */
export interface Arrival {
  readonly channel: Channel
  readonly frame: Frame
  /** Our monotonic clock, s. */
  readonly received_s: number
}

/** Which channels are listened to, by name, whatever their ids are on this connection. */
export interface Taps {
  frames(
    name: string,
    options?: { readonly robot?: string; readonly rate_hz?: number },
  ): Observable<Arrival>
  /** Match requests with the channels there are. */
  bind(channels: readonly Channel[]): void
  retract(ids: readonly number[]): void
  /** The link is gone, ids mean nothing any more. */
  forget(): void
  /** A data frame came. True if the hub waits for its acknowledgement. */
  receive(bytes: Uint8Array): boolean
  /** The newest sequence number per channel since the last call. */
  takeAcks(each: (channel: number, seq: number) => void): void
}

interface Request {
  readonly name: string
  readonly robot: string | undefined
  readonly rate_hz: number | undefined
  readonly subscriber: Subscriber<Arrival>
  binding: Binding | null
}

interface Binding {
  readonly channel: Channel
  readonly decoder: Decoder
  readonly frame: Frame
  readonly arrival: { channel: Channel; frame: Frame; received_s: number }
  readonly requests: Set<Request>
  rate_hz: number
  /** Newest seq seen, null before the first frame. */
  seq: number | null
  ackPending: boolean
}

/** `send` is called with what the hub must know; `refuse` counts what was dropped. */
export function createTaps(options: {
  readonly now_s: () => number
  readonly refuse: (reason: string) => void
  readonly send: (message: Subscribe | Unsubscribe) => void
}): Taps {
  const { now_s, refuse, send } = options
  const requests = new Set<Request>()
  const bindings = new Map<number, Binding>()
  let channels: readonly Channel[] = []

  function bindRequest(request: Request): void {
    const channel = channels.find(
      (c) => c.name === request.name && (request.robot === undefined || c.robot === request.robot),
    )
    if (!channel) return
    let binding = bindings.get(channel.id)
    if (!binding) {
      const frame = createFrame(channel)
      binding = {
        channel,
        decoder: createDecoder(channel),
        frame,
        arrival: { channel, frame, received_s: 0 },
        requests: new Set(),
        rate_hz: 0,
        seq: null,
        ackPending: false,
      }
      bindings.set(channel.id, binding)
    }
    request.binding = binding
    binding.requests.add(request)
    agreeOnRate(binding)
  }

  function agreeOnRate(binding: Binding): void {
    const { channel } = binding
    let rate_hz = 0
    for (const r of binding.requests) rate_hz = Math.max(rate_hz, r.rate_hz ?? channel.rate_hz)
    if (rate_hz === binding.rate_hz) return
    binding.rate_hz = rate_hz
    send({ op: 'subscribe', channel: channel.id, rate_hz })
  }

  function release(request: Request): void {
    requests.delete(request)
    const { binding } = request
    if (!binding) return
    binding.requests.delete(request)
    if (binding.requests.size > 0) {
      agreeOnRate(binding)
      return
    }
    bindings.delete(binding.channel.id)
    send({ op: 'unsubscribe', channel: binding.channel.id })
  }

  return {
    frames: (name, { robot, rate_hz } = {}) =>
      new Observable((subscriber) => {
        const request: Request = { name, robot, rate_hz, subscriber, binding: null }
        requests.add(request)
        bindRequest(request)
        return () => release(request)
      }),
    bind(list) {
      channels = list
      for (const request of requests) if (!request.binding) bindRequest(request)
    },
    retract(ids) {
      channels = channels.filter((c) => !ids.includes(c.id))
      for (const id of ids) {
        for (const request of bindings.get(id)?.requests ?? []) request.binding = null
        bindings.delete(id)
      }
      for (const request of requests) if (!request.binding) bindRequest(request)
    },
    forget() {
      channels = []
      bindings.clear()
      for (const request of requests) request.binding = null
    },
    receive(bytes) {
      const binding = bindings.get(channelOf(bytes))
      if (!binding) {
        refuse('channel')
        return false
      }
      const previous = binding.seq
      const refusal = binding.decoder.decode(bytes, binding.frame)
      if (refusal) {
        refuse(refusal.reason)
        return false
      }
      const { seq } = binding.frame
      if (previous !== null && !isNewer(seq, previous)) {
        refuse('order')
        return false
      }
      binding.seq = seq
      binding.ackPending = true
      binding.arrival.received_s = now_s()
      for (const request of binding.requests) request.subscriber.next(binding.arrival)
      return true
    },
    takeAcks(each) {
      for (const [id, binding] of bindings) {
        if (!binding.ackPending || binding.seq === null) continue
        binding.ackPending = false
        each(id, binding.seq)
      }
    },
  }
}
