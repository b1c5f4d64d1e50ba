import { clamp } from '@skillweave/math'
import type { RobotState } from '@skillweave/protocol'
import type { AcceptedCommand } from './acceptance.ts'
import { createMotorCommand, type Limiter, type MotorCommand } from './limiter.ts'
import type { Measurement } from './preflight.ts'
import type { RobotProfile } from './profile.ts'

/** The moment that a command to the motors is made for. */
export interface OutputMoment {
  readonly state: RobotState
  readonly inState_s: number
  readonly now_s: number
  /** The newest accepted one; null: none. */
  readonly command: AcceptedCommand | null
  /** A stopped robot is damped first; true: not even that. */
  readonly isLimp: boolean
}

/** What the motors get in each state, by way of the limiter. Does not allocate. */
export interface MotorOutput {
  readonly command: MotorCommand
  /** Ramps and blends begin at these joint angles. */
  beginAt(q: ArrayLike<number>): void
  /** They begin at, or stay with, the present targets. */
  beginHere(): void
  write(m: Measurement, moment: OutputMoment): void
}

/** Length of the ramp to the start pose, and of the blend from there to the first commands. */
export const poseRamp_s = 3
const blendIn_s = 0.3
/** A held robot's feed-forward torque ends within this time. */
const fade_s = 0.1

export function createMotorOutput(profile: RobotProfile, limiter: Limiter): MotorOutput {
  const { startPose, poseKp, poseKd, dampKd } = profile
  const n = profile.joints.length
  const out = createMotorCommand(n)
  const from = new Float64Array(n)
  const tauFrom = new Float64Array(n)
  let actingSeq = -1

  function pose({ state, inState_s, now_s }: OutputMoment): void {
    const s = smooth(state === 'posed' ? 1 : inState_s / poseRamp_s)
    for (let i = 0; i < n; i++) out.qTarget[i] = from[i] + s * (startPose[i] - from[i])
    out.kp.set(poseKp)
    out.kd.set(poseKd)
    out.dqTarget.fill(0)
    out.tauFf.fill(0)
    tauFrom.fill(0)
    limiter.begin(now_s)
  }

  function follow(command: AcceptedCommand, { inState_s, now_s }: OutputMoment): void {
    const blend = inState_s / blendIn_s
    if (blend < 1 || command.seq !== actingSeq) limiter.begin(now_s)
    actingSeq = command.seq
    const s = smooth(blend)
    for (let i = 0; i < n; i++) {
      out.qTarget[i] = from[i] + s * (command.qTarget[i] - from[i])
      out.dqTarget[i] = s * command.dqTarget[i]
      out.tauFf[i] = s * command.tauFf[i]
      tauFrom[i] = out.tauFf[i]
    }
    out.kp.set(command.kp)
    out.kd.set(command.kd)
  }

  function hold({ inState_s, now_s }: OutputMoment): void {
    const fade = Math.max(0, 1 - inState_s / fade_s)
    for (let i = 0; i < n; i++) {
      out.qTarget[i] = from[i]
      out.dqTarget[i] = 0
      out.tauFf[i] = fade * tauFrom[i]
    }
    out.kp.set(poseKp)
    out.kd.set(poseKd)
    limiter.begin(now_s)
  }

  /** No stiffness: damping, or nothing at all. Acts at once, without the limiter's ramps. */
  function yieldTo(m: Measurement, isLimp: boolean): void {
    for (let i = 0; i < n; i++) {
      // A broken encoder must not reach the motors, not even as a target without stiffness.
      out.qTarget[i] = Number.isFinite(m.q[i]) ? m.q[i] : startPose[i]
      out.kd[i] = isLimp ? 0 : dampKd[i]
    }
    out.kp.fill(0)
    out.dqTarget.fill(0)
    out.tauFf.fill(0)
    limiter.restart(out.qTarget)
  }

  return {
    command: out,
    beginAt: (q) => {
      for (let i = 0; i < n; i++) from[i] = q[i]
      limiter.restart(q)
    },
    beginHere: () => {
      from.set(out.qTarget)
      actingSeq = -1
    },
    write: (m, moment) => {
      switch (moment.state) {
        case 'posing':
        case 'posed':
          pose(moment)
          break
        case 'active':
          if (!moment.command) return
          follow(moment.command, moment)
          break
        case 'holding':
          hold(moment)
          break
        default:
          yieldTo(m, moment.isLimp)
          return
      }
      limiter.apply(out, m.q, m.dq)
    },
  }
}

/** 0 to 1 with zero slope at either end. */
const smooth = (x: number): number => {
  const t = clamp(x, 0, 1)
  return t * t * (3 - 2 * t)
}
