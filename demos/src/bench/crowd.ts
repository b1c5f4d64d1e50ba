import { type ChildProcess, fork } from 'node:child_process'

/**
 * Who watches in a bench. `reading` viewers keep up, `stalled` ones stop reading and come again when they are closed,
 * `slow` ones read 10 kB/s; `passing` ones of all kinds come and go, some without a word.
 */
export interface CrowdPlan {
  readonly url: string
  readonly reading: number
  readonly stalled: number
  readonly slow: number
  readonly passing: number
  readonly seed: number
}

/** Viewers in a process of their own. */
export interface Crowd {
  /** Frames received and connections made so far, by all of them. */
  counts(): CrowdCounts
  leave(): Promise<void>
}

export interface CrowdCounts {
  readonly frames: number
  readonly connections: number
}

/** Resolves when everybody was let in once. */
export async function gatherCrowd(plan: CrowdPlan): Promise<Crowd> {
  // The built file: Node 20 cannot run sources.
  const entry = new URL('../../dist/workers/crowd-process.js', import.meta.url)
  const child = fork(entry, [JSON.stringify(plan)], { execArgv: [] })
  let counts: CrowdCounts = { frames: 0, connections: 0 }
  await new Promise<void>((resolve, reject) => {
    child.on('message', (message) => {
      if (message === 'here') resolve()
      else counts = message as CrowdCounts
    })
    child.once('exit', (code) => reject(new Error(`the viewers' process ended with ${code}`)))
  })
  return { counts: () => counts, leave: () => end(child) }
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return Promise.resolve()
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGKILL')
  return ended
}
