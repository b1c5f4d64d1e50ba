import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const cli = join(root, 'demos/dist/cli.js')
const children: ChildProcess[] = []

/** The command line as a process of its own; ended by `endProcesses`. */
export function startCli(...args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  return child
}

export function endProcesses(): void {
  for (const child of children.splice(0)) child.kill('SIGKILL')
}

/** A simulated robot in a process of its own, on a free port; resolves with its address. */
export async function startRobot(engine: string, robot: string): Promise<string> {
  return (await startRobotProcess(engine, robot)).url
}

/** The same with its process, whose `summary` is what it prints when it is asked to end. */
export async function startRobotProcess(engine: string, robot: string, port = 0) {
  const child = startCli('robot', engine, '--robot', robot, '--port', String(port), '--json')
  let out = ''
  child.stdout?.on('data', (data) => {
    out += data
  })
  const url = await said(child, /ws:\/\/[\d.:]+\/stream/)
  return {
    child,
    url,
    port: Number(new URL(url).port),
    summary: async (): Promise<RobotSummary> => {
      const ended = new Promise((resolve) => child.once('close', resolve))
      child.kill('SIGTERM')
      await ended
      return JSON.parse(out.trim().split('\n').at(-1) ?? '')
    },
  }
}

export interface RobotSummary {
  readonly accepted: number
  readonly rejected: number
  readonly counts: Readonly<Record<string, number>>
  readonly silences_ms: readonly number[]
}

/** The first match in what a process writes to its error stream; rejects with all it wrote when it ends before. */
export function said(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stderr?.on('data', (data) => {
      text += data
      const match = text.match(pattern)
      if (match) resolve(match[0])
    })
    child.once('exit', () => reject(new Error(`ended before saying ${pattern}: ${text}`)))
  })
}
