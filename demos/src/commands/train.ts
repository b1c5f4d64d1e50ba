import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createEnv, type Env, type MotionReference } from '@skillweave/mdp'
import type { PolicyProvenance } from '@skillweave/policy'
import {
  createDistiller,
  createPpo,
  type DistillConfig,
  type DistillStats,
  type Learner,
  type PpoConfig,
  type PpoStats,
  runTraining,
  type TeachableEnv,
} from '@skillweave/rl'
import { createSimulator } from '@skillweave/sim'
import { ballSkillNames, taskByName } from '@skillweave/tasks'
import { savePolicy, shippedFolder } from '../policy-files.ts'
import { type ResourceOptions, taskResources } from '../task-resources.ts'
import { buildHash, manifestOf } from '../training/manifest.ts'
import { clock, count, createProgress } from '../training/progress.ts'
import { openRunFolder, type RunFolder } from '../training/run-folder.ts'
import { UserError } from '../user-error.ts'

export interface TrainOptions extends Omit<ResourceOptions, 'native'> {
  readonly samples?: number
  readonly minutes?: number
  readonly envs?: number
  readonly seed: number
  readonly name?: string
  readonly resume?: boolean
  /** A policy (file or run folder) to start from. */
  readonly initial?: string
  /** Folders of the teachers' runs, by skill; default the runs of `ballplay-teacher`. */
  readonly teachers?: string
  /** Hyper-parameters that differ from the task's. */
  readonly set?: Readonly<Record<string, unknown>>
  /** Also store the result among the shipped policies under this name. */
  readonly ship?: string
  readonly json?: boolean
}

/** Settings in a task's `learning` that are not the learner's own. */
interface Budget {
  readonly samples?: number
  readonly nEnvs?: number
}

/** `train <task>`: learn, writing checkpoints, metrics and the policy under `.runs/`. */
export async function train(taskName: string, options: TrainOptions): Promise<void> {
  const entry = findTask(taskName)
  const { robot, resources } = await taskResources(entry, { ...options, native: true })
  const task = entry.create(robot, resources)
  const {
    samples: usualSamples,
    nEnvs: usualEnvs,
    ...usual
  } = (task.learning ?? {}) as Budget & Record<string, unknown>
  const learning = { ...usual, ...options.set }
  const name = options.name ?? runName(taskName, options)
  const nEnvs = options.envs ?? usualEnvs ?? 128
  const samples = options.samples ?? (options.minutes ? undefined : (usualSamples ?? 2_000_000))
  const settings = { task: taskName, robot: robot.name, ...options, nEnvs, samples, learning }
  const folder = openRunFolder(name, settings, options.resume ?? false)
  const env = await createEnv({ task, robot, nEnvs, seed: options.seed, createSimulator })

  const now = () => performance.now() / 1000
  const learner =
    entry.learner === 'distill'
      ? await createDistiller({
          env: teachable(env),
          teachers: loadTeachers(options),
          config: learning as Partial<DistillConfig>,
          seed: options.seed,
          now,
        })
      : await createPpo({
          env,
          config: learning as Partial<PpoConfig>,
          seed: options.seed,
          now,
          ...(options.initial ? { initial: readInitial(options.initial) } : {}),
        })

  const stop = new AbortController()
  const onInterrupt = () => {
    process.stderr.write('\nstopping after this iteration; what was learned is kept\n')
    stop.abort()
  }
  process.once('SIGINT', onInterrupt)
  const progress = createProgress(process.stderr)
  const before = folder.minutes()
  const started = now()
  const minutes = () => before + (now() - started) / 60
  const resume = folder.checkpoint()
  const startSamples = () => learner.samples
  let first: number | undefined

  const result = await runTraining<PpoStats | DistillStats>({
    learner: learner as Learner<PpoStats | DistillStats>,
    env,
    seed: options.seed,
    now,
    checkpointEvery: 50,
    signal: stop.signal,
    ...(samples !== undefined ? { samples } : {}),
    ...(options.minutes !== undefined ? { seconds: options.minutes * 60 } : {}),
    ...(resume ? { resume } : {}),
    onStats: (stats) => {
      first ??= startSamples() - nEnvs * 32
      folder.record({ ...stats, minutes: minutes() })
      const rate = (stats.samples - first) / (now() - started)
      const left =
        options.minutes !== undefined
          ? options.minutes * 60 - (now() - started)
          : ((samples ?? 0) - stats.samples) / rate
      progress.update(`${name} ${describe(stats)} | ${rate.toFixed(0)}/s, ${clock(left)} left`)
    },
    onCheckpoint: (bytes) => {
      folder.saveCheckpoint(bytes)
      folder.saveMinutes(minutes())
      save(learner, env, folder, name, provenance(taskName, options, learner.samples, minutes()))
    },
  })
  process.off('SIGINT', onInterrupt)
  progress.done(
    `${name}: ${count(result.samples)} samples in ${minutes().toFixed(1)} min (${result.end}); policy in ${folder.path}`,
  )
  if (options.ship) {
    const made = provenance(taskName, options, learner.samples, minutes())
    savePolicy(
      shippedFolder,
      options.ship,
      learner.exportOnnx(),
      manifestOf(env, options.ship, made),
    )
  }
  if (options.json) {
    const summary = { run: name, samples: result.samples, minutes: minutes(), end: result.end }
    process.stdout.write(`${JSON.stringify(summary)}\n`)
  }
  await learner.dispose()
  env.dispose()
}

