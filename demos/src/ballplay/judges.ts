import type { Env, EnvState } from '@skillweave/mdp'
import type { Reference } from '@skillweave/motion'
import { DribbleWatch, HoldWatch } from '@skillweave/tasks'

/** Decides whether one episode of a skill succeeds; the definitions are those of docs/ballplay.md. */
export interface Judge {
  watch(s: EnvState, time_s: number): void
  fell(): void
  passed(): boolean
}

/** The judge of a skill, for an episode that has just begun. Throws for a skill without one. */
export function createJudge(skill: string, env: Env, start: EnvState, motion: Reference): Judge {
  if (skill === 'pickUp') return pickUpJudge(env, start)
  if (skill === 'shot') return shotJudge(motion)
  if (skill.startsWith('dribble')) return dribbleJudge(env, start)
  throw new Error(`no judge for the skill "${skill}"`)
}

/** The dribble goes on for the whole time. */
function dribbleJudge(env: Env, start: EnvState): Judge {
  const { nEnvs, task } = env
  const watch = new DribbleWatch({ nEnvs, scene: task.scene, controlDt_s: task.controlDt_s })
  watch.reset(start)
  let fell = false
  return {
    watch: (s) => watch.step(s),
    fell: () => {
      fell = true
    },
    passed: () => !fell && watch.lost[start.index] === 0,
  }
}

/** The ball stays within 0.5 m of the pelvis for more than 1 s. */
function pickUpJudge(env: Env, start: EnvState): Judge {
  const { nEnvs, task } = env
  const watch = new HoldWatch({ nEnvs, scene: task.scene, controlDt_s: task.controlDt_s })
  watch.reset(start)
  return {
    watch: (s) => watch.step(s),
    fell: () => {},
    passed: () => watch.held[start.index] === 1,
  }
}

/** The ball's greatest height is within 0.2 m of the clip's, and the body upright 2 s later. */
function shotJudge(motion: Reference): Judge {
  let wanted = 0
  for (let t = 0; t < motion.nFrames; t++) {
    wanted = Math.max(wanted, motion.objectPos_w[3 * t + 2])
  }
  let highest = 0
  let highestAt = 0
  let fellAt = Number.POSITIVE_INFINITY
  let now = 0
  return {
    watch: (s, time) => {
      now = time
      if (s.objectPos_w[2] > highest) {
        highest = s.objectPos_w[2]
        highestAt = time
      }
    },
    fell: () => {
      fellAt = now
    },
    passed: () => Math.abs(highest - wanted) < 0.2 && fellAt > highestAt + 2,
  }
}

/** A shot can only be judged from before its release; a pick-up from before the ball is held. */
export function lastUsefulStart(skill: string, motion: Reference): number {
  let peak = 0
  for (let t = 0; t < motion.nFrames; t++) {
    if (motion.objectPos_w[3 * t + 2] > motion.objectPos_w[3 * peak + 2]) peak = t
  }
  if (skill === 'pickUp') {
    let t = 0
    while (t < motion.nFrames - 4 && motion.objectPos_w[3 * t + 2] < 0.3) t++
    return Math.max(1, t)
  }
  let release = peak
  while (release > 1 && motion.contact[2 * release] + motion.contact[2 * release + 1] < 1) release--
  return Math.max(1, release - 3)
}
