import { execFile } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Outcome {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** The built program. */
export const cli = fileURLToPath(new URL('../../demos/dist/cli.js', import.meta.url))

/** The command line as a user starts it, in an empty folder of its own. */
export function commandLine() {
  const folder = mkdtempSync(join(tmpdir(), 'skillweave-'))
  const skillweave = (...args: readonly string[]): Promise<Outcome> =>
    new Promise((resolve) => {
      execFile(process.execPath, [cli, ...args], { cwd: folder }, (error, out, err) => {
        resolve({ code: error ? Number(error.code ?? 1) : 0, out, err })
      })
    })
  return { folder, skillweave }
}

/** The JSON object that a command prints last. */
export const lastLine = (text: string) => JSON.parse(text.trim().split('\n').at(-1) ?? '')
