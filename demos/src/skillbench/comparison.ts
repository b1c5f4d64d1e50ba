import type { BenchName } from '@skillweave/tasks'
import type { ControllerName } from '../policy-names.ts'
import type { BenchEntry, PaperEntry, PracticalEntry } from './records.ts'
import { mean } from './rollout.ts'

/** Mean over runs, and their standard deviation (n − 1). */
export interface Spread {
  readonly mean: number
  readonly spread: number
}

/** One controller's runs of one task. */
export interface ComparedController {
  readonly controller: ControllerName
  readonly runs: number
  /** Of each run. */
  readonly samples: readonly number[]
  /** Runs that fell at every goal, and so have no error. */
  readonly fellAlways: number
  readonly error?: Spread
  readonly tilt?: Spread
  readonly torque?: Spread
  readonly power?: Spread
  readonly success?: Spread
  readonly fallRate?: Spread
}

/** A task that several controllers were trained for with several seeds. */
export interface Comparison {
  readonly task: BenchName
  readonly controllers: readonly ComparedController[]
}

type TaskEntry = PaperEntry | PracticalEntry

/** Tasks with at least two controllers of at least two runs that differ in nothing but their seed. */
export function compareControllers(entries: readonly BenchEntry[]): Comparison[] {
  const runs = entries.filter(
    (entry): entry is TaskEntry =>
      entry.protocol !== 'primitives' && /^(seed\d+)?$/.test(entry.variant ?? ''),
  )
  const tasks = [...new Set(runs.map((entry) => entry.task))]
  return tasks.flatMap((task) => {
    const mine = runs.filter((entry) => entry.task === task)
    const kinds = [...new Set(mine.map((entry) => entry.controller))]
    const controllers = kinds
      .map((controller) =>
        summarise(
          controller,
          mine.filter((e) => e.controller === controller),
        ),
      )
      .filter((c) => c.runs > 1)
    return controllers.length > 1 ? [{ task, controllers }] : []
  })
}

function summarise(controller: ControllerName, entries: readonly TaskEntry[]): ComparedController {
  const paper = entries.filter((entry) => entry.protocol === 'paper').map((e) => e.result)
  const practical = entries.filter((entry) => entry.protocol === 'practical').map((e) => e.result)
  const policies = new Map(entries.map(({ policy }) => [policy.name, policy.samples]))
  const of = <K extends string>(
    key: K,
    results: readonly Readonly<Record<K, number | null>>[],
  ): Partial<Record<K, Spread>> => {
    const known = results.map((r) => r[key]).filter((x) => x !== null)
    return known.length > 1 ? ({ [key]: spreadOf(known) } as Record<K, Spread>) : {}
  }
  return {
    controller,
    runs: policies.size,
    samples: [...policies.values()],
    fellAlways: paper.filter((r) => r.error === null).length,
    ...of('error', paper),
    ...of('tilt', paper),
    ...of('torque', paper),
    ...of('power', paper),
    ...of('success', practical),
    ...of('fallRate', practical),
  }
}

function spreadOf(x: readonly number[]): Spread {
  const m = mean(x)
  const squares = x.reduce((sum, v) => sum + (v - m) ** 2, 0)
  return { mean: m, spread: Math.sqrt(squares / (x.length - 1)) }
}

/**
 * Sentences about a comparison: in which numbers `blend` is better than each other controller, and in which it is not.
 * Less is better in error, tilt and power.
 */
export function verdict({ controllers }: Comparison): string {
  const blend = controllers.find((c) => c.controller === 'blend')
  if (!blend) return 'There is no `blend` among them.'
  const others = controllers.filter((c) => c !== blend)
  return others
    .map((other) => {
      const compared = (['error', 'tilt', 'power'] as const).filter((k) => blend[k] && other[k])
      const isBetter = (k: (typeof compared)[number]) =>
        (blend[k] as Spread).mean < (other[k] as Spread).mean
      const sure = (k: (typeof compared)[number]) => {
        const [a, b] = [blend[k] as Spread, other[k] as Spread]
        return Math.abs(a.mean - b.mean) > Math.max(a.spread, b.spread)
          ? k
          : `${k} (within the spread)`
      }
      const better = compared.filter(isBetter).map(sure)
      const worse = compared.filter((k) => !isBetter(k)).map(sure)
      const said = [
        ...(better.length > 0 ? [`less ${better.join(', ')}`] : []),
        ...(worse.length > 0 ? [`not less ${worse.join(', ')}`] : []),
      ]
      return `\`blend\` has ${said.join(', but ') || 'nothing in common to compare'} than \`${other.controller}\`.`
    })
    .join(' ')
}
