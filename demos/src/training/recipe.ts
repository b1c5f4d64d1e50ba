import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createEnv, type Env, type MotionReference } from '@skillweave/mdp'
import {
  type ActorHead,
  type AllReduce,
  createDistiller,
  createPpo,
  type DistillConfig,
  type DistillStats,
  type Learner,
  type PpoConfig,
  type PpoStats,
  type RunOptions,
  type RunResult,
  runTraining,
  singleWorker,
  strideHead,
  type TeachableEnv,
} from '@skillweave/rl'
import { createSimulator } from '@skillweave/sim'
import {
  ballSkillByName,
  ballSkillNames,
  type PrimitiveName,
  primitiveNames,
  type TaskEntry,
  type TeacherChoice,
  taskByName,
} from '@skillweave/tasks'
import { isPolicy, loadPolicy } from '../policy-files.ts'
import { controllerByName, policyName } from '../policy-names.ts'
import { blendedSkills, type ControllerOptions, controllerHead } from '../skill-policies.ts'
import { type ResourceOptions, taskResources } from '../task-resources.ts'
import { UserError } from '../user-error.ts'
import { gatherHandovers } from './handovers.ts'

export interface TrainOptions extends Omit<ResourceOptions, 'native'>, ControllerOptions {
  readonly samples?: number
  readonly minutes?: number
  readonly envs?: number
  readonly seed: number
  /** Folder under .runs; default by what is learned. */
  readonly name?: string
  readonly resume?: boolean
  /** A policy that picks balls up: episodes of other skills start where its pick-ups end, too. */
  readonly after?: string
  /** Folders of the teachers' runs, with SKILL for the skill; default those of the task's teachers. */
  readonly teachers?: string
  /** Hyper-parameters that differ from the task's. */
  readonly set?: Readonly<Record<string, unknown>>
  /** Threads that learn together, each with its share of the robots. */
  readonly workers?: number
  /** Also store the result among the shipped policies under this name. */
  readonly ship?: string
  /** Serve a page with the robots while they learn. */
  readonly watch?: boolean
  readonly port: number
  readonly json?: boolean
}

/** A run ready to go: environment and learner of one worker, and what was chosen for them. */
export interface Recipe {
  /** Folder under `.runs`. */
  readonly name: string
  /** Everything that was chosen, for the run's folder. */
  readonly settings: unknown
  /** Budget of all workers together; absent when the budget is time. */
  readonly samples: number | undefined
  /** Robots of all workers together. */
  readonly nEnvs: number
  /** Skills written into the policy, in the order of its weights. */
  readonly skills: readonly string[]
  readonly env: Env
  /** One robot more in the same task, with nothing in common with those that learn. */
  makeSpectacle(): Promise<Env>
  readonly learner: Learner<TrainStats> & {
    exportOnnx(): Uint8Array
    dispose(): Promise<void>
  }
  run(
    options: Pick<RunOptions<TrainStats>, 'resume' | 'signal' | 'onStats' | 'onCheckpoint'>,
  ): Promise<RunResult>
}

export type TrainStats = PpoStats | DistillStats

/** Settings in a task's `learning` that are not the learner's own. */
interface Budget {
  readonly samples?: number
  readonly nEnvs?: number
}

export const now = () => performance.now() / 1000

