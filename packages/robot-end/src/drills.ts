import type { RobotProfile } from './profile.ts'

/** What a controller asked for, decoded. */
export interface AskedFor {
  readonly qTarget: ArrayLike<number>
  readonly kp: ArrayLike<number>
  readonly kd: ArrayLike<number>
}

/**
 * What has been tried of a robot since it started, before it may move: that stops work, that silence is noticed, that its link is quick, and
 * what its controller would ask for. On the robot's own clock. Only what happens while nothing moves is looked at.
 */
export interface Drills {
  /** Every tick. */
  ticked(now_s: number): void
  /** A command that is refused only because nothing may move yet. `age_s`: of the state it answers. */
  commanded(asked: AskedFor, age_s: number, now_s: number): void
  stopped(by: 'operator' | 'local', now_s: number): void
  /** A lease ended because its holder was silent. */
  silenceNoticed(now_s: number): void
  /** What has not been tried or did not go well: sentences. */
  problems(now_s: number): string[]
}

const validFor_s = 600
const stopWithin_s = 0.05
const window_s = 2
const commandRate_hz = 50
const commandsMin = 0.95 * window_s * commandRate_hz
const ageMax_s = 0.02
const gapMax_s = 0.02
/** Room for a window at twice the rate. */
const room = 2 * window_s * commandRate_hz

export function createDrills(profile: RobotProfile): Drills {
  const never = Number.NEGATIVE_INFINITY
  const done_s = { operator: never, local: never, silence: never }
  const pending: { by: 'operator' | 'local' | null; at_s: number } = { by: null, at_s: 0 }
  const at_s = new Float64Array(room).fill(never)
  const ages_s = new Float64Array(room)
  let count = 0
  let tick_s = never
  let gap_s = never
  /** When a command last asked for more than the profile has, and for what. */
  let excess = { at_s: never, joint: '', what: '' }

  function lookAt(asked: AskedFor, now_s: number): void {
    for (let i = 0; i < profile.joints.length; i++) {
      const q = asked.qTarget[i]
      const isBeyond = q < profile.lower[i] || q > profile.upper[i]
      const isStiff = asked.kp[i] > profile.kpMax[i] || asked.kd[i] > profile.kdMax[i]
      if (!isBeyond && !isStiff) continue
      const what = isBeyond
        ? `target ${q.toFixed(2)}, limits ${profile.lower[i].toFixed(2)} to ${profile.upper[i].toFixed(2)} rad`
        : `gains ${asked.kp[i]} and ${asked.kd[i]}, at most ${profile.kpMax[i]} and ${profile.kdMax[i]}`
      excess = { at_s: now_s, joint: profile.joints[i], what }
      return
    }
  }

  function linkProblems(now_s: number): string[] {
    const recent = Array.from(ages_s).filter((_, i) => now_s - at_s[i] <= window_s)
    if (recent.length < commandsMin) {
      return [
        `${recent.length} commands came in the last ${window_s} s, expected ${commandsMin} or more: send them before pre-flight, they do not act`,
      ]
    }
    recent.sort((a, b) => a - b)
    const p99 = recent[Math.min(recent.length - 1, Math.floor(0.99 * recent.length))]
    if (p99 <= ageMax_s) return []
    return [
      `commands answer states that are ${(1000 * p99).toFixed(0)} ms old (99th percentile), expected ${1000 * ageMax_s} at most`,
    ]
  }

  return {
    ticked: (now_s) => {
      if (now_s - tick_s > gapMax_s && tick_s !== never) gap_s = now_s
      tick_s = now_s
      if (pending.by === null) return
      if (now_s - pending.at_s <= stopWithin_s) done_s[pending.by] = now_s
      pending.by = null
    },
    commanded: (asked, age_s, now_s) => {
      at_s[count % room] = now_s
      ages_s[count % room] = age_s
      count++
      lookAt(asked, now_s)
    },
    stopped: (by, now_s) => {
      pending.by = by
      pending.at_s = now_s
    },
    silenceNoticed: (now_s) => {
      done_s.silence = now_s
    },
    problems: (now_s) => {
      const isOld = (t_s: number) => now_s - t_s > validFor_s
      const found = linkProblems(now_s)
      if (now_s - gap_s <= window_s) {
        found.push(`the motor loop stood still for more than ${1000 * gapMax_s} ms, expected never`)
      }
      if (now_s - excess.at_s <= window_s) {
        found.push(`a command asked for more than ${excess.joint} has: ${excess.what}`)
      }
      if (isOld(done_s.operator)) found.push(untried('a stop by an operator over the network'))
      if (isOld(done_s.local)) found.push(untried('a stop at the robot'))
      if (isOld(done_s.silence)) {
        found.push(untried('a controller that falls silent until its lease has expired'))
      }
      return found
    },
  }
}

const untried = (what: string): string =>
  `${what} has not been tried in the last ${validFor_s / 60} minutes`
