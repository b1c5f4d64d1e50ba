import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadShippedPolicy } from '@skillweave/demos/live'
import type { Page } from 'playwright-core'
import { patience } from './chromium.ts'

/** What `window.__skillweave.stats()` says, as far as these tests read it. */
export interface PageStats {
  readonly connection: string
  readonly time_s: number
  readonly newest_s: number
  readonly paused: boolean
  readonly looksBack: boolean
  readonly oldFutures: number
  readonly hash: number | null
  readonly robots: number
  readonly signals: readonly string[]
  readonly weights: readonly number[]
  readonly jointWeights: readonly number[]
  readonly byHand: boolean
  readonly selected: string | null
  readonly bookmarks: readonly { readonly time_s: number; readonly name: string }[]
  readonly view: {
    readonly drawnFrames: number
    readonly isFinite: boolean
    readonly instances: number
    readonly camera: { readonly position: readonly number[] }
    readonly selected: string | null
    readonly tints: readonly number[]
    readonly marks: {
      readonly goals: number
      readonly forces: number
      readonly margin_m: number | null
    }
    readonly links: readonly { readonly name: string; readonly x: number; readonly y: number }[]
    readonly objects: readonly { readonly name: string; readonly x: number; readonly y: number }[]
  } | null
}

export const stats = (page: Page): Promise<PageStats> =>
  page.evaluate(() =>
    (globalThis as unknown as { __skillweave: { stats(): PageStats } }).__skillweave.stats(),
  )

/** Wait until the page's state is as wished; the busy machine decides how long that takes. */
export async function until(
  page: Page,
  what: string,
  isSo: (s: PageStats) => boolean,
  within_ms = 30_000,
): Promise<PageStats> {
  const from = performance.now()
  let last: PageStats | null = null
  while (performance.now() - from < within_ms * patience) {
    last = await stats(page).catch(() => null)
    if (last && isSo(last)) return last
    await new Promise((r) => setTimeout(r, 50))
  }
  throw new Error(`not within ${within_ms} ms: ${what}; ${JSON.stringify(last).slice(0, 600)}`)
}

/** A command that serves a page, as a user starts it; ready when it says where. */
export async function startPage(
  args: readonly string[],
  port: number,
  options: { readonly cwd?: string } = {},
): Promise<ChildProcess> {
  const cli = fileURLToPath(new URL('../../demos/dist/cli.js', import.meta.url))
  const child = spawn('node', [cli, ...args, '--port', String(port)], options)
  await new Promise<void>((resolve, reject) => {
    let said = ''
    child.stderr.on('data', (text) => {
      said += text
      if (said.includes(`http://127.0.0.1:${port}`)) resolve()
    })
    child.on('exit', (code) => reject(new Error(`the command ended with ${code}: ${said}`)))
  })
  return child
}

/** Whether a policy comes with the project. */
export function isShipped(name: string): boolean {
  try {
    loadShippedPolicy(name)
    return true
  } catch {
    return false
  }
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
}

/** The plainest static host there is. */
export async function serveFolder(folder: string): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    const [path] = (request.url ?? '/').split('?')
    try {
      const file = join(folder, path === '/' ? 'index.html' : path)
      const bytes = readFileSync(file)
      response.setHeader('Content-Type', types[extname(file)] ?? 'application/octet-stream')
      response.end(bytes)
    } catch {
      response.statusCode = 404
      response.end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/`, server }
}
