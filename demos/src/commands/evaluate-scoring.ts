import { createEnv } from '@skillweave/mdp'
import { createBatchPolicy } from '@skillweave/rl'
import { createSimulator } from '@skillweave/sim'
import { type ShotTracker, scoring, taskByName } from '@skillweave/tasks'
import { loadPolicy, saveEvaluation } from '../policy-files.ts'
import { ballKind, taskResources } from '../task-resources.ts'
import { UserError } from '../user-error.ts'
import { wilson } from '../wilson.ts'

export interface EvaluateScoringOptions {
  readonly episodes: number
  readonly ball?: string
  readonly policy?: string
  readonly skills?: string
  readonly seed: number
  /** Write the result into the policy's manifest. */
  readonly card?: boolean
  readonly json?: boolean
}

const episode_s = 30

/**
 * `evaluate scoring`: from a standing body, ball on the floor within 3 m, hoop 2–8 m away, 30 s. An
 * episode succeeds when a shot meets SkillMimic's landing criterion; real baskets are counted beside.
 */
export async function evaluateScoring(options: EvaluateScoringOptions): Promise<void> {
  const ball = ballKind(options.ball)
  const policyName = options.policy ?? 'scoring'
  const { onnx } = loadPolicy(policyName)
  const policy = await createBatchPolicy(onnx)
  const { robot, resources } = await taskResources(taskByName('scoring'), {
    ball,
    ...(options.skills ? { skills: options.skills } : {}),
    native: true,
  })
  const task = scoring(robot, { skills: resources.skillSet(), ball, episode_s })
  const nEnvs = Math.min(64, options.episodes)
  const env = await createEnv({ task, robot, nEnvs, seed: options.seed, createSimulator })
  if (policy.obsSize !== env.actorSize) {
    throw new UserError(
      `the policy observes ${policy.obsSize} numbers, scoring gives ${env.actorSize}`,
    )
  }
  const shots = env.command<ShotTracker>('goal')
  const actions = new Float32Array(nEnvs * env.actionSize)
  const total = { episodes: 0, landed: 0, falls: 0, baskets: 0, landings: 0, attempts: 0, time: 0 }
  const before = env.states.map(() => ({ landings: 0, baskets: 0, attempts: 0, steps: 0 }))
  // Every copy plays the same number of episodes: counting those that end first would favour falls.
  const each = Math.ceil(options.episodes / nEnvs)
  const left = new Int32Array(nEnvs).fill(each)
  const decision_s = task.controlDt_s * (task.holdSteps ?? 1)
  const steps = Math.round((each * episode_s) / decision_s) + 10
  for (let step = 0; step < steps && left.some((n) => n > 0); step++) {
    await policy.run(env.actorObs, actions, nEnvs)
    await env.step(actions)
    for (let e = 0; e < nEnvs; e++) {
      const ended = env.terminated[e] === 1 || env.truncated[e] === 1
      if (!ended) {
        before[e] = {
          landings: shots.landings[e],
          baskets: shots.baskets[e],
          attempts: shots.attempts[e],
          steps: before[e].steps + 1,
        }
        continue
      }
      if (left[e] > 0) {
        left[e]--
        total.episodes++
        total.landed += before[e].landings > 0 ? 1 : 0
        total.falls += env.terminated[e]
        total.baskets += before[e].baskets
        total.landings += before[e].landings
        total.attempts += before[e].attempts
        total.time += before[e].steps * decision_s
      }
      before[e] = { landings: 0, baskets: 0, attempts: 0, steps: 0 }
    }
  }
  env.dispose()
  await policy.dispose()
  const result = {
    episodes: total.episodes,
    ...wilson(total.landed, total.episodes),
    basketsPerMinute: (60 * total.baskets) / Math.max(1, total.time),
    landingsPerMinute: (60 * total.landings) / Math.max(1, total.time),
    attemptsPerEpisode: total.attempts / Math.max(1, total.episodes),
    fallRate: total.falls / Math.max(1, total.episodes),
    ball,
    seed: options.seed,
  }
  const percent = (x: number) => (100 * x).toFixed(1)
  process.stderr.write(
    `landing criterion met in ${percent(result.success)} % of ${result.episodes} episodes (${percent(result.low)}–${percent(result.high)}), ${result.basketsPerMinute.toFixed(2)} baskets/min, falls in ${percent(result.fallRate)} %\n`,
  )
  if (options.card) {
    const { success, basketsPerMinute, fallRate } = result
    saveEvaluation(policyName, {
      command: `pnpm evaluate scoring --episodes ${options.episodes} --ball ${ball} --seed ${options.seed}`,
      results: { success, basketsPerMinute, fallRate },
    })
  }
  if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`)
}
