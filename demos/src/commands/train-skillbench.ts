import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Task } from '@skillweave/mdp'
import type { Robot } from '@skillweave/model'
import {
  type BenchName,
  benchNames,
  benchTask,
  type PrimitiveName,
  primitiveNames,
  taskByName,
} from '@skillweave/tasks'
import { benchByName, seedVariant } from '../bench-choice.ts'
import { type ControllerName, controllerByName, policyName } from '../policy-names.ts'
import { hasPolicy } from '../skill-policies.ts'
import { findRobot, taskResources } from '../task-resources.ts'
import { clock, count } from '../training/progress.ts'
import type { TrainOptions } from '../training/recipe.ts'
import { train } from './train.ts'

export interface TrainSkillbenchOptions extends TrainOptions {
  /** Only these and the primitives they need, separated by commas. */
  readonly tasks?: string
  /** Default `--controller`, or blend. Separated by commas. */
  readonly controllers?: string
  /** Runs of each task and controller; default 1. */
  readonly seeds?: number
}

/** One policy to train. */
interface PlannedRun {
  readonly task: BenchName | PrimitiveName
  /** Absent: a primitive. */
  readonly controller?: ControllerName
  /** Folder under `.runs`. */
  readonly name: string
  /** Which run of its policy, from 1. */
  readonly n: number
  readonly seed: number
  readonly samples: number
  /** Done already: shipped, or trained to the end. */
  readonly isDone: boolean
  /** Begun and to be resumed. */
  readonly isBegun: boolean
  /** Samples done. */
  readonly done: number
}

/** Samples a second before anything was measured here: one core of a laptop. */
const usualRate = 3000

/**
 * `train skillbench`: every primitive of a robot, then every task by every controller and seed that was asked
 * for, in the order in which they need each other. Interrupted, the same command goes on where it was.
 */
export async function trainSkillbench(options: TrainSkillbenchOptions): Promise<void> {
  const robot = findRobot(options.robot ?? 'h1')
  const plan = await planRuns(robot, options)
  let rate = measuredRate(plan)
  process.stderr.write(describePlan(plan, rate))
  const { tasks: _t, controllers: _c, seeds: _s, name: _n, json, ...shared } = options
  for (const [i, run] of plan.entries()) {
    if (run.isDone) continue
    process.stderr.write(
      `${i + 1} of ${plan.length}: ${run.name}, about ${clock(samplesLeft(plan.slice(i)) / rate)} left for all\n`,
    )
    const isInterrupted = await train(run.task, {
      ...shared,
      robot: robot.name,
      ...(run.n > 1 ? { name: run.name } : {}),
      seed: run.seed,
      samples: run.samples,
      resume: run.isBegun,
      ...(run.controller ? { controller: run.controller } : {}),
    })
    if (isInterrupted) {
      process.stderr.write('stopped; the same command goes on from here\n')
      return
    }
    rate = measuredRate(await planRuns(robot, options))
  }
  if (json) {
    const runs = plan.map(({ name, samples }) => ({ name, samples }))
    process.stdout.write(`${JSON.stringify({ robot: robot.name, runs })}\n`)
  }
}

/**
 * All runs in dependency order: skills before the tasks that blend them, few skills before many; the first seed
 * of everything before the second of anything.
 */
async function planRuns(robot: Robot, options: TrainSkillbenchOptions): Promise<PlannedRun[]> {
  const kinds = (options.controllers ?? options.controller ?? 'blend')
    .split(',')
    .map(controllerByName)
  const tasks = (options.tasks?.split(',').map(benchByName) ?? [...benchNames]).toSorted(
    (a, b) => benchTask(a).skills.length - benchTask(b).skills.length,
  )
  const needed = new Set(
    kinds.some((kind) => kind !== 'flat') ? tasks.flatMap((task) => benchTask(task).skills) : [],
  )
  const plan: PlannedRun[] = []
  // All of a robot's skills, unless only some tasks are wanted.
  for (const skill of primitiveNames) {
    if (options.tasks && !needed.has(skill)) continue
    plan.push(await planRun(robot, options, { task: skill, n: 1 }))
  }
  for (let n = 1; n <= (options.seeds ?? 1); n++) {
    for (const task of tasks) {
      for (const controller of kinds) {
        plan.push(await planRun(robot, options, { task, controller, n }))
      }
    }
  }
  return plan
}

async function planRun(
  robot: Robot,
  options: TrainSkillbenchOptions,
  {
    task,
    controller,
    n,
  }: {
    readonly task: BenchName | PrimitiveName
    readonly controller?: ControllerName
    /** Which run of it, from 1. */
    readonly n: number
  },
): Promise<PlannedRun> {
  const choice = { ...(controller ? { controller } : {}), variant: seedVariant(n) }
  const name = policyName(task, robot.name, choice)
  const samples = options.samples ?? (await usualSamples(task, options))
  const isBegun = existsSync(join('.runs', name, 'checkpoint.bin'))
  const done = Math.min(samples, lastRecord(name)?.samples ?? 0)
  const isOver = isBegun && done >= samples
  const isShipped = !isBegun && hasPolicy(task, robot, choice)
  return {
    ...{ task, name, n, samples, isBegun, done },
    ...(controller ? { controller } : {}),
    seed: options.seed + n - 1,
    isDone: isOver || isShipped,
  }
}

async function usualSamples(name: string, options: TrainOptions): Promise<number> {
  const entry = taskByName(name)
  const { robot, resources } = await taskResources(entry, { ...options, native: true })
  const task: Task = entry.create(robot, resources)
  return (task.learning?.samples as number | undefined) ?? 2_000_000
}

/** The last line of a run's metrics. */
function lastRecord(name: string): { samples: number; minutes: number } | undefined {
  const path = join('.runs', name, 'metrics.jsonl')
  if (!existsSync(path)) return undefined
  const last = readFileSync(path, 'utf8').trimEnd().split('\n').at(-1)
  return last ? (JSON.parse(last) as { samples: number; minutes: number }) : undefined
}

const samplesLeft = (plan: readonly PlannedRun[]): number =>
  plan.reduce((sum, run) => sum + (run.isDone ? 0 : run.samples - run.done), 0)

/** Samples a second of the runs so far. */
function measuredRate(plan: readonly PlannedRun[]): number {
  let samples = 0
  let minutes = 0
  for (const { name } of plan) {
    const last = lastRecord(name)
    if (!last) continue
    samples += last.samples
    minutes += last.minutes
  }
  return minutes > 0 ? samples / (60 * minutes) : usualRate
}

function describePlan(plan: readonly PlannedRun[], rate: number): string {
  const lines = plan.map((run) => {
    const state = run.isDone
      ? 'done'
      : `${run.isBegun ? `${count(run.done)} of ` : ''}${count(run.samples)} samples, ${clock((run.samples - run.done) / rate)}`
    return `  ${run.name.padEnd(34)} ${state}`
  })
  const left = `${clock(samplesLeft(plan) / rate)} left at ${rate.toFixed(0)} samples/s`
  return `${['plan', ...lines, left].join('\n')}\n`
}
