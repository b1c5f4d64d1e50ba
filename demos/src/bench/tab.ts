import { execFileSync } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStreamServer } from '@skillweave/stream/server'
import type { Browser, Page } from 'playwright-core'
import { chromiumPath, launchChromium } from '../browser/chromium.ts'
import { runLive } from '../live/host.ts'
import type { Demo } from '../live/session.ts'
import { loadShippedPolicy, shippedNames } from '../policy-files.ts'
import { UserError } from '../user-error.ts'
import { buildSite } from '../web-build.ts'

/** A demo in a tab, against the same run on a server. */
export interface TabResult {
  /** Simulated over passed time, computing as fast as it goes, on one core where `taskset` can see to that. */
  readonly realTimeFactor: number
  readonly isOneCore: boolean
  /** After `seconds` from the same seed the physics has the same hash. */
  readonly isSame: boolean
  readonly seconds: number
}

const seed = 7
const compare_s = 10
/** Loading takes the same time in a short and a long run; what differs is computing. */
const short_s = 5
const long_s = 35
const within_ms = 300_000

/** By demo; null: a policy is missing, which `say` is told. */
export async function benchTab(
  demos: Readonly<Record<string, Demo>>,
  say: (text: string) => void,
): Promise<Readonly<Record<string, TabResult | null>>> {
  if (!chromiumPath) throw new UserError('bench tab needs a Chromium; install it or set CHROMIUM')
  const folder = await mkdtemp(join(tmpdir(), 'skillweave-site-'))
  const site = await createStreamServer({
    port: 0,
    staticDir: await buildSite(demos, { folder }),
  })
  const results: Record<string, TabResult | null> = {}
  try {
    for (const [name, demo] of Object.entries(demos)) {
      const missing = demo.policies.filter((p) => !shippedNames().includes(p))
      if (missing.length === 0) results[name] = await measure(site.url, name, demo)
      else {
        say(`${name} is not measured: there is no policy ${missing.join(', ')}`)
        results[name] = null
      }
    }
    return results
  } finally {
    await site.close()
  }
}

async function measure(url: string, name: string, demo: Demo): Promise<TabResult> {
  const session = await demo.load({ seed }, loadShippedPolicy)
  const onServer = await runLive({ session, seed, seconds: compare_s })
  session.env.dispose()
  const browser = await launchChromium()
  try {
    const { hash } = await timeTo(browser, url, name, compare_s)
    const short = await timeTo(browser, url, name, short_s)
    const long = await timeTo(browser, url, name, long_s)
    return {
      realTimeFactor: (1000 * (long_s - short_s)) / (long.took_ms - short.took_ms),
      isOneCore: short.isOneCore && long.isOneCore,
      isSame: hash === onServer.hash,
      seconds: compare_s,
    }
  } finally {
    await browser.close()
  }
}

interface Held {
  readonly hash: number | null
  readonly newest_s: number
}

/** Open a link to a second of a run; how long until the tab has computed it. */
async function timeTo(browser: Browser, url: string, name: string, at_s: number) {
  const page = await browser.newPage({ viewport: { width: 640, height: 360 } })
  try {
    const started = performance.now()
    await page.goto(
      `${url}?test=1&quality=low&fps=5&embed=1#v=1&demo=${name}&seed=${seed}&t=${at_s}`,
    )
    const isOneCore = await pin(browser)
    const { hash } = await held(page, at_s)
    return { hash, took_ms: performance.now() - started, isOneCore }
  } finally {
    await page.close()
  }
}

async function held(page: Page, at_s: number): Promise<Held> {
  const from = performance.now()
  for (;;) {
    const s = await page.evaluate<Held | null>('globalThis.__skillweave?.stats() ?? null')
    if (s && s.hash !== null && s.newest_s > at_s - 0.1) return s
    if (performance.now() - from > within_ms) {
      throw new UserError(`the tab has not computed ${at_s} s within ${within_ms / 1000} s`)
    }
    await page.waitForTimeout(50)
  }
}

/** Put every process of the browser on one core. False where that cannot be done. */
async function pin(browser: Browser): Promise<boolean> {
  const session = await browser.newBrowserCDPSession()
  try {
    const { processInfo } = await session.send('SystemInfo.getProcessInfo')
    for (const { id } of processInfo) {
      execFileSync('taskset', ['-a', '-c', '-p', '0', String(id)], { stdio: 'ignore' })
    }
    return true
  } catch {
    return false
  } finally {
    await session.detach()
  }
}
