import type { ChildProcess } from 'node:child_process'
import { buildWeb } from '@skillweave/demos/web-build'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumPath, launch, patience } from './chromium.ts'
import { startPage } from './demo-page.ts'

const port = 9156

/** What a person sees and does when the page shows a robot behind a robot end. */
describe.skipIf(!chromiumPath)('the page of a connected robot', () => {
  let robot: ChildProcess
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    await buildWeb()
    robot = await startPage(['robot', 'rapier', '--robot', 'arm7', '--page'], port)
    browser = await launch()
    page = await browser.newPage({ viewport: { width: 1200, height: 700 } })
    await page.goto(`http://127.0.0.1:${port}/?test=1&quality=low&fps=5&theme=dark`)
  }, 120_000 * patience)
  afterAll(async () => {
    await browser?.close()
    robot?.kill('SIGINT')
  })

  const strip = () => page.getByRole('region', { name: 'Robot' })
  const says = (words: string) =>
    strip()
      .getByText(words)
      .waitFor({ timeout: 30_000 * patience })

  it('says what it does, is stopped by STOP until the stop is reset, and has no enable, being simulated', async () => {
    await says('is idle; nobody has its lease')
    expect(await page.getByRole('button', { name: 'Hold to enable' }).count()).toBe(0)
    await page.locator('[data-action="stop"]').click()
    await says('is stopped (operator)')
    expect(await page.locator('.stop-words').textContent()).toMatch(
      /^(stopped \d+ ms|not confirmed)$/,
    )
    await strip().getByRole('button', { name: 'Reset the stop' }).click()
    await says('is idle')
  })
})