/** Build what the command line asks for; the same in every worker but for its share of the robots. */
export async function prepare(
  taskName: string,
  given: TrainOptions,
  reduce: AllReduce = singleWorker,
): Promise<Recipe> {
  const entry = findTask(taskName)
  const options = entry.onlySkill ? { ...given, skill: entry.onlySkill } : given
  const { robot, resources: shared } = await taskResources(entry, { ...options, native: true })
  const resources = options.after
    ? { ...shared, handovers: await gatherHandovers(options.after, robot, shared) }
    : shared
  const task = await forRobot(taskName, robot.name, () => entry.create(robot, resources))
  const {
    samples: usualSamples,
    nEnvs: usualEnvs,
    ...usual
  } = (task.learning ?? {}) as Budget & Record<string, unknown>
  const learning = { ...usual, ...options.set }
  const name =
    options.name ??
    humanoidRunName(taskName, entry, robot.name, options) ??
    runName(taskName, options)
  const nEnvs = options.envs ?? usualEnvs ?? 128
  if (nEnvs % reduce.size !== 0) {
    throw new UserError(`${nEnvs} robots cannot be shared by ${reduce.size} workers`)
  }
  const samples = options.samples ?? (options.minutes ? undefined : (usualSamples ?? 2_000_000))
  const settings = { task: taskName, robot: robot.name, ...options, nEnvs, samples, learning }
  const { seed } = options
  const share = nEnvs / reduce.size
  const env = await forRobot(taskName, robot.name, () =>
    createEnv({ task, robot, nEnvs: share, seed, createSimulator }),
  )
  const common = { seed, now, reduce }
  const skills = blended(taskName, entry, options)
  const head = skills ? controllerHead(env, skills, options) : strideOf(env)
  const initial = options.initial ? readInitial(options.initial) : undefined
  const learner =
    entry.learner === 'distill'
      ? await createDistiller({
          ...common,
          env: teachable(env),
          teachers: loadTeachers(entry, taskName, options),
          config: learning as Partial<DistillConfig>,
          initial,
        })
      : await createPpo({
          ...common,
          env,
          config: learning as Partial<PpoConfig>,
          initial,
          ...(head ? { head } : {}),
        })
  return {
    name,
    settings,
    samples,
    nEnvs,
    skills: head && skills ? skills : [],
    env,
    makeSpectacle: async () => {
      const plain = await taskResources(entry, { ...options, native: false })
      const own = entry.create(robot, plain.resources)
      return createEnv({ task: own, robot, nEnvs: 1, seed, createSimulator })
    },
    learner: learner as Recipe['learner'],
    run: (callbacks) =>
      runTraining<TrainStats>({
        ...callbacks,
        learner: learner as Learner<TrainStats>,
        env,
        seed,
        now,
        reduce,
        checkpointEvery: 50,
        ...(samples !== undefined ? { samples } : {}),
        ...(options.minutes !== undefined ? { seconds: options.minutes * 60 } : {}),
      }),
  }
}

/** What a robot lacks for a task is for the user to mend: a sentence, not a stack. */
async function forRobot<T>(task: string, robot: string, make: () => T | Promise<T>): Promise<T> {
  try {
    return await make()
  } catch (error) {
    if (error instanceof UserError) throw error
    throw new UserError(`${robot} cannot learn ${task}: ${(error as Error).message}`)
  }
}

/** The skills that this run's controller weighs; undefined where a task blends none. */
function blended(
  taskName: string,
  { blends }: TaskEntry,
  options: TrainOptions,
): readonly PrimitiveName[] | undefined {
  const chosen = (['controller', 'without', 'weights'] as const).find(
    (k) => options[k] !== undefined,
  )
  if (blends) return blendedSkills(taskName, blends, options)
  if (chosen)
    throw new UserError(`${taskName} blends no skills, so --${chosen} means nothing to it`)
  return undefined
}

/** The stride that a task adds to its actor's output. */
function strideOf(env: Env): ActorHead | undefined {
  const { stride } = env.task
  if (!stride) return undefined
  let sinAt = 0
  for (const { name, size } of env.actorTerms) {
    if (name === stride.phase) return strideHead({ ...stride, sinAt })
    sinAt += size
  }
  throw new Error(
    `task ${env.task.name}: the stride follows "${stride.phase}"; the actor observes ${env.actorTerms.map((t) => t.name).join(', ')}`,
  )
}

function findTask(name: string) {
  try {
    return taskByName(name)
  } catch (error) {
    throw new UserError((error as Error).message)
  }
}

