import { clamp } from '@skillweave/math'
import { limitBits } from '@skillweave/protocol'
import type { RobotProfile } from './profile.ts'
import { createSelfCollision, type SelfCollision } from './self-collision.ts'

/** What the motors get: τ = tauFf + kp (qTarget − q) + kd (dqTarget − dq), computed by them. [nJoints] */
export interface MotorCommand {
  readonly qTarget: Float64Array
  readonly dqTarget: Float64Array
  readonly tauFf: Float64Array
  readonly kp: Float64Array
  readonly kd: Float64Array
}

export const createMotorCommand = (n: number): MotorCommand => ({
  qTarget: new Float64Array(n),
  dqTarget: new Float64Array(n),
  tauFf: new Float64Array(n),
  kp: new Float64Array(n),
  kd: new Float64Array(n),
})

/** The last stage before the motors: whatever is asked, what goes out is within the profile. */
export interface Limiter {
  /** What was changed about each joint at the last tick; bits as in `limitBits`. */
  readonly bits: Uint8Array
  /** The torque that the last command asks of each joint, N·m. */
  readonly torque: Float64Array
  /** Share of joint samples clipped by position, step, lead, collision or torque over the last 0.5 s. */
  readonly saturation: number
  /** A new target begins to act: steps are measured from what acts now. */
  begin(now_s: number): void
  /** Limit `command` in place. `q`, `dq`: as measured. */
  apply(command: MotorCommand, q: ArrayLike<number>, dq: ArrayLike<number>): void
  /** Steps and gains are measured from here: nothing moved before. */
  restart(q: ArrayLike<number>): void
}

/** Share of the torque limit that commands may use. */
const torqueShare = 0.85
/** Part of the joint's range kept free at either end. */
const margin = 0.02
/** Gains rise and fall through their whole range in this time. */
const gainRamp_s = 0.2
const saturationWindow_s = 0.5
const clipped =
  limitBits.position | limitBits.step | limitBits.lead | limitBits.collision | limitBits.torque

export function createLimiter(profile: RobotProfile): Limiter {
  const n = profile.joints.length
  const dt_s = profile.tickDt_s
  /** Part of their range that gains may move in a tick. */
  const gainStep = dt_s / gainRamp_s
  const bits = new Uint8Array(n)
  const torque = new Float64Array(n)
  const [low, high] = [new Float64Array(n), new Float64Array(n)]
  for (let i = 0; i < n; i++) {
    const range = profile.upper[i] - profile.lower[i]
    const free = Number.isFinite(range) ? margin * range : 0
    low[i] = profile.lower[i] + free
    high[i] = profile.upper[i] - free
  }
  const collision = profile.body ? createSelfCollision(profile.body, [profile.startPose]) : null
  const frozen = new Uint8Array(n)
  // What acted last, and what acted when the present target began.
  const last = createMotorCommand(n)
  const from = new Float64Array(n)
  let begun_s = 0
  let stepTime_s = dt_s
  // Clipped joints at each of the last ticks.
  const ring = new Uint16Array(Math.ceil(saturationWindow_s / dt_s))
  let ringAt = 0
  let ringSum = 0

  return {
    bits,
    torque,
    get saturation() {
      return ringSum / (ring.length * n)
    },
    begin(now_s) {
      from.set(last.qTarget)
      stepTime_s = clamp(now_s - begun_s, dt_s, 0.1)
      begun_s = now_s
    },
    restart(q) {
      for (let i = 0; i < n; i++) last.qTarget[i] = q[i]
      last.kp.fill(0)
      last.kd.fill(0)
      from.set(last.qTarget)
      ring.fill(0)
      ringSum = 0
    },
    apply(command, q, dq) {
      for (let i = 0; i < n; i++) limitTarget(command, q, i)
      if (collision) keepApart(command, q, collision)
      let count = 0
      for (let i = 0; i < n; i++) {
        limitTorque(command, q, dq, i)
        if ((bits[i] & clipped) !== 0) count++
      }
      ringSum += count - ring[ringAt]
      ring[ringAt] = count
      ringAt = (ringAt + 1) % ring.length
    },
  }

  /** Gains, position, step and lead of one joint. */
  function limitTarget(command: MotorCommand, q: ArrayLike<number>, i: number): void {
    const kp = ramp(command.kp[i], last.kp[i], profile.kpMax[i], gainStep)
    const kd = ramp(command.kd[i], last.kd[i], profile.kdMax[i], gainStep)
    let b = kp !== command.kp[i] || kd !== command.kd[i] ? limitBits.gain : 0
    const inRange = clamp(command.qTarget[i], low[i], high[i])
    if (inRange !== command.qTarget[i]) b |= limitBits.position
    const step = profile.velocity[i] * stepTime_s
    const stepped = clamp(inRange, from[i] - step, from[i] + step)
    if (stepped !== inRange) b |= limitBits.step
    const target = withinLead(stepped, q[i], kp, i)
    if (target !== stepped) b |= limitBits.lead
    command.qTarget[i] = target
    command.kp[i] = kp
    command.kd[i] = kd
    bits[i] = b
  }

  function withinLead(target: number, q: number, kp: number, i: number): number {
    const lead = kp > 0 ? (1.5 * profile.effort[i]) / kp : Number.POSITIVE_INFINITY
    return clamp(target, q - lead, q + lead)
  }

  /** Joints that would bring parts together stay where their last targets were. */
  function keepApart(command: MotorCommand, q: ArrayLike<number>, parts: SelfCollision): void {
    frozen.fill(0)
    if (parts.freeze(command.qTarget, last.qTarget, frozen) === 0) return
    for (let i = 0; i < n; i++) {
      if (!frozen[i]) continue
      command.qTarget[i] = withinLead(last.qTarget[i], q[i], command.kp[i], i)
      command.dqTarget[i] = 0
      bits[i] |= limitBits.collision
    }
  }

  function limitTorque(
    command: MotorCommand,
    q: ArrayLike<number>,
    dq: ArrayLike<number>,
    i: number,
  ): void {
    const { kp, kd, qTarget, dqTarget, tauFf } = command
    const tau = tauFf[i] + kp[i] * (qTarget[i] - q[i]) + kd[i] * (dqTarget[i] - dq[i])
    const tauMax = torqueShare * profile.effort[i]
    const given = clamp(tau, -tauMax, tauMax)
    if (given !== tau) bits[i] |= limitBits.torque
    // The motor's own PD adds up to `given` with this.
    tauFf[i] += given - tau
    torque[i] = given
    last.qTarget[i] = qTarget[i]
    last.kp[i] = kp[i]
    last.kd[i] = kd[i]
  }
}

/** A gain within 0 … max that moves from `before` by at most `share` of the range. */
const ramp = (wanted: number, before: number, max: number, share: number): number =>
  clamp(clamp(wanted, 0, max), before - share * max, before + share * max)
