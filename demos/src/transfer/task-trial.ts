import { createPolicyController, withPolicyGains } from '@skillweave/controllers'
import { createRng, distSqAt } from '@skillweave/math'
import { bindSite, createEnv, type Env } from '@skillweave/mdp'
import type { ReachTarget } from '@skillweave/tasks'
import { taskByName } from '@skillweave/tasks'
import type { PolicyFile } from '../policy-files.ts'
import { taskResources } from '../task-resources.ts'
import { type WireDelay, withDelay } from './delay.ts'
import { type EngineName, engines } from './engines.ts'
import { type Trial, watchTrial } from './trial.ts'

export interface TaskTrialOptions {
  readonly engine: EngineName
  readonly episodes: number
  readonly episode_s: number
  readonly seed: number
  readonly delay?: WireDelay
}

/**
 * A policy of one of our tasks, alone in each environment for a whole episode. What counts as success is the task's own measure where there is
 * one, and otherwise that no episode terminates early.
 */
export async function taskTrial(file: PolicyFile, options: TaskTrialOptions): Promise<Trial> {
  const { manifest } = file
  const entry = taskByName(manifest.task)
  const { robot, resources } = await taskResources(entry, { robot: manifest.robot, native: false })
  const create = options.delay
    ? withDelay(engines[options.engine], options.delay, createRng(options.seed).fork('wire'))
    : engines[options.engine]
  const full = entry.create(robot, resources)
  const task = { ...full, terminations: failuresOf(full.terminations) }
  const env = await createEnv({
    task,
    robot: withPolicyGains(robot, manifest),
    nEnvs: options.episodes,
    seed: options.seed,
    createSimulator: create,
  })
  const controller = createPolicyController({ ...file, env })
  const measure = (measures[manifest.task] ?? survived)(env)
  const watch = watchTrial(env.simulator, {
    controlDt_s: task.controlDt_s,
    beginning_s: Math.min(1, options.episode_s),
  })
  for (let e = 0; e < env.nEnvs; e++) {
    measure.start(e)
    env.refresh(e)
  }
  const actions = new Float32Array(env.nEnvs * env.actionSize)
  const nSteps = Math.round(options.episode_s / (task.controlDt_s * (task.holdSteps ?? 1)))
  for (let step = 0; step < nSteps; step++) {
    controller.decide(actions)
    await env.step(actions)
    for (let e = 0; e < env.nEnvs; e++) {
      watch.see(e, step)
      measure.see(e, step / nSteps)
    }
  }
  const trial = { episodes: env.nEnvs, ...measure.result(), ...watch.summary() }
  env.dispose()
  return trial
}

/** The terminations that mean failure; episodes here last as long as the trial. */
function failuresOf<T extends { readonly kind: string }>(
  terminations: Readonly<Record<string, T>>,
) {
  return Object.fromEntries(Object.entries(terminations).filter(([, t]) => t.kind === 'terminated'))
}

interface Measure {
  start(e: number): void
  /** After a step; `progress` goes from 0 to 1 over the episode. */
  see(e: number, progress: number): void
  result(): Pick<Trial, 'success' | 'metrics'>
}

/** No environment ended by failing. */
function survived(env: Env): Measure {
  const failed = new Array<boolean>(env.nEnvs).fill(false)
  return {
    start: () => {},
    see: (e) => {
      failed[e] ||= env.terminated[e] === 1
    },
    result: () => {
      const failures = failed.filter(Boolean).length
      return { success: 1 - failures / env.nEnvs, metrics: { failures } }
    },
  }
}

/** The hand stays within 5 cm of a target that stands still, on average over the last third. */
function reached(env: Env): Measure {
  const target = env.command<ReachTarget>('target')
  const hand = bindSite(env.robot, 'rightPalm')
  const point = new Float64Array(3)
  const sums = new Float64Array(env.nEnvs)
  let samples = 0
  target.held = true
  return {
    start: () => {},
    see: (e, progress) => {
      if (progress < 2 / 3) return
      hand(env.states[e], point, 0)
      sums[e] += Math.sqrt(distSqAt(point, 0, target.position, 3 * e))
      if (e === 0) samples++
    },
    result: () => {
      const means = Array.from(sums, (s) => s / samples)
      const success = means.filter((m) => m < 0.05).length / env.nEnvs
      const distance_m = means.reduce((a, b) => a + b, 0) / env.nEnvs
      return { success, metrics: { distance_m } }
    },
  }
}

const measures: Readonly<Record<string, (env: Env) => Measure>> = { reach: reached }
