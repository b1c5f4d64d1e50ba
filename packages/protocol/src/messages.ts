import type { RobotDescription, SceneDescription, SkillDescription, Vec3 } from './description.ts'
import type { Channel } from './layout.ts'
import type { CallErrorCode, MethodName } from './methods.ts'
import type { ChangeCause, RobotState } from './robot-frames.ts'

/** Every JSON message: who sends it, and whether this version has it. The table of docs/protocol.md. */
export const ops = {
  hello: { way: 'C→H', status: 'now' },
  welcome: { way: 'H→C', status: 'now' },
  scene: { way: 'H→C', status: 'now' },
  robots: { way: 'H→C', status: 'now' },
  skills: { way: 'H→C', status: 'now' },
  world: { way: 'H→C', status: 'now' },
  timeline: { way: 'H→C', status: 'now' },
  channels: { way: 'H→C', status: 'now' },
  retract: { way: 'H→C', status: 'now' },
  subscribe: { way: 'C→H', status: 'now' },
  subscribed: { way: 'H→C', status: 'now' },
  unsubscribe: { way: 'C→H', status: 'now' },
  call: { way: 'C→H', status: 'now' },
  result: { way: 'H→C', status: 'now' },
  event: { way: 'H→C', status: 'now' },
  notice: { way: 'H→C', status: 'now' },
  error: { way: 'H→C', status: 'now' },
  bye: { way: 'both', status: 'now' },
  stats: { way: 'H→C', status: 'now' },
} as const

export type Role = 'spectator' | 'operator' | 'controller'

export interface Hello {
  readonly op: 'hello'
  readonly role: Role
  readonly token?: string
  /** The subprotocol, where no WebSocket carries it. */
  readonly protocol?: string
  readonly client: { readonly name: string; readonly version: string }
  readonly rev: number
  readonly features: readonly string[]
}

export interface Welcome {
  readonly op: 'welcome'
  readonly session: string
  /** New at every start of the hub. */
  readonly bootId: string
  readonly rev: number
  readonly features: readonly string[]
  /** The role granted. */
  readonly role: Role
  readonly limits: Readonly<Record<string, number>>
  /** The hub's monotonic clock, s, and its wall clock (ISO 8601) for labels only. */
  readonly clock: { readonly time_s: number; readonly wall: string }
}

export interface SceneMessage extends SceneDescription {
  readonly op: 'scene'
}

export interface RobotsMessage {
  readonly op: 'robots'
  readonly list: readonly RobotDescription[]
}

export interface SkillsMessage {
  readonly op: 'skills'
  /** The robot whose skills these are; absent: the only one. */
  readonly robot?: string
  readonly list: readonly SkillDescription[]
}

/** The state of the run, sent whenever it changes. */
export interface WorldMessage {
  readonly op: 'world'
  readonly paused: boolean
  /** Asked speed, times real time. What is reached is a signal, `timing.speed`. */
  readonly speed: number
  readonly seed?: number
  /** The controller that acts, one of `controllers`. */
  readonly controller?: string
  readonly controllers: readonly string[]
  /** What `target.place` can place, and where it is. */
  readonly targets: readonly { readonly name: string; readonly pos_w: Vec3 }[]
  /** Methods that do something here; absent: unknown, ask and see. */
  readonly accepts?: readonly string[]
  /** Where `world.rewind` can go: not before `from_s`, no further back than `reach_s`. */
  readonly past?: { readonly from_s: number; readonly reach_s: number }
  /** A recording: what can be gone to. */
  readonly replay?: { readonly from_s: number; readonly to_s: number }
  /** While paused: hash of the physics at that time. The same run has the same one there. */
  readonly state?: { readonly time_s: number; readonly hash: number }
}

/** Time has jumped: what came before `id` is the past of another run. */
export interface TimelineMessage {
  readonly op: 'timeline'
  readonly id: number
  readonly time_s: number
  readonly reason: 'start' | 'reset' | 'rewind' | 'load'
}

export interface ChannelsMessage {
  readonly op: 'channels'
  readonly list: readonly Channel[]
}

export interface RetractMessage {
  readonly op: 'retract'
  readonly ids: readonly number[]
}

export interface Subscribe {
  readonly op: 'subscribe'
  readonly channel: number
  /** Wanted rate; absent: the channel's own. */
  readonly rate_hz?: number
}

export interface Subscribed {
  readonly op: 'subscribed'
  readonly channel: number
  /** As granted. */
  readonly rate_hz: number
}

