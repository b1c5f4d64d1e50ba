import { spawn } from 'node:child_process'
import { relative } from 'node:path'
import { demoNames, demos } from '../demos.ts'
import { runLive } from '../live/host.ts'
import type { Demo, DemoOptions, DemoSession } from '../live/session.ts'
import { loadPolicy, policyNames, unfinishedRun } from '../policy-files.ts'
import { servePage } from '../serve-page.ts'
import { UserError } from '../user-error.ts'
import { demoClip } from './demo-clip.ts'

/** Which demo, with what. */
export interface DemoChoice {
  readonly seed: number
  readonly ball?: string
  readonly robot?: string
  readonly controller?: string
  readonly policy?: string
  readonly skills?: string
  readonly hoop?: number
}

export interface DemoCommandOptions extends DemoChoice {
  readonly headless?: boolean
  readonly seconds?: number
  readonly speed?: number
  readonly port: number
  readonly open: boolean
  readonly json?: boolean
}

/** `demo <name>`: simulate, and serve the page that shows it unless `--headless`. */
export async function demo(
  name: string,
  file: string | undefined,
  options: DemoCommandOptions,
): Promise<void> {
  if (name === 'clip') return demoClip(file, options)
  const session = await loadDemo(name, options)
  const stop = new AbortController()
  const onInterrupt = () => stop.abort()
  process.once('SIGINT', onInterrupt)
  process.once('SIGTERM', onInterrupt)
  const server = options.headless ? undefined : await servePage(options.port)
  if (server) {
    process.stderr.write(`${session.title}: open ${server.url}\n`)
    if (options.open) openBrowser(server.url)
  }
  const summary = await runLive({
    session,
    seed: options.seed,
    signal: stop.signal,
    ...(server ? { hub: server.hub } : {}),
    ...(options.seconds ? { seconds: options.seconds } : {}),
    ...(options.speed ? { speed: options.speed } : {}),
  })
  await server?.close()
  session.env.dispose()
  const result = { demo: name, seed: options.seed, ...summary, ...session.counts() }
  if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`)
  else if (options.headless) {
    for (const [key, value] of Object.entries(result)) {
      const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
      process.stdout.write(`${key.padEnd(16)} ${text}\n`)
    }
  }
}

/** A demo by name, ready to step. What cannot be loaded is something the user can mend. */
export async function loadDemo(name: string, options: DemoChoice): Promise<DemoSession> {
  const chosen = (demos as Record<string, Demo>)[name]
  if (!chosen) throw new UserError(`no demo "${name}"; there are ${demoNames.join(', ')} and clip`)
  const wanted: DemoOptions = {
    seed: options.seed,
    policyNames: policyNames(),
    begun: unfinishedRun,
    ...(options.ball ? { ball: options.ball } : {}),
    ...(options.robot ? { robot: options.robot } : {}),
    ...(options.controller ? { controller: options.controller } : {}),
    ...(options.policy ? { policy: options.policy } : {}),
    ...(options.skills ? { skills: options.skills } : {}),
    ...(options.hoop ? { hoopHeight: options.hoop } : {}),
  }
  try {
    return await chosen.load(wanted, (policy) => {
      const found = loadPolicy(policy)
      process.stderr.write(`${policy}: ${relative('', found.path)}\n`)
      return found
    })
  } catch (error) {
    throw new UserError((error as Error).message)
  }
}

/** Best effort: the address has been printed. Nothing opens where nobody sits. */
export function openBrowser(url: string): void {
  if (process.env.CI || !process.stdout.isTTY) return
  const [command, ...args] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['cmd', '/c', 'start', '', url]
        : ['xdg-open', url]
  spawn(command, args, { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref()
}
