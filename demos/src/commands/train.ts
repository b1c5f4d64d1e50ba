import type { Env } from '@skillweave/mdp'
import type { PolicyProvenance } from '@skillweave/policy'
import { savePolicy, shippedFolder } from '../policy-files.ts'
import { createCurves } from '../training/curves.ts'
import { buildHash, manifestOf } from '../training/manifest.ts'
import { openPolicyHistory } from '../training/policy-history.ts'
import { clock, count, createProgress } from '../training/progress.ts'
import { now, prepare, type TrainOptions, type TrainStats } from '../training/recipe.ts'
import { openRunFolder } from '../training/run-folder.ts'
import { createTeam } from '../training/team.ts'
import { watchTraining } from '../training/watch.ts'

/**
 * Learn a task, writing checkpoints, metrics and the policy under `.runs/`. Returns whether somebody
 * stopped it.
 */
export async function train(taskName: string, options: TrainOptions): Promise<boolean> {
  const team = options.workers && options.workers > 1 ? createTeam(options.workers) : undefined
  const recipe = await prepare(taskName, options, team?.reduce)
  const { env, learner, name, nEnvs, samples, skills } = recipe
  const folder = openRunFolder(name, recipe.settings, options.resume ?? false)
  team?.start({ taskName, options, run: name })

  const history = openPolicyHistory(folder.path, options.resume ?? false)
  const watch = options.watch
    ? await watchTraining({
        env,
        title: name,
        port: options.port,
        seed: options.seed,
        history,
        makeSpectacle: recipe.makeSpectacle,
      })
    : undefined
  const stop = new AbortController()
  const onInterrupt = () => {
    process.stderr.write('\nstopping after this iteration; what was learned is kept\n')
    stop.abort()
  }
  process.once('SIGINT', onInterrupt)
  const progress = createProgress(process.stderr)
  const curves = createCurves()
  for (const earlier of folder.recorded() as TrainStats[]) {
    curves.add(earlier.samples, learningCurves(earlier))
  }
  const before = options.resume ? folder.minutes() : 0
  const started = now()
  const minutes = () => before + (now() - started) / 60
  const resume = options.resume ? folder.checkpoint() : undefined
  const startSamples = () => learner.samples
  let first: number | undefined
  const save = (to: string, stem: string, policyName: string): void => {
    const parents = skillParents(skills, env)
    const made = provenance(taskName, options, learner.samples, minutes(), parents)
    savePolicy(to, stem, learner.exportOnnx(), manifestOf(env, policyName, made, skills))
  }

  const training = recipe.run({
    signal: stop.signal,
    ...(resume ? { resume } : {}),
    onStats: (stats) => {
      first ??= startSamples() - nEnvs * 32
      folder.record({ ...stats, minutes: minutes() })
      const metrics = learningCurves(stats)
      watch?.show(metrics)
      if (watch && history.isDue(stats.iteration)) {
        history.keep(stats.iteration, learner.exportOnnx())
        watch.kept()
      }
      curves.add(stats.samples, metrics)
      const rate = (stats.samples - first) / (now() - started)
      const left =
        options.minutes !== undefined
          ? options.minutes * 60 - (now() - started)
          : ((samples ?? 0) - stats.samples) / rate
      progress.update(`${name} ${describe(stats)} | ${rate.toFixed(0)}/s, ${clock(left)} left`)
    },
    onCheckpoint: (bytes, { exact }) => {
      if (exact || !folder.hasCheckpoint()) folder.saveCheckpoint(bytes)
      folder.saveMinutes(minutes())
      folder.savePicture('curves.svg', curves.svg(name))
      save(folder.path, 'policy', name)
    },
  })
  const result = await training.catch(async (error: unknown) => {
    // When another worker failed, its error says more than that it did.
    team?.abort()
    await team?.finish()
    throw error
  })
  await team?.finish()
  process.off('SIGINT', onInterrupt)
  await watch?.close()
  progress.done(
    `${name}: ${count(result.samples)} samples in ${minutes().toFixed(1)} min (${result.end}); policy in ${folder.path}`,
  )
  if (options.ship) {
    save(shippedFolder, options.ship, options.ship)
  }
  if (options.json) {
    const summary = { run: name, samples: result.samples, minutes: minutes(), end: result.end }
    process.stdout.write(`${JSON.stringify(summary)}\n`)
  }
  await learner.dispose()
  env.dispose()
  return result.end === 'stopped'
}

/** What is worth a curve. */
function learningCurves(stats: TrainStats): Record<string, number> {
  const learner =
    'kl' in stats
      ? { reward: stats.reward, kl: stats.kl, lr: stats.lr, explained: stats.explainedVariance }
      : { error: stats.error }
  return { ...learner, ...stats.env }
}

function describe(stats: TrainStats): string {
  const { env } = stats
  const ends = Object.entries(env)
    .filter(([k]) => k.startsWith('end/'))
    .map(([k, v]) => `${k.slice(4)} ${(100 * v).toFixed(0)}%`)
  const terms = Object.entries(env)
    .filter(([k]) => /^(reward|survival|shots|curriculum)\//.test(k))
    .map(([k, v]) => `${k.split('/')[1]} ${v.toPrecision(2)}`)
  const learning =
    'kl' in stats
      ? `kl ${stats.kl.toFixed(3)} lr ${stats.lr.toExponential(0)} std ${stats.std.toFixed(2)} ev ${stats.explainedVariance.toFixed(2)} r ${stats.reward.toFixed(3)}`
      : `error ${stats.error.toFixed(3)} teacher ${(100 * stats.teacherShare).toFixed(0)}%`
  const length = env.episodeLength_s?.toFixed(2) ?? '?'
  return `${count(stats.samples)} | ${learning} | ${length} s | ${terms.join(' ')} | ${ends.join(' ')}`
}

const skillParents = (skills: readonly string[], env: Env) =>
  skills.map((skill) => `${skill}-${env.robot.name}`)

function provenance(
  taskName: string,
  options: TrainOptions,
  samples: number,
  minutes: number,
  skills: readonly string[],
): PolicyProvenance {
  const flags = (
    [
      'robot',
      'controller',
      'without',
      'weights',
      'skill',
      'ball',
      'samples',
      'minutes',
      'envs',
      'seed',
      'name',
      'initial',
      'teachers',
      'after',
      'level',
      'workers',
    ] as const
  )
    .filter((k) => options[k] !== undefined)
    .map((k) => `--${k} ${options[k]}`)
  if (options.set) flags.push(`--set '${JSON.stringify(options.set)}'`)
  return {
    command: ['pnpm train', taskName, ...flags].join(' '),
    seed: options.seed,
    samples,
    minutes: Math.round(10 * minutes) / 10,
    buildHash: buildHash(),
    parents: [...(options.initial ? [options.initial] : []), ...skills],
  }
}
