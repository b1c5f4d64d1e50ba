import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, it } from 'vitest'
import { chromiumPath, launch } from './chromium.ts'

/*
 * Not a test: takes the pictures of the documentation, from demos that really run.
 *   SKILLWEAVE_PICTURE=basketball pnpm picture
 *     →  docs/images/basketball.png, the page, and docs/images/basketball-card.png, the scene alone
 */
const demo = process.env.SKILLWEAVE_PICTURE
const root = fileURLToPath(new URL('../..', import.meta.url))
const port = 8799
/** Simulated seconds before the picture is taken. */
const after_s = Number(process.env.SKILLWEAVE_PICTURE_AFTER ?? 6)

describe.skipIf(!demo || !chromiumPath)('a picture', () => {
  it(`of the demo ${demo}`, { timeout: 300_000 }, async () => {
    const args = ['demos/dist/cli.js', 'demo', demo as string, '--no-open', '--port', String(port)]
    const server = spawn('node', args, { cwd: root, stdio: 'inherit' })
    const browser = await launch()
    try {
      const page = await browser.newPage({
        viewport: { width: 1440, height: 810 },
        colorScheme: 'dark',
      })
      const url = `http://127.0.0.1:${port}/?test=1&quality=high&theme=dark`
      for (let attempt = 0; ; attempt++) {
        const answer = await page.goto(url).catch(() => null)
        if (answer?.ok()) break
        if (attempt === 120) throw new Error(`the demo does not answer at ${url}`)
        await new Promise((r) => setTimeout(r, 500))
      }
      await page.waitForFunction(
        (s) => {
          const hook = (globalThis as { __skillweave?: { stats(): { time_s: number } } })
            .__skillweave
          return (hook?.stats().time_s ?? 0) > s
        },
        after_s,
        { timeout: 240_000 },
      )
      mkdirSync(join(root, 'docs/images'), { recursive: true })
      await page.screenshot({ path: join(root, `docs/images/${demo}.png`) })
      await page.setViewportSize({ width: 640, height: 336 })
      await page.goto(`${url}&embed=1`)
      await page.waitForFunction(
        () =>
          ((
            globalThis as { __skillweave?: { stats(): { view: { drawnFrames: number } | null } } }
          ).__skillweave?.stats().view?.drawnFrames ?? 0) > 20,
      )
      await page.addStyleTag({ content: '.below-scene { display: none !important }' })
      await page.screenshot({ path: join(root, `docs/images/${demo}-card.png`) })
    } finally {
      await browser.close()
      server.kill('SIGINT')
    }
  })
})
