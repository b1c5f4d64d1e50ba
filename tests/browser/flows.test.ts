import type { ChildProcess } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildWeb } from '@skillweave/demos/web-build'
import { readRecording } from '@skillweave/recording'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { chromiumPath, launch, patience } from './chromium.ts'
import { type PageStats, startPage, stats, until } from './demo-page.ts'

const port = 9150

/** What a person does with the page, on the real running arm. */
describe.skipIf(!chromiumPath)('the page of the arm demo', () => {
  let demo: ChildProcess
  let browser: Browser
  let page: Page
  let errors: string[]
  let folder: string
  const url = `http://127.0.0.1:${port}/?test=1&quality=low&fps=5&theme=dark`

  const open = async (address = url): Promise<void> => {
    await page.goto(address)
    await until(page, 'the robot is drawn', (s) => (s.view?.drawnFrames ?? 0) > 1 && s.robots === 1)
  }
  const press = (key: string): Promise<void> => page.keyboard.press(key)
  const action = (name: string) => page.locator(`[data-action="${name}"]`)
  const pause = async () => {
    if (!(await stats(page)).paused) await press(' ')
    return until(page, 'paused', (s) => s.paused && s.hash !== null)
  }
  const go = async () => {
    if ((await stats(page)).paused) await press(' ')
    return until(page, 'running', (s) => !s.paused)
  }
  /** Nothing has changed for a while: what was asked for has been done and drawn. */
  const settled = async () => {
    let last = await stats(page)
    for (let same = 0; same < 8; ) {
      await new Promise((r) => setTimeout(r, 100))
      const now = await stats(page)
      same = now.newest_s === last.newest_s && now.hash === last.hash ? same + 1 : 0
      last = now
    }
    return last
  }
  const steps = async (count: number) => {
    for (let i = 0; i < count; i += 10) await press('Shift+>')
    return settled()
  }

  beforeAll(async () => {
    await buildWeb()
    folder = await mkdtemp(join(tmpdir(), 'skillweave-'))
    demo = await startPage(['demo', 'arm', '--seed', '7', '--no-open'], port)
    browser = await launch()
  }, 120_000 * patience)
  afterAll(async () => {
    await browser?.close()
    demo?.kill('SIGINT')
  })
  beforeEach(async () => {
    errors = []
    page = await browser.newPage({
      viewport: { width: 1200, height: 700 },
      colorScheme: 'dark',
      reducedMotion: 'reduce',
      acceptDownloads: true,
    })
    page.on('pageerror', (e) => errors.push(String(e)))
    page.on('console', (m) => {
      if (m.type() === 'error') errors.push(m.text())
    })
    await open()
  })
  afterEach(async () => {
    await page.close()
    expect(errors).toEqual([])
  })

  it('dragging the strip shows the past while the run goes on, and L returns', async () => {
    await until(page, 'some past', (s) => s.newest_s > 3)
    const strip = await page.locator('.strip canvas').boundingBox()
    if (!strip) throw new Error('no strip')
    await page.mouse.move(strip.x + strip.width - 2, strip.y + 20)
    await page.mouse.down()
    await page.mouse.move(strip.x + strip.width * 0.92, strip.y + 20, { steps: 4 })
    await page.mouse.up()
    const held = await until(page, 'looking back', (s) => s.looksBack)
    const later = await until(page, 'the run goes on', (s) => s.newest_s > held.newest_s + 0.5)
    expect(later.time_s).toBe(held.time_s)
    expect(await page.locator('.chip').textContent()).toMatch(/s behind/)
    await press('l')
    await until(page, 'live', (s) => !s.looksBack && s.time_s > held.time_s)
  })

  it('a run taken back goes the same way again, bit for bit', async () => {
    await pause()
    const at = await settled()
    const then = await steps(100)
    expect(then.newest_s).toBeCloseTo(at.newest_s + 2, 6)
    for (let i = 0; i < 10; i++) await press('Shift+<')
    await until(
      page,
      'looking back',
      (s) => s.looksBack && Math.abs(s.time_s - at.newest_s) < 0.005,
    )
    await action('go-on').click()
    await until(page, 'back there', (s) => !s.looksBack && s.newest_s < at.newest_s + 1.5)
    await pause()
    const { newest_s } = await settled()
    const left = Math.round((then.newest_s - newest_s) / 0.02)
    expect(left).toBeGreaterThan(0)
    for (let i = 0; i < left; i++) await press('.')
    const again = await settled()
    expect(again.newest_s).toBeCloseTo(then.newest_s, 6)
    expect(again.hash).toBe(then.hash)
    await go()
  })

  it('what a run did before it was taken back stays and can be looked at', async () => {
    await pause()
    const hand = (s: PageStats) => s.view?.links.at(-1)
    await action('pause').focus()
    for (let i = 0; i < 5; i++) await press('Shift+>')
    const left = await settled()
    for (let i = 0; i < 4; i++) await press('Shift+<')
    await until(page, 'looking back', (s) => s.looksBack && s.time_s < left.newest_s - 0.7)
    const before = left.oldFutures
    await action('go-on').click()
    await until(page, 'back there', (s) => !s.looksBack && s.oldFutures > Math.min(before, 3))
    await pause()
    const choice = page.getByLabel('Future on screen')
    await choice.selectOption({ index: (await choice.locator('option').count()) - 1 })
    const shown = await until(
      page,
      'the old future has been played to its end',
      (s) => s.looksBack && Math.abs(s.time_s - left.newest_s) < 0.03,
    )
    expect(hand(shown)?.x).toBeCloseTo(hand(left)?.x ?? Number.NaN, 0)
    expect(hand(shown)?.y).toBeCloseTo(hand(left)?.y ?? Number.NaN, 0)
    expect(await action('go-on').isDisabled()).toBe(true)
    await choice.selectOption({ label: 'this run' })
    await until(page, 'this run again', (s) => !s.looksBack)
    await go()
  })

  it('a formula is plotted, a typing mistake is answered with what is close', async () => {
    const box = page.getByLabel('Add a line to A joint and its target')
    await box.fill('deg(q.elbow_pitch - qTarget.elbow_pitch)')
    await box.press('Enter')
    await page.getByText('deg(q.elbow_pitch - qTarget.elbow_pitch)').waitFor()
    await box.fill('q.elbow')
    await box.press('Enter')
    expect(await page.getByRole('alert').textContent()).toContain('did you mean "q.elbow_pitch"')
    await box.fill('q = 3')
    await box.press('Enter')
    await page.getByText('a formula cannot have an assignment').waitFor()
  })

  it('the target goes where a key sends it, also while the run stands still', async () => {
    await pause()
    const at = async () => (await stats(page)).view?.objects.find((o) => o.name === 'target')
    const before = await at()
    await page.keyboard.down('e')
    await new Promise((r) => setTimeout(r, 700))
    await page.keyboard.up('e')
    await until(page, 'the target has moved', (s) => {
      const o = s.view?.objects.find((x) => x.name === 'target')
      return Math.hypot((o?.x ?? 0) - (before?.x ?? 0), (o?.y ?? 0) - (before?.y ?? 0)) > 3
    })
    await go()
  })

  it('a gamepad moves the target while its stick is held', async () => {
    await page.evaluate(`
      navigator.getGamepads = () => [{ connected: true, axes: [0, 0, 0, globalThis.stick ?? 0] }]
    `)
    await page.bringToFront()
    const height = async () =>
      (await stats(page)).view?.objects.find((o) => o.name === 'target')?.y ?? Number.NaN
    await page.evaluate('globalThis.stick = -1')
    const before = await height()
    await until(page, 'it moved up', (s) => {
      const y = s.view?.objects.find((o) => o.name === 'target')?.y ?? Number.NaN
      return Math.abs(y - before) > 5
    })
    await page.evaluate('globalThis.stick = 0')
  })

  it('stop stops at once and says how long it took', async () => {
    await go()
    await press('x')
    await until(page, 'stopped', (s) => s.paused)
    expect(await page.locator('.stop-words').textContent()).toMatch(/stopped \d+ ms|not confirmed/)
    await go()
  })

  it('what is recorded is played again with the same bytes, and cannot be changed', async () => {
    await go()
    await press('m')
    await until(page, 'recording', () => true)
    const { newest_s } = await stats(page)
    await until(page, 'three seconds', (s) => s.newest_s > newest_s + 3)
    const saving = page.waitForEvent('download')
    await press('m')
    const path = join(folder, 'page.mcap')
    await (await saving).saveAs(path)
    const recording = readRecording(new Uint8Array(readFileSync(path)))
    expect(recording.isComplete).toBe(true)
    expect(recording.facts).toMatchObject({ seed: '7' })
    await page.locator('input[type=file]').setInputFiles(path)
    await page.getByLabel('Place in the recording').waitFor()
    await until(page, 'playing', (s) => s.time_s > newest_s + 0.5 && s.connection === 'open')
    expect(await page.getByRole('button', { name: 'Reset' }).count()).toBe(0)
    expect(await page.getByRole('button', { name: 'Same seed' }).count()).toBe(0)
  })

  it('a file that is no recording is refused with the byte', async () => {
    const path = join(folder, 'broken.mcap')
    writeFileSync(path, 'this is not it, but long enough to have a header')
    await page.locator('input[type=file]').setInputFiles(path)
    await page.getByText(/broken\.mcap: this file cannot be read beyond byte \d+/).waitFor()
  })

  it('a link brings the camera back', async () => {
    await page.locator('.menu summary', { hasText: 'Share' }).click()
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await action('link').click()
    await page.getByText(/The link to this moment/).waitFor()
    const link = await page.evaluate<string>('navigator.clipboard.readText()')
    expect(link.length).toBeLessThan(400)
    expect(link).toContain('seed=7')
    expect(link).not.toContain('token')
    const { view } = await stats(page)
    await page.goto('about:blank')
    await open(link)
    const again = (await stats(page)).view
    again?.camera.position.forEach((x, i) => {
      expect(x).toBeCloseTo(view?.camera.position[i] ?? Number.NaN, 1)
    })
  })

  it('a picture of the scene is saved', async () => {
    const saving = page.waitForEvent('download')
    await press('p')
    const saved = await saving
    expect(saved.suggestedFilename()).toMatch(/^arm-.*\.png$/)
    const bytes = readFileSync(await saved.path())
    expect(bytes.length).toBeGreaterThan(5000)
  })
})

