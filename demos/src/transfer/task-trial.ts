import { createPolicyController, withPolicyGains } from '@skillweave/controllers'
import { createEnv } from '@skillweave/mdp'
import { taskByName } from '@skillweave/tasks'
import type { PolicyFile } from '../policy-files.ts'
import { taskResources } from '../task-resources.ts'
import type { WireDelay } from './delay.ts'
import { type EngineName, engineBehindWire } from './engines.ts'
import { measureOf } from './measures.ts'
import { type Trial, watchTrial } from './trial.ts'

export interface TaskTrialOptions {
  readonly engine: EngineName
  readonly episodes: number
  /** Default: the measure's. */
  readonly episode_s?: number
  readonly seed: number
  readonly delay?: WireDelay
}

/** A policy of one of our tasks, alone in each environment for a whole episode; what counts as success is the task's measure. */
export async function taskTrial(file: PolicyFile, options: TaskTrialOptions): Promise<Trial> {
  const { manifest } = file
  const entry = taskByName(manifest.task)
  const { robot, resources } = await taskResources(entry, { robot: manifest.robot, native: false })
  const measured = measureOf(manifest.task)
  const full = measured.task?.(robot) ?? entry.create(robot, resources)
  const task = { ...full, terminations: failuresOf(full.terminations) }
  const env = await createEnv({
    task,
    robot: manifest.action.kind === 'blendSkills' ? robot : withPolicyGains(robot, manifest),
    nEnvs: options.episodes,
    seed: options.seed,
    createSimulator: engineBehindWire(options),
  })
  const controller = createPolicyController({ ...file, env })
  const measure = measured.bind(env)
  const episode_s = options.episode_s ?? measured.episode_s
  const watch = watchTrial(env.simulator, {
    controlDt_s: task.controlDt_s,
    beginning_s: Math.min(1, episode_s),
  })
  for (let e = 0; e < env.nEnvs; e++) {
    measure.start(e)
    env.refresh(e)
  }
  let controlStep = 0
  env.onControlStep = () => {
    for (let e = 0; e < env.nEnvs; e++) watch.see(e, controlStep)
    controlStep++
  }
  const actions = new Float32Array(env.nEnvs * env.actionSize)
  const nDecisions = Math.ceil(episode_s / (task.controlDt_s * (task.holdSteps ?? 1)) - 1e-9)
  for (let decision = 0; decision < nDecisions; decision++) {
    controller.decide(actions)
    await env.step(actions)
    for (let e = 0; e < env.nEnvs; e++) measure.see(e, decision / nDecisions)
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
