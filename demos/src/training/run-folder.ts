import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { decodeCheckpoint } from '@skillweave/policy'

/** One training run on disk: `.runs/<name>/` with settings, metrics, checkpoint and policy. */
export interface RunFolder {
  readonly path: string
  /** The last checkpoint, if there is one. */
  checkpoint(): Uint8Array | undefined
  saveCheckpoint(bytes: Uint8Array): void
  hasCheckpoint(): boolean
  savePicture(name: string, svg: string): void
  /** One line of metrics. */
  record(metrics: Readonly<Record<string, unknown>>): void
  /** What was recorded in earlier sessions of this run, oldest first. */
  recorded(): readonly unknown[]
  /** Minutes trained in earlier sessions of this run. */
  minutes(): number
  saveMinutes(minutes: number): void
}

/** Begin a run, or with `resume` go on with one. */
export function openRunFolder(name: string, settings: unknown, resume: boolean): RunFolder {
  const path = join('.runs', name)
  mkdirSync(path, { recursive: true })
  writeFileSync(join(path, 'settings.json'), `${JSON.stringify(settings, null, 2)}\n`)
  const metrics = join(path, 'metrics.jsonl')
  if (!resume) {
    writeFileSync(metrics, '')
    // An earlier run's checkpoints must not be taken for this run's.
    for (const file of readdirSync(path)) {
      if (/^checkpoint(-\d+)?\.bin$/.test(file)) rmSync(join(path, file))
    }
  }
  const folder = continueRunFolder(name)
  const checkpoint = resume ? folder.checkpoint() : undefined
  if (checkpoint && existsSync(metrics)) {
    // What came after the checkpoint will be done, and recorded, again.
    const last = iterationOf(checkpoint)
    const kept = readFileSync(metrics, 'utf8')
      .split('\n')
      .filter(
        (line) => line !== '' && (JSON.parse(line) as { iteration: number }).iteration <= last,
      )
    writeFileSync(metrics, kept.map((line) => `${line}\n`).join(''))
  }
  return folder
}

/** A run's folder as worker `rank` sees it: its own checkpoint, everything else in common. */
export function continueRunFolder(name: string, rank = 0): RunFolder {
  const path = join('.runs', name)
  const file = (n: string) => join(path, n)
  const own = file(rank === 0 ? 'checkpoint.bin' : `checkpoint-${rank}.bin`)
  return {
    path,
    checkpoint: () => {
      if (!existsSync(file('checkpoint.bin'))) return undefined
      const first = readFileSync(file('checkpoint.bin'))
      if (rank === 0 || !existsSync(own)) return first
      // All must go on from the same iteration: a run killed between two files has two of them.
      const mine = readFileSync(own)
      return iterationOf(mine) === iterationOf(first) ? mine : first
    },
    saveCheckpoint: (bytes) => {
      // Whole or not at all: a run killed while writing keeps the previous checkpoint.
      writeFileSync(`${own}.tmp`, bytes)
      renameSync(`${own}.tmp`, own)
    },
    hasCheckpoint: () => existsSync(own),
    savePicture: (name, svg) => writeFileSync(file(name), svg),
    record: (metrics) => appendFileSync(file('metrics.jsonl'), `${JSON.stringify(metrics)}\n`),
    recorded: () =>
      existsSync(file('metrics.jsonl'))
        ? readFileSync(file('metrics.jsonl'), 'utf8').split('\n').filter(Boolean).map(parseLine)
        : [],
    minutes: () =>
      existsSync(file('minutes')) ? Number(readFileSync(file('minutes'), 'utf8')) : 0,
    saveMinutes: (minutes) => writeFileSync(file('minutes'), String(minutes)),
  }
}

const parseLine = (line: string): unknown => JSON.parse(line)

const iterationOf = (checkpoint: Uint8Array): number =>
  JSON.parse(decodeCheckpoint(checkpoint).metadata.state ?? '{}').iteration