describe.skipIf(!chromiumPath)('the page of a training run', () => {
  it(
    'shows the robots as they learn, and curves',
    async () => {
      const cwd = await mkdtemp(join(tmpdir(), 'skillweave-'))
      const train = ['train', 'reach', '--envs', '16', '--samples', '200000', '--watch']
      const training = await startPage(train, port + 1, { cwd })
      const browser = await launch()
      try {
        const page = await browser.newPage({ viewport: { width: 1200, height: 700 } })
        await page.goto(`http://127.0.0.1:${port + 1}/?test=1&quality=low&fps=5`)
        const s = await until(
          page,
          'robots and curves',
          (x) => x.view?.instances === 16 && x.signals.includes('reward.near'),
          60_000,
        )
        expect(s.signals).toEqual(expect.arrayContaining(['reward.exact', 'train.kl']))
        expect(s.view?.isFinite).toBe(true)
        await page.getByRole('region', { name: 'Rewards by term' }).waitFor()
        // Learning is watched, not steered.
        expect(await page.locator('[data-action=pause]').count()).toBe(0)
        expect(await page.locator('[data-action=stop]').count()).toBe(0)
        const slider = page.getByLabel('Policy as it was')
        await slider.waitFor()
        await slider.focus()
        await page.keyboard.press('Home')
        const then = await until(
          page,
          'one robot, by the policy of the first iteration that was kept',
          (x) => x.view?.instances === 1,
        )
        // The longer a run, the fewer of its policies are kept.
        expect(await slider.getAttribute('aria-valuetext')).toMatch(/^iteration [24]$/)
        await until(page, 'it moves', (x) => x.time_s > then.time_s + 0.3)
        await slider.focus()
        await page.keyboard.press('End')
        await until(page, 'those that learn again', (x) => x.view?.instances === 16)
      } finally {
        await browser.close()
        training.kill('SIGINT')
      }
    },
    120_000 * patience,
  )
})
