import {
  type CallMessage,
  type Channel,
  decodeControl,
  features,
  type Hello,
  helloLimits,
  kinds,
  parseClientMessage,
  protocolRevision,
  subprotocol,
  textLimits,
} from '@skillweave/protocol'
import type { HubLimits, HubOptions, RobotFrames } from './hub-interface.ts'
import type { Link, Links } from './links.ts'
import type { SharedFrame } from './outbox.ts'
import type { Message } from './transport.ts'

/** A channel that is open, and its newest frame for newcomers. */
export interface ChannelState {
  readonly channel: Channel
  newest: SharedFrame | null
}

/** What comes in from clients is checked here, and given to whom it concerns. Returns who takes a message; it never throws. */
export function createIncoming(
  links: Links,
  options: Required<Pick<HubOptions, 'authorize' | 'onError'>> & {
    readonly bootId: string
    readonly limits: HubLimits
    now_s(): number
    channel(id: number): ChannelState | undefined
    robotEnd(): RobotFrames | undefined
    call(link: Link, message: CallMessage): void
    /** Tell a newcomer what there is. */
    describe(link: Link): void
  },
): (link: Link, data: Message) => void {
  const { bootId, limits, now_s } = options

  /** One link's mistakes, and ours in handling them, end at most that link. */
  function receive(link: Link, data: Message): void {
    if (link.isGone) return
    try {
      if (typeof data === 'string') receiveText(link, data)
      else receiveBinary(link, data)
    } catch (error) {
      links.close(link, 'garbage', 'this message could not be handled')
      options.onError(error)
    }
  }

  function receiveText(link: Link, text: string): void {
    if (links.isTooFast(link, link.texts)) return
    const parsed = parseClientMessage(text, link.info ? textLimits : helloLimits)
    if (!parsed.ok) {
      link.refused++
      if (parsed.reason === 'too-large') links.close(link, 'tooLarge', parsed.text)
      else if (parsed.reason === 'garbage' || !link.info) links.close(link, 'garbage', parsed.text)
      else links.send(link, { op: 'error', code: parsed.reason, text: parsed.text })
      return
    }
    const message = parsed.value
    if (!link.info) {
      if (message.op === 'hello') greet(link, message)
      else links.close(link, 'garbage', `the first message must be hello, not ${message.op}`)
      return
    }
    switch (message.op) {
      case 'hello':
        links.send(link, { op: 'error', code: 'hello-twice', text: 'hello was said already' })
        break
      case 'subscribe': {
        const state = options.channel(message.channel)
        if (!state || link.outbox.subscriptions >= limits.subscriptions) {
          const text = state ? 'too many subscriptions' : `there is no channel ${message.channel}`
          links.send(link, { op: 'error', code: 'unknown-name', text })
          break
        }
        const { channel, newest } = state
        const rate_hz = link.outbox.subscribe(
          channel,
          message.rate_hz ?? channel.rate_hz,
          newest,
          now_s(),
        )
        links.send(link, { op: 'subscribed', channel: channel.id, rate_hz })
        break
      }
      case 'unsubscribe':
        link.outbox.unsubscribe(message.channel)
        break
      case 'call':
        options.call(link, message)
        break
      case 'bye':
        links.forget(link)
        link.transport.close(1000, 'bye')
        break
    }
  }

  function greet(link: Link, hello: Hello): void {
    if (hello.protocol !== undefined && hello.protocol !== subprotocol) {
      links.close(
        link,
        'version',
        `this server speaks ${subprotocol}, the client ${hello.protocol}`,
      )
      return
    }
    const verdict = options.authorize(hello, link.peer)
    if (!verdict.ok) {
      links.close(link, 'refused', verdict.text)
      return
    }
    const operators = [...links.all].filter((l) => l.info?.role === 'operator').length
    const yields = operators > 0 && hello.features.includes(features.yield)
    const role = hello.role === 'operator' && yields ? 'spectator' : hello.role
    if (role === 'operator' && operators >= limits.operators) {
      links.close(link, 'full', `there are ${operators} operators already; come as a spectator`)
      return
    }
    link.info = { session: link.session, name: hello.client.name, role }
    links.send(link, {
      op: 'welcome',
      session: link.session,
      bootId,
      rev: protocolRevision,
      features: [features.yield],
      role,
      limits: {
        textLength: textLimits.length,
        textRate_hz: limits.textRate_hz,
        subscriptions: limits.subscriptions,
      },
      clock: { time_s: now_s(), wall: new Date().toISOString() },
    })
    options.describe(link)
    links.beat(link)
  }

  /** True when the frame was for the robot end and its sender may send it. */
  function receiveRobotFrame({ info }: Link, bytes: Uint8Array): boolean {
    const robotEnd = options.robotEnd()
    if (!robotEnd || !info || info.role === 'spectator') return false
    if (bytes[0] === kinds['robot.command'].code) robotEnd.command(bytes, info)
    else if (bytes[0] === kinds.enable.code && info.role === 'operator')
      robotEnd.enable(bytes, info)
    else return false
    return true
  }

  function receiveBinary(link: Link, bytes: Uint8Array): void {
    if (!link.info) {
      links.close(link, 'garbage', 'the first message must be hello, not binary')
      return
    }
    // Before rates and lengths are looked at: a stop cannot come too often or be malformed.
    const robotEnd = options.robotEnd()
    if (bytes[0] === kinds.stop.code && robotEnd && link.info.role !== 'spectator') {
      const answer = robotEnd.stop(bytes, link.info)
      for (const other of links.all) if (other.info) other.transport.send(answer)
      return
    }
    if (links.isTooFast(link, link.binaries)) return
    const control = decodeControl(bytes)
    if (control.ok && control.value.kind === 'other' && receiveRobotFrame(link, bytes)) return
    if (!control.ok || control.value.kind === 'data' || control.value.kind === 'other') {
      link.refused++
      return
    }
    const { value } = control
    const now = now_s()
    if (value.kind === 'ack') link.outbox.acknowledge(value.channel, value.seq, now)
    else {
      const { beat } = value
      link.peerBeat = { time_s: beat.time_s, at_s: now }
      link.beatsMissed = 0
      if (beat.echoTime_s > 0) link.clock.sample(now, beat.time_s, beat.echoTime_s, beat.held_s)
      if (link.clock.rtt_s !== null) link.outbox.rtt_s = link.clock.rtt_s
    }
  }

  return receive
}
