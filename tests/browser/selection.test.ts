import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { demos } from '@skillweave/demos/live'
import { buildSite, buildWeb } from '@skillweave/demos/web-build'
import { readRecording } from '@skillweave/recording'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startScriptedServer } from '../support/scripted-source.ts'
import { chromiumPath, launch } from './chromium.ts'
import { serveFolder, stats, until } from './demo-page.ts'

const view = 'test=1&quality=low&fps=5&theme=dark'
let browser: Browser
let page: Page
let errors: string[]

const press = (key: string): Promise<void> => page.keyboard.press(key)
const button = (name: string) => page.getByRole('button', { name, exact: true })
const isPressed = (name: string) => button(name).getAttribute('aria-pressed')

beforeAll(async () => {
  if (chromiumPath) browser = await launch()
})
afterAll(() => browser?.close())
beforeEach(async () => {
  if (!chromiumPath) return
  errors = []
  page = await browser.newPage({
    viewport: { width: 1300, height: 800 },
    colorScheme: 'dark',
    reducedMotion: 'reduce',
  })
  page.on('pageerror', (e) => errors.push(String(e)))
  page.on('console', (m) => {
    if (m.type() === 'error') errors.push(m.text())
  })
})
afterEach(async () => {
  await page?.close()
  expect(errors ?? []).toEqual([])
})

describe.skipIf(!chromiumPath)('the arm, held, in a tab', () => {
  let server: Server
  let url: string

  beforeAll(async () => {
    ;({ server, url } = await serveFolder(await buildSite(demos)))
  })
  afterAll(() => {
    server?.close()
  })
  beforeEach(async () => {
    await page.goto(`${url}?demo=arm&${view}`)
    await until(page, 'it runs', (s) => s.newest_s > 1 && s.robots === 1)
    await page.locator('[data-action=pause]').click()
    await until(page, 'held', (s) => s.paused)
  })

  it('a click selects a link on the whole page, Alt left goes back, Esc selects nothing', async () => {
    const stage = await page.locator('canvas.scene').boundingBox()
    const link = (await stats(page)).view?.links[4]
    if (!stage || !link) throw new Error('no arm')
    await page.mouse.click(stage.x + link.x, stage.y + link.y)
    const { selected } = await until(
      page,
      'it is lit',
      (s) => s.selected !== null && s.view?.selected === s.selected,
    )
    expect(await page.locator('.joints [aria-pressed=true]').count()).toBe(1)
    expect(await page.locator('.parts [aria-pressed=true]').count()).toBe(1)
    const plot = page.locator('.plot').first()
    expect(await plot.locator('h3').textContent()).toMatch(/^Selected: /)
    await plot.locator('.lines .name').nth(1).waitFor()
    await page.locator('.parts summary', { hasText: 'things' }).click()
    await button('target').click()
    await until(page, 'the target has a ring', (s) => s.view?.selected === 'target')
    expect(await isPressed('target')).toBe('true')
    await press('Alt+ArrowLeft')
    await until(page, 'the link again', (s) => s.view?.selected === selected)
    await press('Escape')
    await until(page, 'nothing', (s) => s.selected === null && s.view?.selected === null)
    await press('Alt+ArrowLeft')
    await until(page, 'the link once more', (s) => s.selected === selected)
  })

  it('arrow keys move what is selected, and nothing else', async () => {
    const targetAt = async () =>
      (await stats(page)).view?.objects.find((o) => o.name === 'target') ?? { x: 0, y: 0 }
    const moved = (from: { x: number; y: number }) =>
      until(page, 'it has moved', (s) => {
        const to = s.view?.objects.find((o) => o.name === 'target')
        return to !== undefined && Math.hypot(to.x - from.x, to.y - from.y) > 2
      })
    const before = await targetAt()
    await press('PageUp')
    await page.locator('.parts summary', { hasText: 'things' }).click()
    await button('target').click()
    await until(page, 'selected', (s) => s.view?.selected === 'target')
    expect(await targetAt()).toEqual(before)
    await press('PageUp')
    await moved(before)
    const raised = await targetAt()
    expect(raised.y).toBeLessThan(before.y)
    await press('ArrowLeft')
    await moved(raised)
    expect((await targetAt()).x).toBeLessThan(raised.x)
  })

  it('moments are marked, named, jumped to, and go with links and recordings', async () => {
    await press('z')
    const [{ time_s }] = (await until(page, 'a mark', (s) => s.bookmarks.length === 1)).bookmarks
    for (let i = 0; i < 3; i++) await press('Shift+<')
    await until(page, 'looking back', (s) => s.looksBack && s.time_s < time_s - 0.3)
    await press('Shift+}')
    await until(page, 'at the mark', (s) => Math.abs(s.time_s - time_s) < 1e-6)
    await page.locator('summary', { hasText: 'Marks' }).click()
    const name = page.getByLabel(/^Name of the mark at/)
    await name.fill('slips')
    await name.press('Enter')
    await until(page, 'it has a name', (s) => s.bookmarks[0].name === 'slips')
    await press('Escape')
    await page.locator('canvas.scene').focus()
    const saving = page.waitForEvent('download')
    await press('Shift+M')
    const file = await (await saving).path()
    const { messages } = readRecording(new Uint8Array(readFileSync(file)))
    const marks = messages.filter(
      ({ data }) => typeof data === 'string' && data.includes('"mark"') && data.includes('slips'),
    )
    expect(marks.length).toBe(1)
    await page.evaluate(`navigator.clipboard.writeText = (text) => {
      globalThis.copied = text
      return Promise.resolve()
    }`)
    await press('u')
    await page.getByText('The link to this moment is copied.').waitFor()
    expect(await page.evaluate('globalThis.copied')).toContain(`mark=${time_s.toFixed(2)}+slips`)
    await page.locator('input[type=file]').setInputFiles({
      name: 'marked.mcap',
      mimeType: 'application/octet-stream',
      buffer: readFileSync(file),
    })
    await page.getByLabel('Place in the recording').waitFor()
    await until(page, 'the recording brings it', (s) => s.bookmarks[0]?.name === 'slips')
  })

  it('two markers in the plots say how far apart they are', async () => {
    await press('9')
    await page.getByText(/^A \d+\.\d\d s$/).waitFor()
    for (let i = 0; i < 3; i++) await press('Shift+<')
    await until(page, 'looking back', (s) => s.looksBack)
    await press('9')
    await page.getByText(/B − A -0\.[56]\d s/).waitFor()
    await page.getByText(/^Δ /).first().waitFor()
    await button('Remove markers').click()
    await button('Marker A here').waitFor()
  })
})

