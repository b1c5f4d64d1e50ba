import { createRng } from '@skillweave/math'
import {
  createEnv,
  type Env,
  fallen,
  type MotionReference,
  type Task,
  timeOut,
} from '@skillweave/mdp'
import type { Robot, Simulator, SimulatorOptions } from '@skillweave/model'
import { ballRadius } from '@skillweave/tasks'
import { createJudge, lastUsefulStart } from './judges.ts'

/** Seconds a dribble must go on, and the time given to the other skills. */
export const ballSkillEpisode_s = 10

/** Episodes of one ball skill, all run at once. */
export interface SkillEpisodes {
  readonly task: Task
  readonly robot: Robot
  readonly skill: string
  readonly nEnvs: number
  readonly seed: number
  readonly createSimulator: (options: SimulatorOptions) => Promise<Simulator>
  /** What acts; called once, when there is something to act in. */
  bind(env: Env): (actions: Float32Array) => void | Promise<void>
  /** After every control step, from 0. */
  readonly watch?: (env: Env, step: number) => void
}

/** How many succeed, each from a reference state of its own (docs/ballplay.md); no help, nobody is caught. */
export async function countPassed(run: SkillEpisodes): Promise<number> {
  const { robot, skill, nEnvs, seed, createSimulator } = run
  const task: Task = {
    ...run.task,
    observations: { actor: run.task.observations.actor },
    terminations: {
      fallen: fallen({ below: 0.5 }),
      timeOut: timeOut({ after_s: ballSkillEpisode_s + 1 }),
    },
  }
  const env = await createEnv({ task, robot, nEnvs, seed, createSimulator })
  const decide = run.bind(env)
  const reference = env.command<MotionReference>('reference')
  const clips = reference.motions.flatMap((m, i) => (m.skill === skill ? [i] : []))
  const rng = createRng(seed).fork('starts')
  const judges = env.states.map((s) => {
    const clip = clips[rng.integer(clips.length)]
    const motion = reference.motions[clip]
    const last = motion.loop ? motion.nFrames - 1 : lastUsefulStart(skill, motion)
    reference.forced = { clip, frame: rng.integer(last) }
    env.resetEnv(s.index)
    if (skill === 'pickUp') {
      const distance = rng.range(0.5, 3)
      const angle = rng.range(-Math.PI, Math.PI)
      const x = s.linkPos_w[0] + distance * Math.cos(angle)
      const y = s.linkPos_w[1] + distance * Math.sin(angle)
      env.simulator.placeObject(s.index, 0, [x, y, ballRadius])
    }
    env.refresh(s.index)
    return createJudge(skill, env, s, motion)
  })
  const actions = new Float32Array(nEnvs * env.actionSize)
  const live = new Set(env.states)
  for (let step = 0; step < ballSkillEpisode_s / task.controlDt_s; step++) {
    await decide(actions)
    await env.step(actions)
    run.watch?.(env, step)
    for (const s of live) {
      // An ended environment has been reset: it fell.
      if (env.terminated[s.index] === 1) {
        judges[s.index].fell()
        live.delete(s)
      } else judges[s.index].watch(s, step * task.controlDt_s)
    }
  }
  env.dispose()
  return judges.filter((judge) => judge.passed()).length
}
