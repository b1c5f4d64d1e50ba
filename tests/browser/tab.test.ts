import { writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { demos, loadShippedPolicy, runLive } from '@skillweave/demos/live'
import { buildSite } from '@skillweave/demos/web-build'
import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { chromiumPath, launch, patience } from './chromium.ts'
import { isShipped, type PageStats, serveFolder, stats, until } from './demo-page.ts'

const view = 'test=1&quality=low&fps=5&theme=dark'

/** The static site: no server of ours behind it. */
describe.skipIf(!chromiumPath)('the site that needs no server', () => {
  let server: Server
  let url: string
  let browser: Browser
  let page: Page
  let errors: string[]

  const serious = async (): Promise<string[]> => {
    await page.evaluate(axe.source)
    const found = await page.evaluate<{ violations: Violation[] }>('axe.run()')
    return found.violations
      .filter((v) => v.impact === 'serious' || v.impact === 'critical')
      .map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 120)).join(' | ')}`)
  }

  beforeAll(async () => {
    ;({ server, url } = await serveFolder(await buildSite(demos)))
    browser = await launch()
  }, 120_000 * patience)
  afterAll(async () => {
    await browser?.close()
    server?.close()
  })
  beforeEach(async () => {
    errors = []
    page = await browser.newPage({
      viewport: { width: 1200, height: 700 },
      colorScheme: 'dark',
      reducedMotion: 'reduce',
    })
    page.on('pageerror', (e) => errors.push(String(e)))
    page.on('console', (m) => {
      if (m.type() === 'error') errors.push(m.text())
    })
  })
  afterEach(async () => {
    await page.close()
    expect(errors).toEqual([])
  })

  it('begins with a card per demo, and says what is missing where one cannot run', async () => {
    await page.goto(url)
    await page.getByRole('link', { name: 'Arm' }).waitFor()
    expect(await page.locator('.cards article').count()).toBe(Object.keys(demos).length)
    for (const text of await page.locator('.cards .missing').allTextContents()) {
      expect(text).toMatch(/this site has no policy \w+/)
    }
    expect(await serious()).toEqual([])
    await page.getByRole('link', { name: 'Arm' }).click()
    await page.waitForSelector('canvas.scene')
  })

  it('a link opens the same second of the same run as a server computes', async () => {
    const session = await demos.arm.load({ seed: 7 }, loadShippedPolicy)
    const onServer = await runLive({ session, seed: 7, seconds: 10 })
    session.env.dispose()
    await page.goto(`${url}?${view}#v=1&demo=arm&seed=7&t=10`)
    const s = await until(page, 'it holds at 10 s', (x) => x.hash !== null && x.newest_s > 9.9)
    expect(s.newest_s).toBeCloseTo(10, 6)
    expect(s.hash).toBe(onServer.hash)
  })

  it('a demo in the tab runs at least as fast as real time, and can be taken back', async () => {
    await page.goto(`${url}?demo=arm&${view}`)
    const first = await until(page, 'it runs', (s) => s.newest_s > 1 && s.robots === 1)
    const from = performance.now()
    const later = await until(page, 'it goes on', (s) => s.newest_s > first.newest_s + 4)
    const rate = (later.newest_s - first.newest_s) / ((performance.now() - from) / 1000)
    // A loaded machine may steal time from the worker; the promise is for an idle one.
    expect(rate).toBeGreaterThan(0.5)
    await page.keyboard.press('Shift+<')
    await until(page, 'looking back', (s) => s.looksBack)
    await page.keyboard.press('Enter')
    await until(page, 'back there', (s) => !s.looksBack)
    expect(await page.locator('.notice').count()).toBe(0)
  })

  it('shells are coloured by how well joints follow and what they give, and are themselves again', async () => {
    await page.goto(`${url}?demo=arm&${view}`)
    await until(page, 'it runs', (s) => s.newest_s > 0.5 && s.signals.length > 0)
    const amounts = (s: PageStats) => s.view?.tints.filter((_, i) => i % 4 === 3) ?? []
    expect(amounts(await stats(page))).toContain(0)
    const button = page.locator('[data-action=colors]')
    for (const words of ['Colours: joint error', 'Colours: torque']) {
      await page.keyboard.press('k')
      expect(await button.textContent()).toBe(words)
      await until(page, words, (s) => amounts(s).some((a) => a === 1))
    }
    await page.keyboard.press('k')
    expect(await button.textContent()).toBe('Colours: limbs')
    await until(page, 'its own colours', (s) => amounts(s).every((a) => a === 0))
  })

  it('in a frame it obeys the origins that are listed, and no others', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'skillweave-frame-'))
    const around = await serveFolder(folder)
    const origin = new URL(around.url).origin
    try {
      for (const allow of [origin, 'http://elsewhere.example']) {
        const address = `${url}?demo=arm&embed=1&ui=time&allow=${allow}&${view}`
        writeFileSync(
          join(folder, 'index.html'),
          `<link rel="icon" href="data:,"><iframe src="${address}" width="640" height="360">`,
        )
        await page.goto(around.url)
        const frame = page.frames().find((f) => f.url().includes('embed=1'))
        if (!frame) throw new Error('no frame')
        await frame.waitForSelector('canvas.scene')
        const now = () =>
          frame.evaluate(() =>
            (
              globalThis as unknown as { __skillweave: { stats(): PageStats } }
            ).__skillweave.stats(),
          )
        const running = async () => {
          for (;;) {
            const s = await now().catch(() => null)
            if (s && s.newest_s > 0.3) return s
            await new Promise((r) => setTimeout(r, 100))
          }
        }
        await running()
        expect(await frame.locator('.strip').count()).toBe(1)
        expect(await frame.locator('.camera-buttons').isVisible()).toBe(false)
        await page.evaluate(`frames[0].postMessage({ skillweave: 'pause' }, '*')`)
        await new Promise((r) => setTimeout(r, 1500 * patience))
        expect((await now()).paused).toBe(allow === origin)
      }
    } finally {
      around.server.close()
    }
  })

  it('a demo that cannot be loaded says why', async () => {
    if (demos.basketball.policies.every((p) => isShipped(p))) return
    await page.goto(`${url}?demo=basketball&${view}`)
    await page.locator('.notice.error').waitFor()
    errors = errors.filter((e) => !e.includes('404'))
  })

  it('a demo that does not exist says which do', async () => {
    await page.goto(`${url}?demo=juggling&${view}`)
    await page.getByText(/no demo "juggling"; there are .*arm/).waitFor()
  })

  it.each([
    ['a desktop, dark', 1200, 700, 'dark'],
    ['a desktop, light', 1200, 700, 'light'],
    ['a phone', 390, 760, 'dark'],
  ])('axe finds nothing serious on %s', async (_name, width, height, theme) => {
    await page.setViewportSize({ width, height })
    await page.goto(`${url}?demo=arm&test=1&quality=low&fps=5&theme=${theme}`)
    await until(page, 'it runs', (s) => s.newest_s > 0.5 && s.robots === 1)
    expect(await serious()).toEqual([])
    await page.keyboard.press('Shift+<')
    await until(page, 'looking back', (s) => s.looksBack)
    await page.keyboard.press('?')
    await page.waitForSelector('dialog[open]')
    expect(await serious()).toEqual([])
    await page.keyboard.press('Escape')
    if (width < 700) {
      const wide = await page.evaluate<number>('document.documentElement.scrollWidth')
      expect(wide).toBeLessThanOrEqual(width)
      const box = await page.locator('[data-action=stop]').boundingBox()
      expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(width)
      expect((await stats(page)).view?.isFinite).toBe(true)
    }
  })
})

interface Violation {
  readonly id: string
  readonly impact: string
  readonly nodes: readonly { readonly html: string }[]
}