describe.skipIf(!chromiumPath)('the page of the script', () => {
  let server: Awaited<ReturnType<typeof startScriptedServer>>
  const asked = () =>
    server.source.calls.filter((c) => c.method === 'skill.weights').at(-1)?.params as {
      weights: Record<string, number> | null
    }

  beforeAll(async () => {
    server = await startScriptedServer({ port: 0, staticDir: await buildWeb() })
  })
  afterAll(() => server?.close())

  it('a skill is muted, left alone and heard again, each on a ramp', async () => {
    await page.goto(`http://127.0.0.1:${server.port}/?${view}`)
    await until(page, 'weights', (s) => s.weights.some((w) => w > 0))
    await button('Mute Jump shot').click()
    await until(page, 'muted', (s) => s.byHand)
    expect(asked()).toMatchObject({ weights: { shot: 0 }, ramp_s: 0.5 })
    expect(await isPressed('Mute Jump shot')).toBe('true')
    await button('Only Dribble left').click()
    await until(page, 'alone', (s) => s.weights[1] > 0.95)
    expect(asked()).toMatchObject({ weights: { dribbleLeft: 1 }, mode: 'override' })
    await page.getByLabel('Mix by hand').check()
    await page.getByLabel('ramp').selectOption({ label: 'at once' })
    await button('Only Dribble left').click()
    await until(page, 'the mute is left', () => asked().weights?.shot === 0)
    expect(asked()).not.toHaveProperty('ramp_s')
    await button('Mute Jump shot').click()
    await until(page, 'given back', (s) => !s.byHand)
    await button('Dribble left').click()
    await until(page, 'selected', (s) => s.selected === 'dribbleLeft')
  })
})
