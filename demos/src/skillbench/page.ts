import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BenchName, benchNames } from '@skillweave/tasks'
import { type ControllerName, controllerNames } from '../policy-names.ts'
import type { PaperResult, PracticalResult } from './measure.ts'
import { type PublishedResult, publishedSamplesMin } from './published.ts'

type ByController<Result> = Partial<Record<ControllerName, Result>>

export interface PaperReport {
  readonly robot: string
  readonly protocol: 'paper'
  readonly seed: number
  readonly tasks: Partial<
    Record<
      BenchName,
      { readonly threshold: number; readonly paper?: PublishedResult } & ByController<PaperResult>
    >
  >
}

export interface PracticalReport {
  readonly robot: string
  readonly protocol: 'practical'
  readonly seed: number
  readonly tasks: Partial<
    Record<BenchName, { readonly threshold: number } & ByController<PracticalResult>>
  >
}

export type BenchReport = PaperReport | PracticalReport

/** A report with what made it, as stored beside the page. */
export interface BenchRun {
  readonly command: string
  readonly report: BenchReport
  /** By `<task>/<controller>`. */
  readonly policies: Readonly<
    Record<
      string,
      {
        readonly samples: number
        readonly minutes: number
        readonly seed: number
        readonly command: string
      }
    >
  >
}

const docs = fileURLToPath(new URL('../../../docs', import.meta.url))

/** Keep a run in `docs/skillbench/`, one per robot and protocol. */
export function storeRun(run: BenchRun): void {
  const folder = join(docs, 'skillbench')
  mkdirSync(folder, { recursive: true })
  const { robot, protocol } = run.report
  writeFileSync(join(folder, `${robot}-${protocol}.json`), `${JSON.stringify(run, null, 2)}\n`)
}

/** Write `docs/skillbench.md` from all stored runs; returns its path. */
export function writePage(): string {
  const folder = join(docs, 'skillbench')
  const files = existsSync(folder) ? readdirSync(folder).sort() : []
  const runs = files
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as BenchRun)
  const path = join(docs, 'skillbench.md')
  writeFileSync(path, pageOf(runs))
  return path
}

/** The page as Markdown: per run its command and table, then what training cost. */
function pageOf(runs: readonly BenchRun[]): string {
  const sections = runs.map((run) => {
    const { report } = run
    const title = `## ${report.robot}, ${report.protocol} protocol`
    const rows = report.protocol === 'paper' ? paperRows(report) : practicalRows(report)
    return [title, `\`${run.command}\`, seed ${report.seed}`, table(rows), summary(run)].join(
      '\n\n',
    )
  })
  return `${[head, ...sections].join('\n\n')}\n`
}

const head = `# SkillBench results

Written by \`pnpm evaluate skillbench --page\` from the files in \`docs/skillbench/\`; do not edit. Tasks, protocols and metrics are explained in
[skillblender.md](skillblender.md). "paper" is SkillBlender's own result (arXiv 2506.09366v1).`

function paperRows({ tasks }: PaperReport): string[][] {
  const header = ['task', 'threshold', 'by', 'error', 'below', 'tilt', 'height', 'torque', 'power']
  const numbers = (r: PublishedResult | PaperResult) => [
    r.tilt.toFixed(3),
    r.height.toFixed(3),
    r.torque.toFixed(1),
    r.power.toFixed(1),
  ]
  const rows = benchNames.flatMap((name) => {
    const task = tasks[name]
    if (!task) return []
    const line = (by: string, text: string, r: PublishedResult | PaperResult) => [
      name,
      String(task.threshold),
      by,
      text,
      isBelow(r, task.threshold) ? 'yes' : 'no',
      ...numbers(r),
    ]
    const own = controllerNames.flatMap((controller) => {
      const r = task[controller]
      return r ? [line(controller, errorText(r), r)] : []
    })
    return [...(task.paper ? [line('paper', task.paper.error.toFixed(3), task.paper)] : []), ...own]
  })
  return [header, ...rows]
}

/** Mean and standard deviation, or that there is none. */
export const errorText = ({ error, std }: PaperResult): string =>
  error === null || std === null ? 'fell always' : `${error.toFixed(3)} ± ${std.toFixed(3)}`

const isBelow = ({ error }: { readonly error: number | null }, threshold: number): boolean =>
  error !== null && error < threshold

function practicalRows({ tasks }: PracticalReport): string[][] {
  const header = ['task', 'by', 'success', '95 %', 'falls', 'time to success, s', 'energy, J']
  const percent = (x: number) => `${(100 * x).toFixed(1)} %`
  const rows = benchNames.flatMap((name) =>
    controllerNames.flatMap((controller) => {
      const r = tasks[name]?.[controller]
      if (!r) return []
      return [
        [
          name,
          controller,
          percent(r.success),
          `${percent(r.low)}–${percent(r.high)}`,
          percent(r.fallRate),
          r.timeToSuccess_s?.toFixed(1) ?? '–',
          r.energy_J.toFixed(0),
        ],
      ]
    }),
  )
  return [header, ...rows]
}

function summary({ policies, report }: BenchRun): string {
  const all = Object.entries(policies)
  const samples = all.reduce((sum, [, p]) => sum + p.samples, 0)
  const minutes = all.reduce((sum, [, p]) => sum + p.minutes, 0)
  const rows = all.map(([name, p]) => [
    name,
    millions(p.samples),
    p.minutes.toFixed(0),
    `1 : ${Math.round(publishedSamplesMin / p.samples)}`,
    `\`${p.command}\``,
  ])
  const training = table([
    ['policy', 'samples', 'minutes', 'samples to the paper’s least', 'command'],
    ...rows,
  ])
  const total = `In all ${millions(samples)} samples and ${minutes.toFixed(0)} min of training for ${all.length} controllers.`
  if (report.protocol === 'practical') return [total, training].join('\n\n')
  const blend = benchNames.flatMap((name) => {
    const task = report.tasks[name]
    return task?.blend ? [{ task, blend: task.blend }] : []
  })
  const count = blend.filter(({ task, blend: result }) => isBelow(result, task.threshold)).length
  return [
    `\`blend\` is below the threshold on ${count} of ${blend.length} tasks. ${total}`,
    training,
  ].join('\n\n')
}

const millions = (samples: number): string => `${(samples / 1e6).toFixed(2)} M`

function table([header, ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n')
}
