import type { EnvState } from '@skillweave/mdp'
import type { DemoSession, Emit } from './session.ts'

/** Seconds on the floor after which a fallen robot is put back on its feet. */
const downBeforeReset_s = 2
/** A base below this share of its standing height is a fall. */
const fallenShare = 0.45

/** Watches a run for falls and for the skill that leads. */
export interface RunWatch {
  /** After every control step. */
  look(): void
  readonly falls: number
  /** It has been on the floor for so long that it does not get up again. */
  readonly hasFallen: boolean
  /** Share of time with each skill leading, s. */
  readonly skillTime: Readonly<Record<string, number>>
  /** It is on its feet again. */
  reset(): void
  /** What the future depends on. */
  save(): WatchMemory
  restore(memory: WatchMemory): void
}

export interface WatchMemory {
  readonly downFor: number
  readonly falls: number
  readonly lastLeader: string | null
}

export function createRunWatch(session: DemoSession, emit: Emit): RunWatch {
  const { env } = session
  const dt = env.task.controlDt_s
  const skillTime: Record<string, number> = Object.fromEntries(
    session.skills.map((s) => [s.name, 0]),
  )
  let falls = 0
  let downFor = 0
  let hasFallen = false
  let lastLeader: string | null = null
  return {
    skillTime,
    get falls() {
      return falls
    },
    get hasFallen() {
      return hasFallen
    },
    look() {
      const leader = leadingSkill(session)
      if (leader !== null) skillTime[leader] += dt
      if (leader !== lastLeader) {
        emit('skill.switched', { from: lastLeader, to: leader })
        lastLeader = leader
      }
      const down = isDown(env.states[0], env.robot.standingHeight)
      if (down && downFor === 0) {
        falls++
        emit('fall', {})
      }
      downFor = down ? downFor + dt : 0
      hasFallen = downFor > downBeforeReset_s
    },
    reset() {
      hasFallen = false
      downFor = 0
    },
    save: () => ({ downFor, falls, lastLeader }),
    restore(memory) {
      downFor = memory.downFor
      falls = memory.falls
      lastLeader = memory.lastLeader
      hasFallen = false
    },
  }
}

function isDown(s: EnvState, standingHeight: number): boolean {
  return standingHeight > 0 && s.linkPos_w[2] < fallenShare * standingHeight
}

/** The skill with the greatest weight; null when none has any. */
function leadingSkill(session: DemoSession): string | null {
  const blend = session.blend?.()
  if (!blend) return null
  let best: string | null = null
  let most = 0
  blend.skills.forEach((skill, k) => {
    if (blend.weights[k] <= most) return
    best = skill
    most = blend.weights[k]
  })
  return best
}
