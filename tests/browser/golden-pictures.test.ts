import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { demos } from '@skillweave/demos/live'
import { buildSite } from '@skillweave/demos/web-build'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asScoring, trainUntrainedScoring } from '../support/untrained-scoring.ts'
import { chromiumPath, launch, patience } from './chromium.ts'
import { serveFolder, until } from './demo-page.ts'

const folder = fileURLToPath(new URL('../golden/pictures/', import.meta.url))
/** `SKILLWEAVE_GOLDEN=1 pnpm vitest run tests/browser/golden-pictures.test.ts` takes them anew. */
const isTaking = process.env.SKILLWEAVE_GOLDEN === '1'

/** Blocks of 16 × 16 px are compared by their mean colour: edges may move by a pixel from one browser to another. */
const block = 16
/** Of 255, mean over all blocks, and of the worst block. */
const meanMax = 3
const worstMax = 40

const pictures = [
  { name: 'arm-dark', address: 'theme=dark', link: 'demo=arm&seed=7&t=2' },
  { name: 'arm-light', address: 'theme=light', link: 'demo=arm&seed=7&t=2' },
  // Before the controller, which nobody trained, has said anything that shows.
  { name: 'basketball-dark', address: 'theme=dark', link: 'demo=basketball&seed=7&t=0.1' },
] as const

describe.skipIf(!chromiumPath)('a picture of', () => {
  let browser: Browser
  let server: Server
  let url: string

  beforeAll(async () => {
    const scoring = asScoring(await trainUntrainedScoring())
    const site = await mkdtemp(join(tmpdir(), 'skillweave-site-'))
    ;({ server, url } = await serveFolder(
      await buildSite(demos, { folder: site, extra: { scoring } }),
    ))
    browser = await launch()
  }, 200_000 * patience)
  afterAll(async () => {
    await browser?.close()
    server?.close()
  })

  it.each(pictures)('$name is as it was', { timeout: 200_000 * patience }, async ({ name, address, link }) => {
    const page = await browser.newPage({
      viewport: { width: 480, height: 272 },
      reducedMotion: 'reduce',
    })
    await page.goto(`${url}?test=1&quality=low&embed=1&${address}#v=1&${link}`)
    const seen = await until(page, 'it holds', (s) => s.hash !== null, 150_000)
    await until(
      page,
      'it is drawn',
      (s) => (s.view?.drawnFrames ?? 0) > (seen.view?.drawnFrames ?? 0),
    )
    await page.addStyleTag({
      content: '.stage > :not(canvas), header, footer { display: none !important }',
    })
    const taken = await page.locator('canvas.scene').screenshot()
    const file = join(folder, `${name}.png`)
    if (isTaking) {
      mkdirSync(folder, { recursive: true })
      writeFileSync(file, taken)
    }
    expect(
      existsSync(file),
      `there is no golden picture ${name}; take it with SKILLWEAVE_GOLDEN=1`,
    ).toBe(true)
    await page.goto('about:blank')
    const { mean, worst } = await difference(page, readFileSync(file), taken)
    expect(mean).toBeLessThan(meanMax)
    expect(worst).toBeLessThan(worstMax)
    await page.close()
  })

  it('another theme is seen as another picture', async () => {
    const page = await browser.newPage()
    const [dark, light] = ['arm-dark', 'arm-light'].map((n) =>
      readFileSync(join(folder, `${n}.png`)),
    )
    expect((await difference(page, dark, light)).mean).toBeGreaterThan(5 * meanMax)
    await page.close()
  })
})

/** How far the blocks of two pictures are apart, of 255. The browser reads the files. */
function difference(
  page: Page,
  a: Uint8Array,
  b: Uint8Array,
): Promise<{ mean: number; worst: number }> {
  const addresses = [a, b].map(
    (png) => `data:image/png;base64,${Buffer.from(png).toString('base64')}`,
  )
  return page.evaluate(`(async () => {
    const blocks = async (address) => {
      const image = new Image()
      image.src = address
      await image.decode()
      const [w, h] = [Math.floor(image.width / ${block}), Math.floor(image.height / ${block})]
      const canvas = document.createElement('canvas')
      canvas.width = image.width
      canvas.height = image.height
      const g = canvas.getContext('2d')
      g.drawImage(image, 0, 0)
      const { data } = g.getImageData(0, 0, w * ${block}, h * ${block})
      const sums = new Float64Array(3 * w * h)
      for (let i = 0; i < data.length; i += 4) {
        const p = i / 4
        const [x, y] = [p % (w * ${block}), Math.floor(p / (w * ${block}))]
        const at = 3 * (Math.floor(y / ${block}) * w + Math.floor(x / ${block}))
        for (let c = 0; c < 3; c++) sums[at + c] += data[i + c] / ${block * block}
      }
      return sums
    }
    const [x, y] = await Promise.all(${JSON.stringify(addresses)}.map(blocks))
    if (x.length !== y.length) return { mean: 255, worst: 255 }
    let sum = 0
    let worst = 0
    for (let i = 0; i < x.length; i++) {
      const d = Math.abs(x[i] - y[i])
      sum += d
      worst = Math.max(worst, d)
    }
    return { mean: sum / x.length, worst }
  })()`)
}
