import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BenchName, benchNames, benchTask, primitiveNames } from '@skillweave/tasks'
import { controllerNames } from '../policy-names.ts'
import { markdownTable } from '../text-table.ts'
import { type Comparison, compareControllers, type Spread, verdict } from './comparison.ts'
import { curvePath } from './curve-picture.ts'
import type { PaperResult } from './measure.ts'
import { type PublishedResult, published, publishedSamples } from './published.ts'
import {
  type BenchEntry,
  type MeasuredPolicy,
  type PaperEntry,
  type PracticalEntry,
  type PrimitiveEntry,
  type RobotRecord,
  readRecords,
  skillbenchCommand,
  twoCoreMinutes,
} from './records.ts'

/** Write `skillbench.md` from all records in a folder of documentation; returns its path. */
export function writePage(docs: string): string {
  const path = join(docs, 'skillbench.md')
  const hasCurve = (policy: string) => existsSync(join(docs, curvePath(policy)))
  writeFileSync(path, pageOf(readRecords(docs), hasCurve))
  return path
}

/** The page as Markdown. `hasCurve`: whether there is a picture of a policy's learning. */
export function pageOf(
  records: readonly RobotRecord[],
  hasCurve: (policy: string) => boolean = () => false,
): string {
  const parts = [
    head,
    overall(records),
    ...records.flatMap((record) => robotSection(record, hasCurve)),
    ...comparisons(records),
  ]
  return `${parts.filter(Boolean).join('\n\n')}\n`
}

const head = `# SkillBench results

Written by \`pnpm evaluate skillbench --page\` and \`pnpm evaluate primitives --page\` from the files in \`docs/skillbench/\`; do not edit. Tasks, protocols,
metrics and what each column means are in [skillblender.md](skillblender.md). "paper" is SkillBlender's own result (arXiv 2506.09366v1).`

const isPaper = (e: BenchEntry): e is PaperEntry => e.protocol === 'paper'
const isPractical = (e: BenchEntry): e is PracticalEntry => e.protocol === 'practical'
const isPrimitive = (e: BenchEntry): e is PrimitiveEntry => e.protocol === 'primitives'
const isMain = (e: PaperEntry | PracticalEntry): boolean => e.variant === undefined

/** Mean and standard deviation, or that there is none. */
export const errorText = ({ error, std }: PaperResult): string =>
  error === null || std === null ? 'fell always' : `${error.toFixed(3)} ± ${std.toFixed(3)}`

export const isBelow = ({ error }: { readonly error: number | null }, threshold: number): boolean =>
  error !== null && error < threshold

const percent = (x: number): string => `${(100 * x).toFixed(1)} %`
const millions = (samples: number): string =>
  samples >= 1e9 ? `${(samples / 1e9).toFixed(1)} G` : `${(samples / 1e6).toFixed(2)} M`
const code = (text: string): string => `\`${text}\``

/** How `blend` stands against the paper, over all robots. */
function overall(records: readonly RobotRecord[]): string {
  const pairs = records.flatMap(({ robot, entries }) =>
    entries
      .filter(isPaper)
      .filter((e) => isMain(e) && e.controller === 'blend')
      .flatMap((e) => {
        const paper = published[robot]?.[e.task]
        return paper ? [{ task: e.task, result: e.result, paper }] : []
      }),
  )
  if (pairs.length === 0) return ''
  const count = (is: (p: (typeof pairs)[number]) => boolean) => pairs.filter(is).length
  const noWorse = (key: 'tilt' | 'torque' | 'power') => count((p) => p.result[key] <= p.paper[key])
  const all = pairs.length
  const below = count((p) => isBelow(p.result, benchTask(p.task).threshold))
  const paperBelow = count((p) => p.paper.error < benchTask(p.task).threshold)
  const error = count((p) => p.result.error !== null && p.result.error <= p.paper.error)
  return `Paper protocol, \`blend\`, ${all} tasks measured: below the threshold on ${below} (the paper on ${paperBelow} of these), error no greater than the paper's on ${error}, tilt on ${noWorse('tilt')}, torque on ${noWorse('torque')}, power on ${noWorse('power')}.`
}

