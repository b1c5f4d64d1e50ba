import {
  type ChangeCause,
  changeCauses,
  type Enable,
  type RejectReason,
  type RobotState,
  robotStates,
  type Stop,
} from '@skillweave/protocol'
import { type Acceptance, createAcceptance } from './acceptance.ts'
import { createDrills, type Drills } from './drills.ts'
import { createGrip } from './grip.ts'
import { createGuards, type Guards } from './guards.ts'
import { createLimiter, type Limiter, type MotorCommand } from './limiter.ts'
import {
  createMotorOutput,
  type MotorOutput,
  type OutputMoment,
  poseRamp_s,
} from './motor-output.ts'
import { type Measurement, preflight } from './preflight.ts'
import type { RobotProfile } from './profile.ts'
import type {
  LeaseResult,
  Outcome,
  Rank,
  RobotEnd,
  RobotEndOptions,
  StopCause,
} from './robot-end-interface.ts'

const leaseTtl_s = 1
const startCommands = 3
const recover_s = 0.15
const leadMax = 0.2
const leadTime_s = 0.2
const restSpeed = 0.05

export function createRobotEnd(options: RobotEndOptions): RobotEnd {
  return new Machine(options)
}

class Machine implements RobotEnd {
  state: RobotState = 'offline'
  cause: ChangeCause = 'none'
  stopCause: ChangeCause = 'none'
  lease: { holder: string; rank: Rank; epoch: number } | null = null
  actingAge_s: number | null = null
  readonly acceptance: Acceptance
  readonly limiter: Limiter
  readonly #options: RobotEndOptions
  readonly #profile: RobotProfile
  readonly #output: MotorOutput
  readonly #guards: Guards
  readonly #grip = createGrip()
  readonly #drills: Drills
  /** Filled anew at every tick. */
  readonly #moment: { -readonly [K in keyof OutputMoment]: OutputMoment[K] } = {
    ...{ state: 'offline', inState_s: 0, now_s: 0, command: null, isLimp: false },
  }
  #epoch: number
  #renewed_s = 0
  #since_s = 0
  #measured: Measurement | null = null
  #freshStamp_s = Number.NEGATIVE_INFINITY
  #runningCommands = 0
  #behind_s = 0
  #rest_s = 0
  #stopCategory: 0 | 1 = 1

  constructor(options: RobotEndOptions) {
    this.#options = options
    this.#profile = options.profile
    this.#epoch = options.firstEpoch >>> 0
    this.acceptance = createAcceptance(options.profile, options.channel)
    this.limiter = createLimiter(options.profile)
    this.#output = createMotorOutput(options.profile, this.limiter)
    this.#guards = createGuards(options.profile)
    this.#drills = createDrills(options.profile)
  }

  linkUp(now_s: number): void {
    if (this.state === 'offline') this.#change('idle', 'done', now_s)
  }

  linkDown(holder: string, now_s: number): void {
    if (this.lease?.holder === holder) this.#endLease('lost', 'link', now_s)
  }

  requestLease(holder: string, rank: Rank, layoutHash: string, now_s: number): LeaseResult {
    const refuse = (text: string): LeaseResult => ({ ok: false, text })
    const { hash } = this.#options.channel
    if (this.state === 'offline') return refuse('the robot has no link')
    if (layoutHash !== hash) {
      return refuse(
        `the command layout is ${layoutHash.slice(0, 12)}…, expected ${hash.slice(0, 12)}…: other joints, order or units`,
      )
    }
    if (this.lease && this.lease.holder !== holder) {
      if (this.lease.rank === 'operator' || rank === 'controller') {
        return refuse(`${this.lease.holder} holds the lease (${this.lease.rank})`)
      }
      this.#endLease('revoked', 'lease', now_s)
    }
    this.#epoch = (this.#epoch + 1) >>> 0
    this.lease = { holder, rank, epoch: this.#epoch }
    this.#renewed_s = now_s
    this.acceptance.clear()
    this.#runningCommands = 0
    this.#options.onLease?.({ holder, epoch: this.#epoch, reason: 'granted', time_s: now_s })
    return { ok: true, epoch: this.#epoch, ttl_ms: 1000 * leaseTtl_s }
  }

  releaseLease(holder: string, now_s: number): Outcome {
    if (this.lease?.holder !== holder) return this.#notHolder(holder)
    this.#endLease('released', 'lease', now_s)
    return { ok: true }
  }

  runPreflight(holder: string, now_s: number): readonly string[] {
    if (this.lease?.holder !== holder) return [`${holder} does not hold the lease`]
    if (this.state !== 'idle' && this.state !== 'armed') {
      return [`the robot is ${this.state}, expected idle`]
    }
    if (!this.#measured) return ['nothing has been measured yet']
    const failures = [
      ...preflight(this.#profile, this.#measured),
      ...(this.#profile.drills ? this.#drills.problems(now_s) : []),
      ...(this.#options.problems?.() ?? []),
    ]
    if (failures.length === 0 && this.state === 'idle') this.#change('armed', 'done', now_s)
    return failures
  }

  pose(by: string, now_s: number): Outcome {
    const no = this.#mayMove(by, now_s) ?? this.#isIn('armed', 'posed')
    if (no) return no
    this.#output.beginAt((this.#measured as Measurement).q)
    this.#behind_s = 0
    this.#change('posing', 'asked', now_s)
    return { ok: true }
  }

  start(by: string, now_s: number): Outcome {
    const no = this.#mayMove(by, now_s) ?? this.#isIn('posed', 'holding')
    if (no) return no
    const { command } = this.acceptance
    if (!command || now_s > command.deadline_s || this.#runningCommands < startCommands) {
      return refuse(
        `${this.#runningCommands} fresh commands are running, expected ${startCommands} before a start`,
      )
    }
    const q = (this.#measured as Measurement).q
    const far = this.#profile.joints.flatMap((joint, i) => {
      const error = Math.abs(command.qTarget[i] - q[i])
      return error > this.#profile.startErrorMax ? [`${joint} ${error.toFixed(2)}`] : []
    })
    if (far.length > 0) {
      return refuse(`targets are too far from the joints, rad: ${far.join(', ')}`)
    }
    this.#output.beginHere()
    this.#change('active', 'asked', now_s)
    return { ok: true }
  }

  hold(_by: string, now_s: number): Outcome {
    const no = this.#isIn('posing', 'posed', 'active', 'holding')
    if (no) return no
    this.#toHolding('asked', now_s)
    return { ok: true }
  }

  damp(_by: string, now_s: number): Outcome {
    const no = this.#isIn('armed', 'posing', 'posed', 'active', 'holding', 'damping')
    if (no) return no
    this.#change('damping', 'asked', now_s)
    return { ok: true }
  }

  enable(enable: Enable, now_s: number): void {
    this.#grip.offer(enable, this.lease?.epoch ?? null, now_s)
  }

  offer(bytes: Uint8Array, now_s: number): RejectReason | null {
    const { state, lease } = this
    const reason = this.acceptance.offer(bytes, {
      now_s,
      epoch: lease ? lease.epoch : null,
      newestStamp_s: this.#guards.stamp_s,
      isListening:
        state === 'armed' ||
        state === 'posing' ||
        state === 'posed' ||
        state === 'active' ||
        state === 'holding',
    })
    const { command, seen } = this.acceptance
    // A command that only comes at the wrong moment shows that its sender lives.
    if (reason === null || reason === 'state') {
      this.#renewed_s = now_s
      if (!this.#isMoving()) this.#drills.commanded(seen, now_s - seen.stateTime_s, now_s)
    }
    if (reason !== null || !command) return reason
    this.#freshStamp_s = Math.max(this.#freshStamp_s, command.stateTime_s)
    this.#runningCommands++
    const isBack = this.cause === 'expired' && now_s - this.#since_s <= recover_s
    if (state === 'holding' && isBack && this.#isEnabled(now_s)) {
      this.#output.beginHere()
      this.#change('active', 'done', now_s)
    }
    return null
  }

  stop({ category }: Pick<Stop, 'category'>, cause: StopCause, now_s: number): void {
    if (cause === 'operator' || cause === 'local') this.#drills.stopped(cause, now_s)
    // A second stop may be harder than the first, never softer.
    const isHarder = this.state !== 'stopped' || category < this.#stopCategory
    if (!isHarder) return
    this.#stopCategory = category
    this.stopCause = cause
    this.#rest_s = 0
    this.#change('stopped', cause, now_s)
    this.#endLease('revoked', cause, now_s)
  }

  resetStop(now_s: number): Outcome {
    const no = this.#isIn('stopped')
    if (no) return no
    this.stopCause = 'none'
    this.acceptance.clear()
    this.#change('idle', 'done', now_s)
    return { ok: true }
  }

  tick(measured: Measurement, now_s: number): MotorCommand {
    this.#measured = measured
    this.actingAge_s = null
    this.#guard(measured, now_s)
    this.#advance(measured, now_s)
    this.#write(measured, now_s)
    this.#drills.ticked(now_s)
    return this.#output.command
  }

  /** What ends motion whatever anybody asks: sensors, speed, tilt, the lease, the person. */
  #guard(m: Measurement, now_s: number): void {
    const guards = this.#guards
    guards.see(m, now_s)
    if (this.lease && now_s - this.#renewed_s > leaseTtl_s) {
      if (!this.#isMoving()) this.#drills.silenceNoticed(now_s)
      this.#endLease('expired', 'lease', now_s)
    }
    if (!this.#isMoving() && this.state !== 'armed') return
    if (guards.isSensorBroken) this.stop({ category: 1 }, 'sensor', now_s)
    else if (guards.isTooFast() && this.#isMoving()) this.#change('damping', 'speed', now_s)
    else if (guards.hasFallen) this.stop({ category: 1 }, 'tilt', now_s)
    else if (this.#isMoving() && !this.#isEnabled(now_s)) this.#toHolding('enable', now_s)
  }

  #advance(m: Measurement, now_s: number): void {
    const { tickDt_s, dampAfter_ms, startPose } = this.#profile
    const inState_s = now_s - this.#since_s
    switch (this.state) {
      case 'posing': {
        let lag = 0
        for (let i = 0; i < startPose.length; i++) {
          lag = Math.max(lag, Math.abs(this.#output.command.qTarget[i] - m.q[i]))
        }
        this.#behind_s = lag > leadMax ? this.#behind_s + tickDt_s : 0
        if (this.#behind_s > leadTime_s) this.#change('damping', 'obstructed', now_s)
        else if (inState_s >= poseRamp_s && lag < leadMax / 2) this.#change('posed', 'done', now_s)
        return
      }
      case 'active': {
        const { command } = this.acceptance
        if (!command || now_s > command.deadline_s) this.#toHolding('expired', now_s)
        else if (this.limiter.saturation > 0.1) this.#toHolding('saturated', now_s)
        return
      }
      case 'holding': {
        // Whoever asks for a hold has that long to send something.
        const entered_s = this.cause === 'expired' ? Number.NEGATIVE_INFINITY : this.#since_s
        const quiet_s = now_s - Math.max(this.#freshStamp_s, entered_s)
        if (quiet_s * 1000 > dampAfter_ms) this.#change('damping', 'expired', now_s)
        return
      }
      case 'damping':
      case 'stopped': {
        let speed = 0
        for (let i = 0; i < startPose.length; i++) speed = Math.max(speed, Math.abs(m.dq[i]))
        this.#rest_s = speed < restSpeed ? this.#rest_s + tickDt_s : 0
        const isDone = this.#rest_s > 0.5 || inState_s > 5
        if (this.state === 'damping' && isDone) {
          this.#change('idle', 'done', now_s)
          this.#endLease('released', 'done', now_s)
        }
      }
    }
  }

  #write(m: Measurement, now_s: number): void {
    const { command } = this.acceptance
    const inState_s = now_s - this.#since_s
    if (this.state === 'active' && command) this.actingAge_s = now_s - command.stateTime_s
    const isOver = this.#stopCategory === 0 || this.#rest_s > 0.5 || inState_s > 2
    const moment = this.#moment
    moment.state = this.state
    moment.inState_s = inState_s
    moment.now_s = now_s
    moment.command = command
    moment.isLimp = this.state === 'stopped' && isOver
    this.#output.write(m, moment)
  }

  #toHolding(cause: ChangeCause, now_s: number): void {
    if (this.state === 'holding') return
    this.#output.beginHere()
    this.#runningCommands = 0
    this.#change('holding', cause, now_s)
  }

  #endLease(
    reason: 'released' | 'expired' | 'lost' | 'revoked',
    cause: ChangeCause,
    now_s: number,
  ): void {
    const { lease } = this
    if (!lease) return
    this.lease = null
    this.acceptance.clear()
    this.#grip.clear()
    this.#options.onLease?.({ holder: null, epoch: lease.epoch, reason, time_s: now_s })
    if (this.state === 'armed') this.#change('idle', cause, now_s)
    else if (this.#isMoving()) this.#toHolding(cause, now_s)
  }

  #change(to: RobotState, cause: ChangeCause, now_s: number): void {
    const from = this.state
    this.state = to
    this.cause = cause
    this.#since_s = now_s
    this.#rest_s = 0
    this.#options.onChange?.({ from, to, cause, time_s: now_s })
  }

  #isMoving(): boolean {
    const { state } = this
    return state === 'posing' || state === 'posed' || state === 'active' || state === 'holding'
  }

  #isEnabled(now_s: number): boolean {
    return !this.#profile.real || this.#grip.isHeld(now_s)
  }

  #mayMove(by: string, now_s: number): Outcome | undefined {
    if (this.lease?.holder !== by) return this.#notHolder(by)
    if (!this.#isEnabled(now_s)) return refuse('nobody holds the enable')
    return undefined
  }

  #isIn(...states: readonly RobotState[]): Outcome | undefined {
    if (states.includes(this.state)) return undefined
    return refuse(`the robot is ${this.state}, expected ${states.join(' or ')}`)
  }

  #notHolder(by: string): Outcome {
    return refuse(`${this.lease?.holder ?? 'nobody'} holds the lease, not ${by}`)
  }
}

const refuse = (text: string): Outcome & { readonly ok: false } => ({ ok: false, text })

/** Codes on the wire. */
export const stateCode = (state: RobotState): number => robotStates.indexOf(state)
export const causeCode = (cause: ChangeCause): number => changeCauses.indexOf(cause)
