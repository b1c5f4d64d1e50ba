import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BenchName, benchNames, type PrimitiveName, primitiveNames } from '@skillweave/tasks'
import type { PolicyFile } from '../policy-files.ts'
import { type ControllerName, controllerNames } from '../policy-names.ts'
import type { PaperResult, PracticalResult } from './measure.ts'

/** A policy as its entries remember it. */
export interface MeasuredPolicy {
  /** `far-reach-h1-blend-seed2` */
  readonly name: string
  readonly samples: number
  /** Of training, on the wall. */
  readonly minutes: number
  /** Threads that trained it. */
  readonly workers: number
  readonly seed: number
  readonly command: string
  /** First digits of the file's SHA-256. */
  readonly hash: string
}

interface Measured {
  readonly command: string
  readonly seed: number
  readonly episodes: number
  readonly policy: MeasuredPolicy
}

interface TaskEntry extends Measured {
  readonly task: BenchName
  readonly controller: ControllerName
  /** Absent: the first run. */
  readonly variant?: string
}

export interface PaperEntry extends TaskEntry {
  readonly protocol: 'paper'
  readonly result: PaperResult
}

export interface PracticalEntry extends TaskEntry {
  readonly protocol: 'practical'
  readonly result: PracticalResult
}

/** A primitive alone. */
export interface PrimitiveEntry extends Measured {
  readonly protocol: 'primitives'
  readonly task: PrimitiveName
  readonly result: Readonly<Record<string, number>>
}

/** One measurement. */
export type BenchEntry = PaperEntry | PracticalEntry | PrimitiveEntry

/** All measurements of a robot, as stored. */
export interface RobotRecord {
  readonly robot: string
  readonly entries: readonly BenchEntry[]
}

/** Episodes of an evaluation unless told otherwise. */
export const usualEpisodes = { paper: 20, practical: 256 } as const

/** What to type to measure some tasks by some controllers again. */
export function skillbenchCommand(what: {
  readonly robot: string
  readonly protocol: 'paper' | 'practical'
  readonly seed: number
  readonly episodes: number
  readonly tasks: readonly BenchName[]
  readonly controllers: readonly ControllerName[]
  readonly variant?: string | undefined
}): string {
  const { robot, protocol, seed, episodes, tasks, controllers, variant } = what
  const some = <T>(list: readonly T[], all: readonly T[]) =>
    list.length < all.length ? list.join(',') : undefined
  const flags = Object.entries({
    robot,
    protocol,
    tasks: some(tasks, benchNames),
    controllers: some(controllers, controllerNames),
    variant,
    episodes: episodes === usualEpisodes[protocol] ? undefined : episodes,
    seed,
  })
  return [
    'pnpm evaluate skillbench',
    ...flags.flatMap(([key, value]) => (value === undefined ? [] : [`--${key} ${value}`])),
  ].join(' ')
}

/** Where page and records are unless told otherwise. */
export const docsFolder = fileURLToPath(new URL('../../../docs', import.meta.url))

const recordsIn = (docs: string): string => join(docs, 'skillbench')

/** Add measurements to a robot's record: each replaces an earlier one of the same thing, the others stay. */
export function storeEntries(docs: string, robot: string, entries: readonly BenchEntry[]): void {
  const folder = recordsIn(docs)
  mkdirSync(folder, { recursive: true })
  const before = readRecords(docs).find((record) => record.robot === robot)?.entries ?? []
  const all = new Map([...before, ...entries].map((entry) => [keyOf(entry), entry]))
  const record: RobotRecord = { robot, entries: [...all.values()].sort(byKey) }
  writeFileSync(join(folder, `${robot}.json`), `${JSON.stringify(record, null, 2)}\n`)
}

/** The records of all robots, by name. */
export function readRecords(docs: string): RobotRecord[] {
  const folder = recordsIn(docs)
  const files = existsSync(folder) ? readdirSync(folder).sort() : []
  return files
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as RobotRecord)
}

/** What an entry says of the policy it measured. */
export function measuredPolicy({ manifest, onnx }: PolicyFile): MeasuredPolicy {
  const { samples, minutes, seed, command } = manifest.provenance
  return {
    name: manifest.name,
    samples,
    minutes,
    workers: Number(/--workers (\d+)/.exec(command)?.[1] ?? 1),
    seed,
    command,
    hash: createHash('sha256').update(onnx).digest('hex').slice(0, 12),
  }
}

/** Half the core-minutes: what it takes when two cores train all the time. */
export const twoCoreMinutes = ({ minutes, workers }: MeasuredPolicy): number =>
  (minutes * workers) / 2

const controllerOf = (entry: BenchEntry): string | undefined =>
  entry.protocol === 'primitives' ? undefined : entry.controller

const variantOf = (entry: BenchEntry): string =>
  entry.protocol === 'primitives' ? '' : (entry.variant ?? '')

const keyOf = (entry: BenchEntry): string =>
  [entry.protocol, entry.task, controllerOf(entry), variantOf(entry)].join('/')

const order: readonly (readonly string[])[] = [
  ['primitives', 'paper', 'practical'],
  [...primitiveNames, ...benchNames],
  controllerNames,
]

/** Protocol, task, controller in the order of their tables, then the variant. */
function byKey(a: BenchEntry, b: BenchEntry): number {
  const rank = (entry: BenchEntry) =>
    [entry.protocol, entry.task, controllerOf(entry)].map((name, i) => order[i].indexOf(name ?? ''))
  const [x, y] = [rank(a), rank(b)]
  const i = x.findIndex((value, k) => value !== y[k])
  if (i >= 0) return x[i] - y[i]
  return variantOf(a) < variantOf(b) ? -1 : 1
}