/**
 * Policies for humanoids are found by their run's name (`policyFor`), so it says the robot and the
 * controller.
 */
function humanoidRunName(
  taskName: string,
  { blends }: TaskEntry,
  robot: string,
  options: TrainOptions,
): string | undefined {
  if ((primitiveNames as readonly string[]).includes(taskName)) return policyName(taskName, robot)
  if (!blends) return undefined
  const { without, weights } = options
  const controller = controllerByName(options.controller ?? 'blend')
  const ablation = [without && `without-${without}`, weights === 'free' && 'free']
  return policyName(taskName, robot, { controller, variant: ablation.filter(Boolean).join('-') })
}

/** The run's folder name: the task and what was chosen for it, as far as it matters. */
function runName(taskName: string, { skill, ball }: Pick<TrainOptions, 'skill' | 'ball'>): string {
  const { onlySkill } = taskByName(taskName)
  const anyBall = taskName === 'ballplay-teacher' && skill && ballSkillByName(skill).anyBall
  return [taskName, onlySkill ? undefined : skill, anyBall ? undefined : ball]
    .filter(Boolean)
    .join('-')
}

function readInitial(path: string): Uint8Array {
  return existsSync(path) && statSync(path).isFile() ? readFileSync(path) : loadPolicy(path).onnx
}

/** What `teacherOf` needs to know of a run. */
type TeacherChoiceOptions = Pick<TrainOptions, 'ball' | 'teachers'>

/**
 * Name of the policy that a task's student learns a ball skill from: as `--teachers` says, else of a run here, else of one that
 * comes with the project in `teachers/`. Throws, saying how to train it.
 */
export function teacherOf(taskName: string, skill: string, options: TeacherChoiceOptions): string {
  const { teachers = () => '' } = taskByName(taskName)
  const task = teachers(skill) || taskName
  const folders = options.teachers
    ? [options.teachers.replace('SKILL', skill)]
    : standardFolders(runName(task, { ...options, skill }))
  const ball = options.ball ? ` --ball ${options.ball}` : ''
  return firstPolicy(folders, skill, `${task} --skill ${skill}${ball}`)
}

const standardFolders = (name: string) => [join('.runs', name), `teachers/${name}`]

function firstPolicy(folders: readonly string[], whose: string, command: string): string {
  const found = folders.find(isPolicy)
  if (found) return found
  throw new UserError(
    `no teacher for ${whose} at ${folders.join(' or ')}; train it with: pnpm train ${command}`,
  )
}

/** One policy per skill, in label order, and those that come after; only the one of `--skill` when there is one. */
function loadTeachers(
  { moreTeachers = [] }: TaskEntry,
  taskName: string,
  options: TrainOptions,
): (Uint8Array | undefined)[] {
  const skilled = ballSkillNames.map((skill) =>
    options.skill && skill !== options.skill ? undefined : teacherOf(taskName, skill, options),
  )
  const others = moreTeachers.map((task) =>
    firstPolicy(standardFolders(runName(task, options)), task, task),
  )
  return [...skilled, ...others].map((name) =>
    name === undefined ? undefined : loadPolicy(name).onnx,
  )
}

/** The environment with the teacher that applies to each copy: that of its reference's skill, or the task's choice. */
function teachable(env: Env): TeachableEnv {
  // Asked for each time: a restart binds the commands anew.
  const teacherOf = (target: Env): Int32Array =>
    target.task.commands.teacher
      ? target.command<TeacherChoice>('teacher').teacherOf
      : target.command<MotionReference>('reference').skillOf
  return new Proxy(env, {
    get: (target, key) =>
      key === 'teacherOf'
        ? teacherOf(target)
        : bindMethod(target, Reflect.get(target, key, target)),
  }) as unknown as TeachableEnv
}

const bindMethod = (target: object, value: unknown): unknown =>
  typeof value === 'function' ? value.bind(target) : value
