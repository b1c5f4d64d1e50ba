import type { Robot } from '@skillweave/model'
import { type BenchName, benchNames, benchTask } from '@skillweave/tasks'
import { type ControllerName, controllerByName, controllerNames } from '../policy-names.ts'
import { hasPolicy, policyFor } from '../skill-policies.ts'
import { measurePaper, measurePractical } from '../skillbench/measure.ts'
import {
  type BenchReport,
  type BenchRun,
  errorText,
  type PaperReport,
  type PracticalReport,
  storeRun,
  writePage,
} from '../skillbench/page.ts'
import { published } from '../skillbench/published.ts'
import { findRobot } from '../task-resources.ts'
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
  /** Store the result and write docs/skillbench.md anew. */
  readonly page?: boolean
  readonly json?: boolean
}

/** `evaluate skillbench`: the eight tasks by every controller that has a policy, beside the paper. */
export async function evaluateSkillbench(options: EvaluateSkillbenchOptions): Promise<void> {
  const { protocol, seed } = options
  if (protocol !== 'paper' && protocol !== 'practical') {
    throw new UserError(`no protocol "${protocol}"; there are paper, practical`)
  }
  const robot = findRobot(options.robot)
  const names = options.tasks?.split(',').map(benchByName) ?? benchNames
  const kinds = options.controllers?.split(',').map(controllerByName) ?? controllerNames
  const plan = names.flatMap((name) =>
    kinds.map((controller) => ({ name, controller, variant: options.variant })),
  )
  const trained = plan.filter((choice) => hasPolicy(choice.name, robot, choice))
  // None at all is a mistake; the error says what exists and how to train the first.
  if (trained.length === 0) policyFor(names[0], robot, plan[0])
  const missing = plan.length - trained.length
  if (missing > 0) process.stderr.write(`${missing} of ${plan.length} policies are not trained\n`)

  const episodes = options.episodes ?? (protocol === 'paper' ? 20 : 256)
  const report: BenchReport =
    protocol === 'paper'
      ? await paperReport(robot, trained, { episodes, seed })
      : await practicalReport(robot, trained, { episodes, seed })
  if (options.page) {
    storeRun({ command: commandOf(options), report, policies: trainingOf(robot, trained) })
    process.stderr.write(`wrote ${writePage()}\n`)
  }
  if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`)
}

type Planned = readonly {
  readonly name: BenchName
  readonly controller: ControllerName
  readonly variant: string | undefined
}[]
interface Sampling {
  readonly episodes: number
  readonly seed: number
}

async function paperReport(robot: Robot, plan: Planned, how: Sampling): Promise<PaperReport> {
  const tasks: PaperReport['tasks'] = {}
  for (const { name, controller, variant } of plan) {
    const paper = published[robot.name]?.[name]
    tasks[name] ??= { threshold: benchTask(name).threshold, ...(paper ? { paper } : {}) }
    const file = policyFor(name, robot, { controller, variant })
    const result = await measurePaper({ name, robot, file, ...how })
    tasks[name] = { ...tasks[name], [controller]: result }
    const isBelow = result.error !== null && result.error < benchTask(name).threshold
    const cells = [
      name.padEnd(15),
      controller.padEnd(7),
      `error ${errorText(result)} ${isBelow ? 'below' : 'NOT below'} ${benchTask(name).threshold}`,
      paper ? `(paper ${paper.error})` : '',
      ` tilt ${result.tilt.toFixed(3)}  height ${result.height.toFixed(3)}`,
      ` torque ${result.torque.toFixed(1)}  power ${result.power.toFixed(1)}`,
    ]
    process.stdout.write(`${cells.join(' ')}\n`)
  }
  return { robot: robot.name, protocol: 'paper', seed: how.seed, tasks }
}

async function practicalReport(
  robot: Robot,
  plan: Planned,
  how: Sampling,
): Promise<PracticalReport> {
  const tasks: PracticalReport['tasks'] = {}
  for (const { name, controller, variant } of plan) {
    const file = policyFor(name, robot, { controller, variant })
    const result = await measurePractical({ name, robot, file, ...how })
    tasks[name] = { threshold: benchTask(name).threshold, ...tasks[name], [controller]: result }
    const { success, low, high, fallRate, timeToSuccess_s, energy_J } = result
    process.stdout.write(
      `${name.padEnd(15)} ${controller.padEnd(7)} success ${percent(success)} (${percent(low)}–${percent(high)})  falls ${percent(fallRate)}  after ${timeToSuccess_s?.toFixed(1) ?? '–'} s  ${energy_J.toFixed(0)} J\n`,
    )
  }
  return { robot: robot.name, protocol: 'practical', seed: how.seed, tasks }
}

const percent = (x: number): string => `${(100 * x).toFixed(0)} %`

function benchByName(name: string): BenchName {
  if ((benchNames as readonly string[]).includes(name)) return name as BenchName
  throw new UserError(`no SkillBench task "${name}"; there are ${benchNames.join(', ')}`)
}

/** What each policy cost, from its manifest. */
const trainingOf = (robot: Robot, plan: Planned): BenchRun['policies'] =>
  Object.fromEntries(
    plan.map(({ name, controller, variant }) => {
      const { samples, minutes, seed, command } = policyFor(name, robot, { controller, variant })
        .manifest.provenance
      return [`${name}/${controller}`, { samples, minutes, seed, command }]
    }),
  )

function commandOf(options: EvaluateSkillbenchOptions): string {
  const { robot, protocol, seed, episodes, tasks, controllers, variant } = options
  const flags = Object.entries({ robot, protocol, seed, episodes, tasks, controllers, variant })
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `--${key} ${value}`)
  return ['pnpm evaluate skillbench', ...flags].join(' ')
}
