import {
  type CloseReason,
  closeCodes,
  encodeBeat,
  encodeMessage,
  type HubMessage,
} from '@skillweave/protocol'
import { type ClockOffset, createClockOffset } from './clock-offset.ts'
import type { ClientInfo, HubLimits, Peer } from './hub-interface.ts'
import { Outbox } from './outbox.ts'
import { createTokenBucket, type TokenBucket } from './token-bucket.ts'
import type { Message, OpenTransport, Transport } from './transport.ts'

/** A connection of a hub, from its first byte to its end. */
export interface Link {
  readonly session: string
  readonly peer: Peer
  /** Connected at; moved on when this process stood still. */
  since_s: number
  readonly transport: Transport
  readonly outbox: Outbox
  readonly texts: TokenBucket
  readonly binaries: TokenBucket
  clock: ClockOffset
  /** Null until it has said hello. */
  info: ClientInfo | null
  isGone: boolean
  refused: number
  callsWaiting: number
  beatSeq: number
  beatsMissed: number
  peerBeat: { readonly time_s: number; readonly at_s: number } | null
}

/** The connections of a hub: who is there, and how one is greeted by bytes and ended. */
export interface Links {
  readonly all: ReadonlySet<Link>
  /** Take in a connection; `receive` gets its messages, in order. */
  accept(open: OpenTransport, peer: Peer, receive: (link: Link, data: Message) => void): void
  send(link: Link, message: HubMessage): void
  /** End it, saying why. */
  close(link: Link, reason: CloseReason, text: string): void
  /** It is gone, whoever ended it. */
  forget(link: Link): void
  beat(link: Link): void
  /** Whether it sends more than it may; ends it when that goes on. */
  isTooFast(link: Link, bucket: TokenBucket): boolean
}

const tooFastFor_s = 5

export function createLinks(options: {
  readonly bootId: string
  readonly limits: HubLimits
  now_s(): number
  /** A client that had said hello is gone. */
  left(info: ClientInfo): void
}): Links {
  const { bootId, limits, now_s } = options
  const all = new Set<Link>()
  let sessions = 0

  function forget(link: Link): void {
    if (link.isGone) return
    link.isGone = true
    all.delete(link)
    if (link.info) options.left(link.info)
  }

  function close(link: Link, reason: CloseReason, text: string): void {
    if (link.isGone) return
    link.transport.send(encodeMessage({ op: 'error', code: reason, text }))
    forget(link)
    link.transport.close(closeCodes[reason], text)
  }

  return {
    all,
    forget,
    close,
    accept(open, peer, receive) {
      const queued: Message[] = []
      let link: Link | null = null
      const transport = open({
        open() {},
        message(data) {
          if (link) receive(link, data)
          else queued.push(data)
        },
        close() {
          if (link) forget(link)
        },
      })
      const accepted: Link = {
        session: `${bootId.slice(0, 8)}-${++sessions}`,
        peer,
        since_s: now_s(),
        transport,
        outbox: new Outbox(transport, limits),
        texts: createTokenBucket(limits.textRate_hz, limits.textBurst),
        binaries: createTokenBucket(limits.binaryRate_hz, limits.binaryBurst),
        clock: createClockOffset(),
        info: null,
        isGone: false,
        refused: 0,
        callsWaiting: 0,
        beatSeq: 0,
        beatsMissed: 0,
        peerBeat: null,
      }
      link = accepted
      const fromThere = [...all].filter((l) => l.peer.address === peer.address).length
      all.add(accepted)
      if (all.size > limits.links || fromThere >= limits.linksPerAddress) {
        close(
          accepted,
          'full',
          `this server has ${all.size - 1} connections, ${fromThere} of them from your address`,
        )
      }
      for (const data of queued) receive(accepted, data)
    },
    send(link, message) {
      if (!link.isGone) link.outbox.sendReliable(encodeMessage(message), now_s())
    },
    beat(link) {
      const now = now_s()
      link.beatsMissed++
      link.transport.send(
        encodeBeat({
          seq: ++link.beatSeq,
          time_s: now,
          echoTime_s: link.peerBeat?.time_s ?? 0,
          held_s: link.peerBeat ? now - link.peerBeat.at_s : 0,
        }),
      )
    },
    isTooFast(link, bucket) {
      const now = now_s()
      if (bucket.take(now)) return false
      link.refused++
      if (bucket.excess_s(now) > tooFastFor_s) {
        close(link, 'tooFast', `too many messages for ${tooFastFor_s} s`)
      }
      return true
    },
  }
}
