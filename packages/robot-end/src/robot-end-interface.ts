import type {
  ChangeCause,
  Channel,
  Enable,
  RejectReason,
  RobotState,
  Stop,
} from '@skillweave/protocol'
import type { Acceptance } from './acceptance.ts'
import type { Limiter, MotorCommand } from './limiter.ts'
import type { Measurement } from './preflight.ts'
import type { RobotProfile } from './profile.ts'

/** Who may hold the lease, in order of precedence. */
export type Rank = 'controller' | 'operator'

export type LeaseResult =
  | { readonly ok: true; readonly epoch: number; readonly ttl_ms: number }
  | { readonly ok: false; readonly text: string }

/** What may stop a robot. */
export type StopCause = Extract<
  ChangeCause,
  'operator' | 'local' | 'tilt' | 'sensor' | 'foreignWriter' | 'vendorMode'
>

/** Asked and done, or why not. */
export type Outcome = { readonly ok: true } | { readonly ok: false; readonly text: string }

export interface RobotEndOptions {
  readonly profile: RobotProfile
  /** The command channel as the robot declares it. */
  readonly channel: Channel
  /** Random at every start: a lease of an earlier run must not fit. */
  readonly firstEpoch: number
  /** What the machine itself has against being moved, sentences; asked by pre-flight. */
  problems?(): readonly string[]
  onChange?(change: { from: RobotState; to: RobotState; cause: ChangeCause; time_s: number }): void
  onLease?(lease: {
    holder: string | null
    epoch: number
    reason: 'granted' | 'released' | 'expired' | 'lost' | 'revoked'
    time_s: number
  }): void
}

/**
 * The last word before the motors: who may command, which commands act, what they may ask, what happens in
 * silence, and the latched stop. Pure: time is passed in, and every clock is the robot's own monotonic one.
 * `tick` runs in the PD loop and never throws or allocates; everything else may come between any two ticks.
 */
export interface RobotEnd {
  readonly state: RobotState
  readonly cause: ChangeCause
  readonly stopCause: ChangeCause
  readonly acceptance: Acceptance
  readonly limiter: Limiter
  readonly lease: { readonly holder: string; readonly epoch: number } | null
  /** Age of the command that acts now, s; null when none does. */
  readonly actingAge_s: number | null
  linkUp(now_s: number): void
  linkDown(holder: string, now_s: number): void
  requestLease(holder: string, rank: Rank, layoutHash: string, now_s: number): LeaseResult
  releaseLease(holder: string, now_s: number): Outcome
  /** Check before moving; armed when nothing speaks against it. Returns what does. */
  runPreflight(holder: string, now_s: number): readonly string[]
  pose(by: string, now_s: number): Outcome
  start(by: string, now_s: number): Outcome
  hold(by: string, now_s: number): Outcome
  damp(by: string, now_s: number): Outcome
  enable(enable: Enable, now_s: number): void
  /** Null when the command may act. */
  offer(bytes: Uint8Array, now_s: number): RejectReason | null
  stop(stop: Pick<Stop, 'category'>, cause: StopCause, now_s: number): void
  resetStop(now_s: number): Outcome
  /** What the motors get now. `sent` stamps are those of states a controller may echo. */
  tick(measured: Measurement, now_s: number): MotorCommand
}
