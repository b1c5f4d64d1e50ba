import type {
  CallError,
  Channel,
  ChannelSpec,
  EventData,
  EventName,
  Hello,
  MethodName,
  MethodParams,
  MethodValue,
  NoticeMessage,
  RobotDescription,
  Role,
  SceneDescription,
  SkillDescription,
  TimelineMessage,
  WorldMessage,
} from '@skillweave/protocol'
import type { Observable } from 'rxjs'
import { type OutboxLimits, outboxLimits } from './outbox.ts'
import type { OpenTransport, PortLike } from './transport.ts'

/** Who is at the other end of a link. */
export interface Peer {
  /** Network address, or what stands for it. */
  readonly address: string
}

/** A client as the loop sees it. */
export interface ClientInfo {
  readonly session: string
  readonly name: string
  readonly role: Role
}

/** A checked call, waiting to be carried out. Answer it once; a second answer is ignored. */
export type HubCall = {
  readonly [M in MethodName]: {
    readonly method: M
    readonly params: MethodParams<M>
    readonly from: ClientInfo
    accept(value: MethodValue<M>): void
    refuse(error: CallError): void
  }
}[MethodName]

export interface HubLimits extends OutboxLimits {
  readonly links: number
  readonly linksPerAddress: number
  readonly operators: number
  readonly subscriptions: number
  readonly callsWaiting: number
  readonly helloWithin_s: number
  /** Messages of one client: on average, and at once. */
  readonly textRate_hz: number
  readonly textBurst: number
  readonly binaryRate_hz: number
  readonly binaryBurst: number
  /** Beats in a row without an answer before a link counts as dead. */
  readonly beatsMissed: number
}

export const hubLimits: HubLimits = {
  ...outboxLimits,
  links: 128,
  linksPerAddress: 64,
  operators: 8,
  subscriptions: 256,
  callsWaiting: 256,
  helloWithin_s: 5,
  textRate_hz: 120,
  textBurst: 240,
  binaryRate_hz: 400,
  binaryBurst: 800,
  beatsMissed: 10,
}

export interface HubOptions {
  readonly limits?: Partial<HubLimits>
  /** Says whether a client may come in; the default lets everybody in, as is right for a MessagePort. */
  readonly authorize?: (
    hello: Hello,
    peer: Peer,
  ) => { readonly ok: true } | { readonly ok: false; readonly text: string }
  /** Told of mistakes of ours that a message brought to light; they end that link only. Default: the console. */
  readonly onError?: (error: unknown) => void
}

/**
 * Where a run is published and steered, whatever carries the bytes: the same object serves
 * WebSockets, a page's worker and tests. Nothing a client does can block or throw into the publisher.
 */
export interface Hub {
  readonly bootId: string
  /** What clients asked for, checked; emitted by `drain` only. */
  readonly calls$: Observable<HubCall>
  /** Clients that are here. */
  readonly clients: readonly ClientInfo[]
  /**
   * Whose frames of the command path these are: commands, stops, enables. Told at once, not at `drain`, so
   * that nothing waits behind a simulation step. Absent: such frames are counted and dropped.
   */
  robotEnd: RobotFrames | undefined
  /** Describe the run; replaces what was said before of the same kind, and reaches everybody. */
  setScene(scene: SceneDescription): void
  setRobots(robots: readonly RobotDescription[]): void
  setSkills(skills: readonly SkillDescription[], robot?: string): void
  setWorld(world: Omit<WorldMessage, 'op'>): void
  /** Declare a channel. Bind an encoder to what this returns. */
  openChannel(spec: ChannelSpec): Channel
  closeChannel(channel: Channel): void
  /**
   * Publish a frame of a channel: copied at once, delivered as the channel's class says. Never waits.
   * Throws if the bytes are not a frame of this channel (a mistake of the caller).
   */
  publish(channel: Channel, bytes: Uint8Array): void
  event<N extends EventName>(
    name: N,
    data: EventData[N],
    options: { readonly time_s: number; readonly robot?: string },
  ): void
  /** Show a sentence until another one with the same id, or an empty one, replaces it. */
  notice(id: string, level: NoticeMessage['level'], text: string): void
  /**
   * Hand everything that is told or published to `listener`, without loss, beginning with what a
   * newcomer is told. Bytes are valid during the call only. For a recorder in this process. Returns how to stop.
   */
  tap(listener: (message: string | Uint8Array) => void): () => void
  /** Time jumps: reset, rewind, load. The next frame of every channel carries the cut flag. */
  cut(time_s: number, reason: TimelineMessage['reason']): void
  /** Emit the calls that have arrived, in order. For the loop, between control steps. */
  drain(): void
  /** Take in a connection. */
  accept(open: OpenTransport, peer: Peer): void
  /** Serve one end of a MessageChannel; the other goes to a client. */
  acceptPort(port: PortLike): void
  /** Say goodbye and let go of everything. */
  dispose(reason?: string): void
}

/** Takes what comes for a robot, as it comes. `bytes` are not kept by the hub. */
export interface RobotFrames {
  command(bytes: Uint8Array, from: ClientInfo): void
  /** Returns the answer that goes to everybody. */
  stop(bytes: Uint8Array, from: ClientInfo): Uint8Array<ArrayBuffer>
  enable(bytes: Uint8Array, from: ClientInfo): void
  /** The link is gone, whoever ended it. */
  left(from: ClientInfo): void
}
