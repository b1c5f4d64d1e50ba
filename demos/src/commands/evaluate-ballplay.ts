import type { Env } from '@skillweave/mdp'
import { type BatchPolicy, createBatchPolicy } from '@skillweave/rl'
import { createSimulator } from '@skillweave/sim'
import {
  type BallSkillName,
  ballplayStudent,
  ballSkillByName,
  ballSkillNames,
  taskByName,
} from '@skillweave/tasks'
import { countPassed } from '../ballplay/skill-episodes.ts'
import { loadPolicy, saveEvaluation } from '../policy-files.ts'
import { ballKind, defaultSkills, taskResources } from '../task-resources.ts'
import { UserError } from '../user-error.ts'
import { wilson } from '../wilson.ts'

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
      passed += await countPassed({
        ...{ task, robot, skill, nEnvs, createSimulator },
        seed: options.seed + done,
        bind: (env) => bindPolicy(policy, env),
      })
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

function bindPolicy(policy: BatchPolicy, env: Env): (actions: Float32Array) => Promise<void> {
  if (env.actorSize !== policy.obsSize) {
    throw new UserError(
      `the policy observes ${policy.obsSize} numbers, the task gives ${env.actorSize}`,
    )
  }
  return (actions) => policy.run(env.actorObs, actions, env.nEnvs)
}

function ballSkillName(name: string): BallSkillName {
  try {
    ballSkillByName(name)
  } catch (error) {
    throw new UserError((error as Error).message)
  }
  return name as BallSkillName
}
