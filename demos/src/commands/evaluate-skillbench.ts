import type { Robot } from '@skillweave/model'
import { type BenchName, benchNames, benchTask } from '@skillweave/tasks'
import { benchByName, seedVariant } from '../bench-choice.ts'
import { type ControllerName, controllerByName, controllerNames } from '../policy-names.ts'
import { hasPolicy, policyFor } from '../skill-policies.ts'
import { type Comparison, compareControllers } from '../skillbench/comparison.ts'
import { drawCurve } from '../skillbench/curve-picture.ts'
import {
  measurePaper,
  measurePractical,
  type PaperResult,
  type PracticalResult,
} from '../skillbench/measure.ts'
import { errorText, isBelow, writePage } from '../skillbench/page.ts'
import { type PublishedResult, published } from '../skillbench/published.ts'
import {
  docsFolder,
  measuredPolicy,
  type PaperEntry,
  type PracticalEntry,
  skillbenchCommand,
  storeEntries,
  usualEpisodes,
} from '../skillbench/records.ts'
import { findRobot } from '../task-resources.ts'
import { textTable } from '../text-table.ts'
import { UserError } from '../user-error.ts'

export interface EvaluateSkillbenchOptions {
  readonly robot: string
  readonly protocol: string
  /** Default 20 (paper) or 256 (practical). */
  readonly episodes?: number
  readonly seed: number
  /** Only these, separated by commas. */
  readonly tasks?: string
  readonly controllers?: string
  /** Another run of each policy: the end of its name, such as seed2 or without-walking. */
  readonly variant?: string
  /** Runs 1 … n of each policy, which differ in their seed. */
  readonly seeds?: number
  /** Keep the results and write the page anew. */
  readonly page?: boolean
  /** Folder of the page. */
  readonly docs?: string
  readonly json?: boolean
}

type Entry = PaperEntry | PracticalEntry

/** What `--json` prints. */
interface BenchReport {
  readonly robot: string
  readonly protocol: string
  readonly seed: number
  readonly tasks: Partial<Record<BenchName, TaskReport>>
  /** Over seeds, where there are several. */
  readonly comparison?: readonly Comparison[]
}

type TaskReport = { readonly threshold: number; readonly paper?: PublishedResult } & Partial<
  Record<ControllerName, PaperResult | PracticalResult>
>

/** `evaluate skillbench`: the eight tasks by every controller that has a policy, beside the paper. */
export async function evaluateSkillbench(options: EvaluateSkillbenchOptions): Promise<void> {
  const { protocol, seed } = options
  if (protocol !== 'paper' && protocol !== 'practical') {
    throw new UserError(`no protocol "${protocol}"; there are paper, practical`)
  }
  const robot = findRobot(options.robot)
  const plan = planOf(options)
  const trained = plan.filter((choice) => hasPolicy(choice.task, robot, choice))
  // None at all is a mistake; the error says what exists and how to train the first.
  if (trained.length === 0) policyFor(plan[0].task, robot, plan[0])
  const missing = plan.length - trained.length
  if (missing > 0) process.stderr.write(`${missing} of ${plan.length} policies are not trained\n`)

  const entries: Entry[] = []
  for (const [i, choice] of trained.entries()) {
    const entry = await measure(choice, robot, { ...options, protocol })
    entries.push(entry)
    process.stderr.write(`${i + 1} of ${trained.length}: ${entry.policy.name}\n`)
  }
  process.stdout.write(textTable(protocol === 'paper' ? paperRows(robot, entries) : rows(entries)))
  if (options.page) writeResults(robot, entries, options.docs ?? docsFolder)
  if (!options.json) return
  const report: BenchReport = {
    robot: robot.name,
    protocol,
    seed,
    tasks: tasksOf(robot, entries, options.variant),
    ...(options.seeds ? { comparison: compareControllers(entries) } : {}),
  }
  process.stdout.write(`${JSON.stringify(report)}\n`)
}

interface Choice {
  readonly task: BenchName
  readonly controller: ControllerName
  readonly variant?: string
}