function robotSection(
  { robot, entries }: RobotRecord,
  hasCurve: (policy: string) => boolean,
): string[] {
  const paper = entries.filter(isPaper).filter(isMain)
  const practical = entries.filter(isPractical).filter(isMain)
  const primitives = entries.filter(isPrimitive)
  const ablations = entries
    .filter((e) => isPaper(e) || isPractical(e))
    .filter((e) => !/^(seed\d+)?$/.test(e.variant ?? ''))
  return [
    `## ${robot}`,
    ...(paper.length > 0 ? ['### Paper protocol', paperTable(robot, paper)] : []),
    ...(practical.length > 0 ? ['### Practical protocol', practicalTable(practical)] : []),
    ...(primitives.length > 0 ? ['### Primitives alone', primitiveTable(primitives)] : []),
    ...(ablations.length > 0 ? ['### Ablations', ablationTable(ablations)] : []),
    '### What training took',
    costs(robot, entries, hasCurve),
    '### How it was measured',
    commands(robot, entries),
  ]
}

function paperTable(robot: string, entries: readonly PaperEntry[]): string {
  const header = ['task', 'threshold', 'by', 'error', 'below', 'tilt', 'height', 'torque', 'power']
  const line = (
    task: BenchName,
    by: string,
    error: string,
    r: PublishedResult | PaperResult,
  ): string[] => [
    task,
    String(benchTask(task).threshold),
    by,
    error,
    isBelow(r, benchTask(task).threshold) ? 'yes' : 'no',
    r.tilt.toFixed(3),
    r.height.toFixed(3),
    r.torque.toFixed(1),
    r.power.toFixed(1),
  ]
  const rows = benchNames.flatMap((task) => {
    const mine = entries.filter((e) => e.task === task)
    const paper = published[robot]?.[task]
    if (mine.length === 0) return []
    return [
      ...(paper ? [line(task, 'paper', paper.error.toFixed(3), paper)] : []),
      ...mine.map((e) => line(task, e.controller, errorText(e.result), e.result)),
    ]
  })
  return markdownTable([header, ...rows])
}

function practicalTable(entries: readonly PracticalEntry[]): string {
  const header = ['task', 'by', 'success', '95 %', 'falls', 'time to success, s', 'energy, J']
  const rows = entries.map(({ task, controller, result: r }) => [
    task,
    controller,
    percent(r.success),
    `${percent(r.low)}–${percent(r.high)}`,
    percent(r.fallRate),
    r.timeToSuccess_s?.toFixed(1) ?? '–',
    r.energy_J.toFixed(0),
  ])
  return markdownTable([header, ...rows])
}

function primitiveTable(entries: readonly PrimitiveEntry[]): string {
  const names = [...new Set(entries.flatMap((e) => Object.keys(e.result)))]
  const columns = names.filter((name) => name !== 'episodes')
  const rows = entries.map((e) => [
    e.task,
    ...columns.map((c) => (Number.isFinite(e.result[c]) ? e.result[c].toPrecision(2) : '–')),
    String(e.episodes),
  ])
  return markdownTable([['skill', ...columns, 'episodes'], ...rows])
}

function ablationTable(entries: readonly (PaperEntry | PracticalEntry)[]): string {
  const rows = entries.map((e) => [
    e.task,
    e.controller,
    e.variant ?? '',
    e.protocol === 'paper'
      ? `error ${errorText(e.result)}`
      : `success ${percent(e.result.success)}`,
  ])
  return markdownTable([['task', 'by', 'variant', 'result'], ...rows])
}

/** Each policy with its cost, and what the robot cost as a whole. */
function costs(
  robot: string,
  entries: readonly BenchEntry[],
  hasCurve: (policy: string) => boolean,
): string {
  const policies = new Map<string, BenchEntry>()
  const hashes = new Map<string, Set<string>>()
  for (const entry of entries) {
    const { name, hash } = entry.policy
    policies.set(name, entry)
    hashes.set(name, (hashes.get(name) ?? new Set()).add(hash))
  }
  const rows = [...policies.values()].map(({ task, policy }) => {
    const theirs = publishedSamples(robot, task)
    const mark = (hashes.get(policy.name)?.size ?? 1) > 1 ? ' ¹' : ''
    return [
      `${policy.name}${mark}`,
      millions(policy.samples),
      twoCoreMinutes(policy).toFixed(1),
      theirs ? ratio(theirs, policy.samples) : '–',
      hasCurve(policy.name) ? `[curve](${curvePath(policy.name)})` : '–',
      code(policy.command),
    ]
  })
  const header = ['policy', 'samples', 'minutes on two cores', "samples to the paper's", 'learning']
  const note = [...hashes.values()].some((set) => set.size > 1)
    ? [
        '¹ Trained anew since one of its entries above was measured: its numbers are of two policies.',
      ]
    : []
  return [
    total(robot, [...policies.values()]),
    markdownTable([[...header, 'command'], ...rows]),
    ...note,
    ...pictures([...policies.keys()].filter(hasCurve)),
  ].join('\n\n')
}

