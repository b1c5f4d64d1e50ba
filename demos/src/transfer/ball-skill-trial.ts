import { withPolicyGains } from '@skillweave/controllers'
import type { Env } from '@skillweave/mdp'
import { createInterpreter, type PolicyManifest } from '@skillweave/policy'
import { type BallKind, ballplayStudent, ballSkillNames, taskByName } from '@skillweave/tasks'
import { ballSkillEpisode_s, countPassed } from '../ballplay/skill-episodes.ts'
import type { PolicyFile } from '../policy-files.ts'
import { ballKind, taskResources } from '../task-resources.ts'
import { UserError } from '../user-error.ts'
import { engineBehindWire } from './engines.ts'
import type { TaskTrialOptions } from './task-trial.ts'
import { joinTrials, type Trial, type TrialWatch, watchTrial } from './trial.ts'

/** Whether a policy has all ball skills, so that each is judged. */
export const hasBallSkills = ({ task }: PolicyManifest): boolean => task === 'ballplay'

/** The ball it was trained with, as its command says. */
const ballOf = ({ provenance }: PolicyManifest): BallKind =>
  ballKind(/--ball (\w+)/.exec(provenance.command)?.[1])

/**
 * Every ball skill of a policy from reference states of its own, judged as by `evaluate ballplay`: so many episodes of each. The success is
 * the skills' mean.
 */
export async function ballSkillTrial(
  file: PolicyFile,
  options: Omit<TaskTrialOptions, 'episode_s'> & { readonly skills?: readonly string[] },
): Promise<Trial> {
  const { manifest } = file
  const ball = ballOf(manifest)
  const { robot, resources } = await taskResources(taskByName('ballplay'), {
    ...{ robot: manifest.robot, ball, native: false },
  })
  const motions = resources.motions(ballSkillNames)
  const { episodes, seed } = options
  const trials: Trial[] = []
  for (const skill of options.skills ?? ballSkillNames) {
    const task = ballplayStudent(robot, { motions, ball, noisy: 0 })
    let watch: TrialWatch | undefined
    const passed = await countPassed({
      ...{ task, skill, seed, nEnvs: episodes },
      robot: withPolicyGains(robot, manifest),
      createSimulator: engineBehindWire(options),
      bind: (env) => {
        watch = watchTrial(env.simulator, {
          controlDt_s: task.controlDt_s,
          beginning_s: Math.min(1, ballSkillEpisode_s),
        })
        return bindPolicy(file, env)
      },
      watch: (env, step) => {
        for (const s of env.states) watch?.see(s.index, step)
      },
    })
    if (!watch) throw new Error(`no episode of ${skill} was run`)
    const success = passed / episodes
    trials.push({
      ...{ episodes, success, metrics: { [`${skill}_success`]: success } },
      ...watch.summary(),
    })
  }
  return joinTrials(trials)
}

function bindPolicy({ onnx, name }: PolicyFile, env: Env): (actions: Float32Array) => void {
  const net = createInterpreter(onnx, { maxRows: env.nEnvs })
  if (net.sizeOf('obs') !== env.actorSize) {
    throw new UserError(
      `policy ${name} observes ${net.sizeOf('obs')} numbers, the task gives ${env.actorSize}`,
    )
  }
  return (actions) => {
    net.inputs.obs.set(env.actorObs)
    net.run(env.nEnvs)
    actions.set(net.outputs.actions)
  }
}
