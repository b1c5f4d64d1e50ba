import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Task } from '@skillweave/mdp'
import type { Robot } from '@skillweave/model'
import { benchNames, benchTask, primitiveNames, taskByName } from '@skillweave/tasks'
import { hasPolicy } from '../skill-policies.ts'
import { findRobot, taskResources } from '../task-resources.ts'
import { clock, count } from '../training/progress.ts'
import type { TrainOptions } from '../training/recipe.ts'
import { train } from './train.ts'

/** One policy to train. */
interface PlannedRun {
  readonly task: string
  /** Folder under `.runs`. */
  readonly name: string
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
 * `train skillbench`: every primitive of a robot, then every task by blending, in the order in which they
 * need each other. Interrupted, it goes on where it was.
 */
export async function trainSkillbench(options: TrainOptions): Promise<void> {
  const robot = findRobot(options.robot ?? 'h1')
  const plan = await planRuns(robot, options)
  let rate = measuredRate(plan)
  process.stderr.write(describePlan(plan, rate))
  for (const [i, run] of plan.entries()) {
    if (run.isDone) continue
    process.stderr.write(
      `${i + 1} of ${plan.length}: ${run.name}, about ${clock(samplesLeft(plan.slice(i)) / rate)} left for all\n`,
    )
    const { name: _, ...shared } = options
    const interrupted = await train(run.task, {
      ...shared,
      robot: robot.name,
      samples: run.samples,
      resume: run.isBegun,
      ...(isPrimitive(run.task) ? {} : { controller: options.controller ?? 'blend' }),
    })
    if (interrupted) return
    rate = measuredRate(await planRuns(robot, options))
  }
}

const isPrimitive = (task: string): boolean => (primitiveNames as readonly string[]).includes(task)

/** All runs in dependency order: skills before the tasks that blend them, few skills before many. */
async function planRuns(robot: Robot, options: TrainOptions): Promise<PlannedRun[]> {
  const controller = options.controller ?? 'blend'
  const order = benchNames.toSorted(
    (a, b) => benchTask(a).skills.length - benchTask(b).skills.length,
  )
  const plan: PlannedRun[] = []
  for (const task of [...primitiveNames, ...order]) {
    const kind = isPrimitive(task) ? undefined : controller
    const name = [task, robot.name, kind].filter(Boolean).join('-')
    const samples = options.samples ?? (await usualSamples(task, options))
    const begun = existsSync(join('.runs', name, 'checkpoint.bin'))
    const done = Math.min(samples, lastRecord(name)?.samples ?? 0)
    const isOver = begun && done >= samples
    const isShipped = !begun && hasPolicy(task, robot, kind ? { controller: kind } : {})
    plan.push({ task, name, samples, isDone: isOver || isShipped, isBegun: begun, done })
  }
  return plan
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
    return `  ${run.name.padEnd(28)} ${state}`
  })
  const left = `${clock(samplesLeft(plan) / rate)} left at ${rate.toFixed(0)} samples/s`
  return `${['plan', ...lines, left].join('\n')}\n`
}
