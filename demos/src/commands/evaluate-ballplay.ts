import { createRng } from '@skillweave/math'
import { createEnv, fallen, type MotionReference, type Task, timeOut } from '@skillweave/mdp'
import type { Robot } from '@skillweave/model'
import { type BatchPolicy, createBatchPolicy } from '@skillweave/rl'
import { createSimulator } from '@skillweave/sim'
import {
  type BallSkillName,
  ballplayStudent,
  ballRadius,
  ballSkillByName,
  ballSkillNames,
  taskByName,
} from '@skillweave/tasks'
import { loadPolicy, saveEvaluation } from '../policy-files.ts'
import { ballKind, defaultSkills, taskResources } from '../task-resources.ts'
import { UserError } from '../user-error.ts'
import { wilson } from '../wilson.ts'
import { createJudge, lastUsefulStart } from './ballplay-judges.ts'

export interface EvaluateBallplayOptions {
  readonly episodes: number
  readonly ball?: string
  readonly policy?: string
  /** One skill only. */
  readonly skill?: string
  readonly seed: number
  readonly data?: string
  /** Write the result into the policy's manifest. */
  readonly card?: boolean
  readonly json?: boolean
}

/** Seconds a dribble must go on, and the time given to the other skills. */
const duration_s = 10
/** Episodes run at once. */
const batch = 128

/**
 * `evaluate ballplay`: each skill from reference states of its own, judged as SkillMimic-V2 does
 * (docs/ballplay.md), deterministic policy, no help.
 */
export async function evaluateBallplay(options: EvaluateBallplayOptions): Promise<void> {
  const ball = ballKind(options.ball)
  const policyName = options.policy ?? defaultSkills(ball)
  const { onnx, manifest } = loadPolicy(policyName)
  const { robot, resources } = await taskResources(taskByName('ballplay'), {
    ...(options.data ? { data: options.data } : {}),
    ball,
    native: true,
  })
  if (manifest.robot !== robot.name) {
    throw new UserError(`policy for ${manifest.robot}, expected ${robot.name}`)
  }
  const wanted = options.skill ? [ballSkillName(options.skill)] : ballSkillNames
  const motions = resources.motions(ballSkillNames)
  const policy = await createBatchPolicy(onnx)
  const skills: Record<string, ReturnType<typeof wilson>> = {}
  for (const skill of wanted) {
    let passed = 0
    for (let done = 0; done < options.episodes; done += batch) {
      const task = ballplayStudent(robot, { motions, ball, noisy: 0 })
      const nEnvs = Math.min(batch, options.episodes - done)
      passed += await countPassed({ task, robot, policy, skill, nEnvs, seed: options.seed + done })
    }
    skills[skill] = wilson(passed, options.episodes)
    const { success, low, high } = skills[skill]
    const percent = (x: number) => (100 * x).toFixed(1)
    process.stderr.write(
      `${ballSkillByName(skill).title.padEnd(16)} ${percent(success)} % (${percent(low)}–${percent(high)})\n`,
    )
  }
  await policy.dispose()
  const mean = Object.values(skills).reduce((n, s) => n + s.success, 0) / wanted.length
  process.stderr.write(`mean ${(100 * mean).toFixed(1)} %\n`)
  if (options.card) {
    const results = Object.fromEntries(
      Object.entries(skills).map(([skill, s]) => [`${skill}_success`, s.success]),
    )
    saveEvaluation(policyName, {
      command: `pnpm evaluate ballplay --episodes ${options.episodes} --ball ${ball} --seed ${options.seed}`,
      results: { ...results, mean_success: mean },
    })
  }
  if (options.json) {
    const result = { ball, episodes: options.episodes, seed: options.seed, mean, skills }
    process.stdout.write(`${JSON.stringify(result)}\n`)
  }
}

/** Episodes of one skill that succeed, all run at once. */
async function countPassed(run: {
  readonly task: Task
  readonly robot: Robot
  readonly policy: BatchPolicy
  readonly skill: string
  readonly nEnvs: number
  readonly seed: number
}): Promise<number> {
  const { robot, policy, skill, nEnvs, seed } = run
  const task: Task = {
    ...run.task,
    observations: { actor: run.task.observations.actor },
    terminations: {
      fallen: fallen({ below: 0.5 }),
      timeOut: timeOut({ after_s: duration_s + 1 }),
    },
  }
  const env = await createEnv({ task, robot, nEnvs, seed, createSimulator })
  if (env.actorSize !== policy.obsSize) {
    throw new UserError(
      `the policy observes ${policy.obsSize} numbers, the task gives ${env.actorSize}`,
    )
  }
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
  for (let step = 0; step < duration_s / task.controlDt_s; step++) {
    await policy.run(env.actorObs, actions, nEnvs)
    await env.step(actions)
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

function ballSkillName(name: string): BallSkillName {
  try {
    ballSkillByName(name)
  } catch (error) {
    throw new UserError((error as Error).message)
  }
  return name as BallSkillName
}