function findTask(name: string) {
  try {
    return taskByName(name)
  } catch (error) {
    throw new UserError((error as Error).message)
  }
}

/** The run's folder name: the task and what was chosen for it. */
function runName(taskName: string, options: TrainOptions): string {
  return [taskName, options.skill, options.ball].filter(Boolean).join('-')
}

function describe(stats: PpoStats | DistillStats): string {
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

function save(
  learner: { exportOnnx(): Uint8Array },
  env: Env,
  folder: RunFolder,
  name: string,
  made: PolicyProvenance,
): void {
  savePolicy(folder.path, 'policy', learner.exportOnnx(), manifestOf(env, name, made))
}

function provenance(
  taskName: string,
  options: TrainOptions,
  samples: number,
  minutes: number,
): PolicyProvenance {
  const flags = (['skill', 'ball', 'samples', 'envs', 'seed', 'initial', 'teachers'] as const)
    .filter((k) => options[k] !== undefined)
    .map((k) => `--${k} ${options[k]}`)
  if (options.set) flags.push(`--set '${JSON.stringify(options.set)}'`)
  return {
    command: ['pnpm train', taskName, ...flags].join(' '),
    seed: options.seed,
    samples,
    minutes: Math.round(10 * minutes) / 10,
    buildHash: buildHash(),
    parents: options.initial ? [options.initial] : [],
  }
}

function readInitial(path: string): Uint8Array {
  const file = existsSync(join(path, 'policy.onnx')) ? join(path, 'policy.onnx') : path
  if (!existsSync(file)) throw new UserError(`there is no policy at ${path}`)
  return readFileSync(file)
}

/** One teacher per skill, in label order. */
function loadTeachers(options: TrainOptions): Uint8Array[] {
  const pattern =
    options.teachers ?? `.runs/ballplay-teacher-SKILL${options.ball ? `-${options.ball}` : ''}`
  return ballSkillNames.map((skill) => {
    const path = join(pattern.replace('SKILL', skill), 'policy.onnx')
    if (existsSync(path)) return readFileSync(path)
    throw new UserError(
      `no teacher for ${skill} at ${path}; train it with: pnpm train ballplay-teacher --skill ${skill}`,
    )
  })
}

/** The environment with the teacher that applies to each copy: the one of its reference's skill. */
function teachable(env: Env): TeachableEnv {
  return new Proxy(env, {
    get: (target, key) =>
      key === 'teacherOf'
        ? target.command<MotionReference>('reference').skillOf
        : bindMethod(target, Reflect.get(target, key, target)),
  }) as unknown as TeachableEnv
}

const bindMethod = (target: object, value: unknown): unknown =>
  typeof value === 'function' ? value.bind(target) : value