/** What the robot's own set took: primitives and one `blend` per task. */
function total(robot: string, entries: readonly BenchEntry[]): string {
  const own = entries.filter(
    (e) => isPrimitive(e) || (e.controller === 'blend' && e.variant === undefined),
  )
  const sum = (of: (p: MeasuredPolicy) => number) => own.reduce((n, e) => n + of(e.policy), 0)
  const samples = sum((p) => p.samples)
  const theirs = own.reduce((n, e) => n + (publishedSamples(robot, e.task) ?? 0), 0)
  const tasks = own.filter((e) => !isPrimitive(e)).length
  const skills = own.length - tasks
  const compared =
    theirs > 0 ? `; the paper's took ${millions(theirs)}, ${ratio(theirs, samples)}` : ''
  return `${skills} of ${primitiveNames.length} primitives and \`blend\` for ${tasks} of ${benchNames.length} tasks: ${millions(samples)} samples, ${sum(twoCoreMinutes).toFixed(0)} min on two cores${compared}.`
}

const ratio = (theirs: number, ours: number): string => `1 : ${Math.round(theirs / ours)}`

const pictures = (policies: readonly string[]): string[] =>
  policies.length === 0
    ? []
    : [
        '<details><summary>Learning curves</summary>',
        ...policies.map((policy) => `![${policy}](${curvePath(policy)})`),
        '</details>',
      ]

/** What to type to measure all of it again. */
function commands(robot: string, entries: readonly BenchEntry[]): string {
  const groups = new Map<string, (PaperEntry | PracticalEntry)[]>()
  const lines = entries.filter(isPrimitive).map((e) => e.command)
  for (const e of entries) {
    if (isPrimitive(e)) continue
    const key = [e.protocol, e.variant, e.episodes, e.seed].join('/')
    groups.set(key, [...(groups.get(key) ?? []), e])
  }
  for (const group of groups.values()) {
    const [{ protocol, variant, episodes, seed }] = group
    const tasks = benchNames.filter((task) => group.some((e) => e.task === task))
    const controllers = controllerNames.filter((c) => group.some((e) => e.controller === c))
    lines.push(skillbenchCommand({ robot, protocol, variant, episodes, seed, tasks, controllers }))
  }
  return ['```sh', ...lines, '```'].join('\n')
}

/** Controllers against each other, where there are seeds to tell chance from difference. */
function comparisons(records: readonly RobotRecord[]): string[] {
  const sections = records.flatMap(({ robot, entries }) =>
    compareControllers(entries).flatMap((c) => [
      `### ${c.task} on ${robot}`,
      comparisonTable(c),
      `${verdict(c)}${samplesDiffer(c) ? ' The samples are not equal.' : ''}`,
    ]),
  )
  return sections.length === 0
    ? []
    : [
        '## Controllers compared',
        'Mean ± standard deviation over runs that differ in nothing but their seed; error, tilt, torque and power by the paper protocol, success and falls by the practical one.',
        ...sections,
      ]
}

function comparisonTable({ controllers }: Comparison): string {
  const columns = ['error', 'tilt', 'torque', 'power', 'success', 'fallRate'] as const
  const text = (x: Spread | undefined, digits: number) =>
    x ? `${x.mean.toFixed(digits)} ± ${x.spread.toFixed(digits)}` : '–'
  const rows = controllerNames.flatMap((name) => {
    const c = controllers.find(({ controller }) => controller === name)
    if (!c) return []
    const samples = [...new Set(c.samples.map(millions))].join(', ')
    const fell = c.fellAlways > 0 ? ` (${c.fellAlways} fell always)` : ''
    const digits = (k: (typeof columns)[number]) => (k === 'torque' || k === 'power' ? 1 : 3)
    return [[name, `${c.runs}${fell}`, samples, ...columns.map((k) => text(c[k], digits(k)))]]
  })
  return markdownTable([['by', 'runs', 'samples', ...columns], ...rows])
}

/** Runs stop at whole iterations, so a hundredth is no difference. */
function samplesDiffer({ controllers }: Comparison): boolean {
  const all = controllers.flatMap((c) => c.samples)
  return Math.max(...all) > 1.01 * Math.min(...all)
}