/** Everything that was asked for, trained or not. */
function planOf({ tasks, controllers, variant, seeds }: EvaluateSkillbenchOptions): Choice[] {
  if (variant !== undefined && seeds !== undefined) {
    throw new UserError('--variant is one run of each policy, --seeds several: give one of them')
  }
  const names = tasks?.split(',').map(benchByName) ?? benchNames
  const kinds = controllers?.split(',').map(controllerByName) ?? controllerNames
  const variants = seeds ? Array.from({ length: seeds }, (_, i) => seedVariant(i + 1)) : [variant]
  return names.flatMap((task) =>
    kinds.flatMap((controller) =>
      variants.map((v) => ({ task, controller, ...(v === undefined ? {} : { variant: v }) })),
    ),
  )
}

async function measure(
  choice: Choice,
  robot: Robot,
  options: EvaluateSkillbenchOptions & { readonly protocol: 'paper' | 'practical' },
): Promise<Entry> {
  const { seed, protocol } = options
  const file = policyFor(choice.task, robot, choice)
  const episodes = options.episodes ?? usualEpisodes[protocol]
  const how = { name: choice.task, robot, file, episodes, seed }
  const { task, controller, variant } = choice
  const command = skillbenchCommand({
    ...{ robot: robot.name, protocol, seed, episodes },
    ...{ tasks: [task], controllers: [controller], variant },
  })
  const what = { ...choice, command, seed, episodes, policy: measuredPolicy(file) }
  return protocol === 'paper'
    ? { ...what, protocol, result: await measurePaper(how) }
    : { ...what, protocol, result: await measurePractical(how) }
}

function writeResults(robot: Robot, entries: readonly Entry[], docs: string): void {
  storeEntries(docs, robot.name, entries)
  for (const { policy } of entries) drawCurve(docs, policy.name)
  process.stderr.write(`wrote ${writePage(docs)}\n`)
}

/** By task and controller; with several runs of a policy, its first. */
function tasksOf(
  robot: Robot,
  entries: readonly Entry[],
  variant: string | undefined,
): BenchReport['tasks'] {
  const tasks: Partial<Record<BenchName, TaskReport>> = {}
  for (const entry of entries) {
    if (entry.variant !== variant) continue
    const { task, controller, result } = entry
    const paper = entry.protocol === 'paper' ? published[robot.name]?.[task] : undefined
    tasks[task] = {
      threshold: benchTask(task).threshold,
      ...(paper ? { paper } : {}),
      ...tasks[task],
      [controller]: result,
    }
  }
  return tasks
}

const byOf = ({ controller, variant }: Choice): string =>
  [controller, variant].filter(Boolean).join(' ')

function paperRows(robot: Robot, entries: readonly Entry[]): string[][] {
  const header = ['task', 'by', 'error', 'threshold', '', 'tilt', 'height', 'torque', 'power']
  const numbers = (r: PublishedResult | PaperResult) => [
    r.tilt.toFixed(3),
    r.height.toFixed(3),
    r.torque.toFixed(1),
    r.power.toFixed(1),
  ]
  const tasks = [...new Set(entries.map((entry) => entry.task))]
  const line = (
    task: BenchName,
    by: string,
    text: string,
    result: PublishedResult | PaperResult,
  ): string[] => {
    const { threshold } = benchTask(task)
    const verdict = isBelow(result, threshold) ? 'below' : 'NOT below'
    return [task, by, text, String(threshold), verdict, ...numbers(result)]
  }
  return [
    header,
    ...tasks.flatMap((task) => {
      const paper = published[robot.name]?.[task]
      const own = entries.filter((e): e is PaperEntry => e.task === task && e.protocol === 'paper')
      return [
        ...(paper ? [line(task, 'paper', paper.error.toFixed(3), paper)] : []),
        ...own.map((e) => line(task, byOf(e), errorText(e.result), e.result)),
      ]
    }),
  ]
}

function rows(entries: readonly Entry[]): string[][] {
  const percent = (x: number): string => `${(100 * x).toFixed(1)} %`
  return [
    ['task', 'by', 'success', '95 %', 'falls', 'after, s', 'energy, J'],
    ...entries.flatMap((entry) => {
      if (entry.protocol !== 'practical') return []
      const { success, low, high, fallRate, timeToSuccess_s, energy_J } = entry.result
      return [
        [
          entry.task,
          byOf(entry),
          percent(success),
          `${percent(low)}–${percent(high)}`,
          percent(fallRate),
          timeToSuccess_s?.toFixed(1) ?? '–',
          energy_J.toFixed(0),
        ],
      ]
    }),
  ]
}
