import {
  type Channel,
  createDecoder,
  createFrame,
  type Frame,
  frameFlags,
  isNewer,
  type RejectReason,
  rejectReasons,
} from '@skillweave/protocol'
import type { AskedFor } from './drills.ts'
import type { RobotProfile } from './profile.ts'

/** A command that was accepted: complete, with the time until which it may act. */
export interface AcceptedCommand {
  readonly seq: number
  /** The robot's own stamp of the state it answers, s. */
  readonly stateTime_s: number
  readonly deadline_s: number
  readonly qTarget: Float64Array
  readonly dqTarget: Float64Array
  readonly tauFf: Float64Array
  readonly kp: Float64Array
  readonly kd: Float64Array
}

/** What acceptance needs to know about the moment. */
export interface AcceptanceMoment {
  readonly now_s: number
  /** Of the present lease; null: nobody holds one. */
  readonly epoch: number | null
  /** Stamp of the newest state that was sent. */
  readonly newestStamp_s: number
  /** Whether the robot's state takes commands at all. */
  readonly isListening: boolean
}

/** Decides which commands may act. One slot, written only by an accepted command. */
export interface Acceptance {
  /** The newest accepted command of this lease; null: none. Its arrays are overwritten by the next one. */
  readonly command: AcceptedCommand | null
  /** What the last frame of the right length asked for, accepted or not. Overwritten by the next one. */
  readonly seen: AskedFor & { readonly stateTime_s: number }
  readonly accepted: number
  readonly rejected: number
  /** How many were refused, by reason. */
  readonly counts: Readonly<Record<RejectReason, number>>
  readonly lastReject: RejectReason | null
  /** Null when it is accepted, else the first check it failed. Never throws. */
  offer(bytes: Uint8Array, moment: AcceptanceMoment): RejectReason | null
  /** A new lease: nothing of the old one acts, and numbers may start anywhere. */
  clear(): void
}

const validityMax_ms = 200
/** Commands at once above the average rate. */
const burst = 50

export function createAcceptance(profile: RobotProfile, channel: Channel): Acceptance {
  const decoder = createDecoder(channel)
  const frame = createFrame(channel)
  const n = profile.joints.length
  const slot = {
    seq: 0,
    stateTime_s: 0,
    deadline_s: 0,
    qTarget: new Float64Array(n),
    dqTarget: new Float64Array(n),
    tauFf: new Float64Array(n),
    kp: new Float64Array(n),
    kd: new Float64Array(n),
  }
  const counts = Object.fromEntries(rejectReasons.map((r) => [r, 0])) as Record<
    RejectReason,
    number
  >
  let isFull = false
  let accepted = 0
  let rejected = 0
  let lastReject: RejectReason | null = null
  let tokens = burst
  let tokensAt_s: number | null = null

  /** The first check that fails, in the order of docs/protocol.md 11. */
  function problem(bytes: Uint8Array, moment: AcceptanceMoment): RejectReason | null {
    if (decoder.decode(bytes, frame) !== null) return 'length'
    const { leaseEpoch, stateTime_s, validFor_ms, plan, kp, kd } = frame.values
    if (!hasOnlyFinite(frame)) return 'nonFinite'
    for (let i = 0; i < n; i++) if (kp[i] < 0 || kd[i] < 0) return 'gains'
    if (moment.epoch === null || leaseEpoch[0] !== moment.epoch) return 'epoch'
    if (isFull && !isNewer(frame.seq, slot.seq)) return 'seq'
    if (stateTime_s[0] > moment.newestStamp_s) return 'future'
    if (moment.now_s > stateTime_s[0] + validFor_ms[0] / 1000) return 'expired'
    if (validFor_ms[0] < 1 || validFor_ms[0] > validityMax_ms) return 'validity'
    if (plan[0] !== 0) return 'plan'
    if (!moment.isListening) return 'state'
    if ((frame.flags & frameFlags.replay) !== 0) return 'replay'
    if (!takeToken(moment.now_s)) return 'rate'
    return null
  }

  function takeToken(now_s: number): boolean {
    const since_s = now_s - (tokensAt_s ?? now_s)
    tokens = Math.min(burst, tokens + since_s * profile.commandRateMax_hz)
    tokensAt_s = now_s
    if (tokens < 1) return false
    tokens--
    return true
  }

  return {
    get command() {
      return isFull ? slot : null
    },
    seen: {
      ...{ qTarget: frame.values.qTarget, kp: frame.values.kp, kd: frame.values.kd },
      get stateTime_s() {
        return frame.values.stateTime_s[0]
      },
    },
    get accepted() {
      return accepted
    },
    get rejected() {
      return rejected
    },
    get lastReject() {
      return lastReject
    },
    counts,
    offer(bytes, moment) {
      const reason = problem(bytes, moment)
      if (reason !== null) {
        rejected++
        counts[reason]++
        lastReject = reason
        return reason
      }
      accepted++
      isFull = true
      const { values } = frame
      slot.seq = frame.seq
      slot.stateTime_s = values.stateTime_s[0]
      slot.deadline_s = values.stateTime_s[0] + values.validFor_ms[0] / 1000
      for (const key of ['qTarget', 'dqTarget', 'tauFf', 'kp', 'kd'] as const) {
        slot[key].set(values[key])
      }
      return null
    },
    clear() {
      isFull = false
    },
  }
}

function hasOnlyFinite(frame: Frame): boolean {
  if (!Number.isFinite(frame.time_s)) return false
  for (const values of Object.values(frame.values)) {
    for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false
  }
  return true
}