export interface Unsubscribe {
  readonly op: 'unsubscribe'
  readonly channel: number
}

/** A request. `params` are checked against the method's table, see methods.ts. */
export interface CallMessage {
  readonly op: 'call'
  /** Chosen by the client; 0: no result wanted. */
  readonly id: number
  readonly method: string
  readonly params: unknown
}

/** Why a call was not carried out, with what helps to correct it. */
export interface CallError {
  readonly code: CallErrorCode
  /** A sentence for people. */
  readonly text: string
  readonly found?: string
  readonly expected?: string
  /** Names that do exist. */
  readonly known?: readonly string[]
}

export type ResultMessage =
  | { readonly op: 'result'; readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly op: 'result'; readonly id: number; readonly ok: false; readonly error: CallError }

/** What each event carries. The table of docs/protocol.md. */
export interface EventData {
  'skill.switched': { readonly from: string | null; readonly to: string | null }
  bounce: { readonly object: string; readonly pos_w: Vec3; readonly speed_mps: number }
  shot: { readonly object: string; readonly pos_w: Vec3; readonly linVel_w: Vec3 }
  basket: {
    readonly object: string
    readonly target: string
    readonly made: boolean
    /** From where the shot was taken to the rim, along the ground. */
    readonly distance_m: number
  }
  'target.reached': { readonly target: string; readonly distance_m: number }
  fall: { readonly link?: string }
  push: { readonly link: string; readonly impulse_w?: Vec3; readonly force_w?: Vec3 }
  reset: { readonly reason: string; readonly seed?: number }
  'episode.end': {
    readonly reason: string
    readonly return: number
    readonly length_s: number
    /** Which copy of a grid. */
    readonly copy?: number
  }
  command: { readonly method: MethodName; readonly text: string }
  mark: { readonly text: string }
  'robot.changed': {
    readonly from: RobotState
    readonly to: RobotState
    readonly cause: ChangeCause
  }
  lease: {
    readonly holder: string | null
    readonly epoch: number
    readonly reason: 'granted' | 'released' | 'expired' | 'lost' | 'revoked'
  }
}

export type EventName = keyof EventData

/** The names of events, in the order of docs/protocol.md. */
export const eventNames = [
  'skill.switched',
  'bounce',
  'shot',
  'basket',
  'target.reached',
  'fall',
  'push',
  'reset',
  'episode.end',
  'command',
  'mark',
  'robot.changed',
  'lease',
] as const satisfies readonly EventName[]

/** A fact with a time. Narrow on `name`. */
export type EventMessage = {
  readonly [N in EventName]: {
    readonly op: 'event'
    readonly seq: number
    readonly time_s: number
    readonly name: N
    readonly robot?: string
    readonly data: EventData[N]
  }
}[EventName]

export interface NoticeMessage {
  readonly op: 'notice'
  /** A later notice with the same id replaces this one; empty text removes it. */
  readonly id: string
  readonly level: 'info' | 'warning' | 'error'
  readonly text: string
}

export interface ErrorMessage {
  readonly op: 'error'
  readonly code: string
  readonly text: string
}

export interface Bye {
  readonly op: 'bye'
  readonly reason: string
}

/** Once a second, about this connection. */
export interface StatsMessage {
  readonly op: 'stats'
  readonly channels: Readonly<
    Record<string, { readonly sent: number; readonly dropped: number; readonly rate_hz: number }>
  >
  /** Round trip between hub and client; null before the first beat came back. */
  readonly rtt_ms: number | null
  /** Waiting in the hub for this client. */
  readonly queued_B: number
  /** Messages of this client that were counted and dropped. */
  readonly refused: number
  /** Connections of the hub. */
  readonly clients: number
}

/** Client to hub. */
export type ClientMessage = Hello | Subscribe | Unsubscribe | CallMessage | Bye

/** Hub to client. */
export type HubMessage =
  | Welcome
  | SceneMessage
  | RobotsMessage
  | SkillsMessage
  | WorldMessage
  | TimelineMessage
  | ChannelsMessage
  | RetractMessage
  | Subscribed
  | ResultMessage
  | EventMessage
  | NoticeMessage
  | ErrorMessage
  | Bye
  | StatsMessage

/** Why a connection was closed. */
export const closeCodes = {
  garbage: 4400,
  refused: 4403,
  version: 4406,
  helloTimeout: 4408,
  tooLarge: 4413,
  tooFast: 4429,
  full: 4503,
  stalled: 4508,
} as const

export type CloseReason = keyof typeof closeCodes
