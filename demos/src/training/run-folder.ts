import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

/** One training run on disk: `.runs/<name>/` with settings, metrics, checkpoint and policy. */
export interface RunFolder {
  readonly path: string
  /** The checkpoint to resume from, if there is one. */
  checkpoint(): Uint8Array | undefined
  saveCheckpoint(bytes: Uint8Array): void
  /** One line of metrics. */
  record(metrics: Readonly<Record<string, unknown>>): void
  /** Minutes trained in earlier sessions of this run. */
  minutes(): number
  saveMinutes(minutes: number): void
}

export function openRunFolder(name: string, settings: unknown, resume: boolean): RunFolder {
  const path = join('.runs', name)
  mkdirSync(path, { recursive: true })
  const file = (n: string) => join(path, n)
  writeFileSync(file('settings.json'), `${JSON.stringify(settings, null, 2)}\n`)
  if (!resume) writeFileSync(file('metrics.jsonl'), '')
  return {
    path,
    checkpoint: () =>
      resume && existsSync(file('checkpoint.bin'))
        ? readFileSync(file('checkpoint.bin'))
        : undefined,
    saveCheckpoint: (bytes) => {
      // Whole or not at all: a run killed while writing keeps the previous checkpoint.
      writeFileSync(file('checkpoint.tmp'), bytes)
      renameSync(file('checkpoint.tmp'), file('checkpoint.bin'))
    },
    record: (metrics) => appendFileSync(file('metrics.jsonl'), `${JSON.stringify(metrics)}\n`),
    minutes: () =>
      resume && existsSync(file('minutes')) ? Number(readFileSync(file('minutes'), 'utf8')) : 0,
    saveMinutes: (minutes) => writeFileSync(file('minutes'), String(minutes)),
  }
}
