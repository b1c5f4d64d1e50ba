import { buildWeb } from '@skillweave/demos/web-build'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startScriptedServer } from '../support/scripted-source.ts'
import { chromiumPath, launch, patience } from './chromium.ts'

/** What `window.__skillweave.stats()` says, as far as these tests read it. */
interface Stats {
  readonly connection: string
  readonly role: string | null
  readonly goals: readonly number[]
  readonly goalsByHand: boolean
  readonly bootId: string | null
  readonly time_s: number
  readonly paused: boolean
  readonly robots: number
  readonly view: {
    readonly drawnFrames: number
    readonly drawCalls: number
    readonly instances: number
    readonly isFinite: boolean
    readonly camera: {
      readonly mode: string
      readonly follows: boolean
      readonly position: readonly number[]
    }
    readonly marks: {
      readonly handles: readonly { readonly name: string; readonly x: number; readonly y: number }[]
    }
    readonly links: readonly { readonly name: string; readonly x: number; readonly y: number }[]
  } | null
}

type Server = Awaited<ReturnType<typeof startScriptedServer>>

describe.skipIf(!chromiumPath)('the page, against a scripted source', () => {
  let staticDir: string
  let server: Server
  let browser: Browser
  let page: Page
  let errors: string[]
  let opened_ms: number
  let stage: { x: number; y: number; width: number; height: number }

  const stats = (): Promise<Stats> =>
    page.evaluate(() =>
      (globalThis as unknown as { __skillweave: { stats(): Stats } }).__skillweave.stats(),
    )
  const eventually = async (
    what: string,
    isSo: () => boolean | Promise<boolean>,
    within_ms = 8000,
  ): Promise<number> => {
    const from = performance.now()
    while (performance.now() - from < within_ms * patience) {
      if (await isSo()) return performance.now() - from
      await new Promise((r) => setTimeout(r, 40))
    }
    throw new Error(`not within ${within_ms} ms: ${what}; ${JSON.stringify(await stats())}`)
  }
  const named = (method: string) => server.source.calls.filter((c) => c.method === method)
  /** Where a link is in the window, px. */
  const linkAt = async (name: string): Promise<{ x: number; y: number }> => {
    const link = (await stats()).view?.links.find((l) => l.name === name)
    if (!link) throw new Error(`no link ${name} on the page`)
    return { x: stage.x + link.x, y: stage.y + link.y }
  }
  const open = async (): Promise<void> => {
    const from = performance.now()
    await page.goto(`http://127.0.0.1:${server.port}/?test=1&quality=low&fps=10&theme=dark`)
    await page.waitForSelector('canvas.scene')
    await eventually('a robot is drawn and moves', async () => {
      const s = await stats().catch(() => null)
      return s?.view != null && s.view.drawnFrames > 1 && s.robots === 1 && s.time_s > 0
    })
    opened_ms = performance.now() - from
    stage = (await page.locator('canvas.scene').boundingBox()) ?? stage
  }

  beforeAll(async () => {
    staticDir = await buildWeb()
    server = await startScriptedServer({ port: 0, staticDir })
    browser = await launch()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })
  beforeEach(async () => {
    errors = []
    page = await browser.newPage({
      viewport: { width: 640, height: 480 },
      colorScheme: 'dark',
      reducedMotion: 'reduce',
    })
    page.on('pageerror', (e) => errors.push(String(e)))
    page.on('console', (m) => {
      if (m.type() === 'error') errors.push(m.text())
    })
    await open()
  })
  afterEach(async () => {
    await page?.close()
  })

  test('the robot is on the canvas, finite, in few draws, and the page has no errors', async () => {
    // Three seconds are promised; a busy machine that draws in software gets a margin.
    expect(opened_ms).toBeLessThan(10_000 * patience)
    const s = await stats()
    expect(s.view?.isFinite).toBe(true)
    expect(s.view?.instances).toBe(1)
    expect(s.view?.drawCalls).toBeLessThanOrEqual(60)
    for (const link of s.view?.links ?? []) {
      expect(link.x).toBeGreaterThan(0)
      expect(link.x).toBeLessThan(stage.width)
      expect(link.y).toBeGreaterThan(0)
      expect(link.y).toBeLessThan(stage.height)
    }
    await eventually('the sentence names the leading skill', async () =>
      /Ballplayer: \w+/.test((await page.locator('.sentence').textContent()) ?? ''),
    )
    expect(await page.locator('.skills .meter').count()).toBe(5)
    expect(errors).toEqual([])
  })

  test('dragging a link pushes it, and letting go stops the force', async () => {
    await page.keyboard.press(' ')
    await eventually('paused', async () => (await stats()).paused)
    const before = named('world.push').length
    const at = await linkAt('chest')
    await page.mouse.move(at.x, at.y)
    await page.mouse.down()
    await page.mouse.move(at.x + 60, at.y - 10, { steps: 3 })
    await eventually('pushes arrive', () => named('world.push').length > before + 2)
    const push = named('world.push').at(-1)?.params as {
      link: string
      point_b: number[]
      validFor_ms: number
    }
    expect(push.link).toMatch(/chest|torso|head|Arm|Clavicle/)
    expect(Math.hypot(...push.point_b)).toBeLessThan(0.4)
    expect(push.validFor_ms).toBeLessThanOrEqual(200)
    expect(server.source.pulled).toBe(push.link)
    await page.mouse.up()
    await eventually('the pull has expired', () => server.source.pulled === null, 1500)
    const after = named('world.push').length
    await new Promise((r) => setTimeout(r, 300))
    expect(named('world.push').length).toBe(after)
    await page.keyboard.press(' ')
    await eventually('goes on', async () => !(await stats()).paused)
    expect(errors).toEqual([])
  })

  test('a click on the floor puts the target there', async () => {
    const before = named('target.place').length
    // Where the player or the ball is just now, a click selects them.
    for (const x of [0.85, 0.2, 0.7, 0.85]) {
      await page.mouse.click(stage.x + stage.width * x, stage.y + stage.height * 0.93)
      await new Promise((r) => setTimeout(r, 500))
      if (named('target.place').length > before) break
    }
    expect(named('target.place').length).toBe(before + 1)
    const { params } = named('target.place').at(-1) as {
      params: { pos_w: number[]; target: string }
    }
    expect(params.target).toBe('spot')
    expect(params.pos_w[2]).toBe(0)
    expect(server.source.target_w).toEqual(params.pos_w)
  })

  test('pause stops the run and a step is exactly one control step', async () => {
    await page.locator('[data-action=pause]').click()
    await eventually('paused', async () => (await stats()).paused)
    const { steps } = server.source
    await page.locator('[data-action=step]').click()
    await eventually('one step', () => server.source.steps === steps + 1)
    await page.keyboard.press('.')
    await eventually('another', () => server.source.steps === steps + 2)
    await new Promise((r) => setTimeout(r, 150))
    expect(server.source.steps).toBe(steps + 2)
    await page.locator('[data-action=pause]').click()
    await eventually('goes on', () => server.source.steps > steps + 4)
  })

  test('keys change speed and show the sheet, which Escape closes', async () => {
    await page.keyboard.press('[')
    await eventually('half speed', () =>
      named('world.speed').some((c) => (c.params as { speed: number }).speed === 0.5),
    )
    await page.keyboard.press(']')
    await page.keyboard.press('?')
    await page.waitForSelector('dialog[open]')
    expect(await page.locator('dialog kbd').count()).toBeGreaterThan(10)
    await page.keyboard.press('Escape')
    await page.waitForSelector('dialog[open]', { state: 'detached' })
    await page.keyboard.press('f')
    await eventually('stays', async () => (await stats()).view?.camera.follows === false)
  })

  test('a page that only watches sees everything, changes nothing, and can take part', async () => {
    await page.goto(`http://127.0.0.1:${server.port}/?test=1&quality=low&fps=10&theme=dark&watch=1`)
    await eventually('it watches', async () => {
      const s = await stats().catch(() => null)
      return s?.view != null && s.robots === 1 && s.time_s > 0
    })
    const before = server.source.calls.length
    expect(await page.locator('[data-action=pause]').count()).toBe(0)
    expect(await page.locator('[data-action=stop]').count()).toBe(0)
    await page.keyboard.press(' ')
    await page.getByText('This page only watches. Take part (Y) to change the run.').waitFor()
    const at = await linkAt('chest')
    await page.mouse.move(at.x, at.y)
    await page.mouse.down()
    await page.mouse.move(at.x + 60, at.y, { steps: 3 })
    await page.mouse.up()
    await page.keyboard.down('w')
    await new Promise((r) => setTimeout(r, 300))
    await page.keyboard.up('w')
    expect(server.source.calls.length).toBe(before)
    await page.locator('[data-action=take-part]').click()
    await page.locator('[data-action=pause]').click()
    await eventually('paused', async () => (await stats()).paused)
    await page.locator('[data-action=pause]').click()
    await eventually('goes on', async () => !(await stats()).paused)
  })

  test('whoever comes second watches, and takes part when they ask', async () => {
    expect((await stats()).role).toBe('operator')
    const first = page
    page = await browser.newPage({
      viewport: { width: 1000, height: 600 },
      reducedMotion: 'reduce',
    })
    try {
      await open()
      expect((await stats()).role).toBe('spectator')
      await page.getByText('2 here').waitFor()
      const { time_s } = await stats()
      await page.keyboard.press('y')
      await eventually('it takes part', async () => (await stats()).role === 'operator')
      // The same page goes on: what it has seen is still there.
      await eventually('its run goes on', async () => (await stats()).time_s >= time_s)
      expect((await stats()).robots).toBe(1)
      await page.keyboard.press('Shift+ArrowUp')
      await eventually('its kick arrives', () => named('world.kick').length > 0)
    } finally {
      await page.close()
      page = first
    }
    expect((await stats()).role).toBe('operator')
  })

  test('the palette finds an action by its name, and cameras that have no key', async () => {
    const find = async (text: string): Promise<void> => {
      await page.keyboard.press('Control+k')
      await page.getByRole('combobox', { name: 'Find an action' }).fill(text)
      await page.keyboard.press('Enter')
    }
    const before = named('world.placeObject').length
    await find('throw')
    await eventually('the ball is thrown', () => named('world.placeObject').length > before)
    expect(await page.locator('dialog[open]').count()).toBe(0)
    const mode = async () => (await stats()).view?.camera.mode
    await find('eyes')
    await eventually('through its eyes', async () => (await mode()) === 'eyes')
    await find('shoulder')
    await eventually('over its shoulder', async () => (await mode()) === 'shoulder')
    await page.keyboard.press('Home')
    await eventually('home', async () => (await mode()) === 'follow')
    expect(errors).toEqual([])
  })

  test('a goal of a skill is dragged, and given back', async () => {
    await page.keyboard.press(' ')
    await eventually('paused', async () => (await stats()).paused)
    await page.locator('canvas.scene').focus()
    const tip = async () => {
      const at = (await stats()).view?.marks.handles[0]
      if (!at) throw new Error('no goal to hold')
      return { x: stage.x + at.x, y: stage.y + at.y }
    }
    const isFree = async () => {
      const { x, y } = await tip()
      return page.evaluate(
        `document.elementFromPoint(${x}, ${y})?.matches('canvas.scene') ?? false`,
      )
    }
    const drag = async () => {
      let from = await tip()
      await eventually('the camera has come to rest', async () => {
        const now = await tip()
        const isStill = Math.hypot(now.x - from.x, now.y - from.y) < 0.01
        from = now
        return isStill
      })
      await page.mouse.move(from.x, from.y)
      await page.mouse.down()
      await page.mouse.move(from.x + 30, from.y - 30, { steps: 4 })
      await page.mouse.up()
      await new Promise((r) => setTimeout(r, 300))
    }
    // From some sides a button or a link is before the tip of the arrow.
    for (let i = 0; i < 16 && named('skill.goal').length === 0; i++) {
      if (await isFree()) await drag()
      await page.keyboard.press('c')
      await new Promise((r) => setTimeout(r, 300))
    }
    await eventually('the skill is told', () => named('skill.goal').length > 0)
    const { params } = named('skill.goal').at(-1) as {
      params: { skill: string; goal: Record<string, number> }
    }
    expect(params.skill).toBe('dribbleForward')
    expect(Object.keys(params.goal)).toEqual(['linVelX_mps', 'linVelY_mps'])
    expect(params.goal.linVelX_mps).not.toBeCloseTo(0.8, 2)
    await page.keyboard.press(' ')
    await eventually('it is held by hand', async () => (await stats()).goalsByHand)
    await page.keyboard.press('0')
    await eventually('it is given back', async () => !(await stats()).goalsByHand)
    expect(errors).toEqual([])
  })

  test('a double click looks at a link, and the summary says what happens', async () => {
    await page.keyboard.press(' ')
    await eventually('paused', async () => (await stats()).paused)
    const head = await linkAt('head')
    await page.mouse.dblclick(head.x, head.y)
    await eventually('the head is in the middle', async () => {
      const { x, y } = await linkAt('head')
      return Math.hypot(x - stage.x - stage.width / 2, y - stage.y - stage.height / 2) < 30
    })
    await page.keyboard.press('i')
    await page.getByText(/of 2 feet on the ground.*metres from the spot/).waitFor()
    await page.keyboard.press('i')
    await page.keyboard.press(' ')
    expect(errors).toEqual([])
  })

  test('on a phone the sheet has three stops', async () => {
    await page.setViewportSize({ width: 390, height: 760 })
    await open()
    const handle = page.locator('.sheet-handle')
    const stop = () => handle.getAttribute('data-stop')
    expect(await stop()).toBe('peek')
    await handle.click()
    expect(await stop()).toBe('half')
    await page.locator('.skills').waitFor()
    const box = await handle.boundingBox()
    if (!box) throw new Error('no handle')
    await page.mouse.move(box.x + 20, box.y + 12)
    await page.mouse.down()
    await page.mouse.move(box.x + 20, box.y - 60, { steps: 3 })
    await page.mouse.up()
    expect(await stop()).toBe('full')
    await page.getByRole('heading', { name: 'Plots' }).waitFor()
    const stopBox = await page.locator('[data-action=stop]').boundingBox()
    expect((stopBox?.x ?? 0) + (stopBox?.width ?? 999)).toBeLessThanOrEqual(390)
    await handle.press('Enter')
    expect(await stop()).toBe('peek')
    expect(errors).toEqual([])
  })

  test('graphics that are taken away are said, and come back', async () => {
    await page.evaluate(`
      globalThis.loss = document.querySelector('canvas.scene').getContext('webgl2').getExtension('WEBGL_lose_context')
      globalThis.loss.loseContext()
    `)
    await page.getByText(/took the graphics away; the picture comes back by itself/).waitFor()
    const { view, time_s } = await stats()
    await eventually('the run is still followed', async () => (await stats()).time_s > time_s + 0.3)
    expect((await stats()).view?.drawnFrames).toBe(view?.drawnFrames)
    await page.evaluate('globalThis.loss.restoreContext()')
    await eventually(
      'it is drawn again',
      async () => ((await stats()).view?.drawnFrames ?? 0) > (view?.drawnFrames ?? 0) + 2,
    )
    expect(await page.getByText(/took the graphics away/).count()).toBe(0)
    expect(errors).toEqual([])
  })

  test('a server that dies and comes back is found again, with the camera where it was', async () => {
    await page.keyboard.press('f')
    await eventually('stays', async () => (await stats()).view?.camera.follows === false)
    const { bootId, view } = await stats()
    const { port } = server
    await server.close()
    await eventually('says so', async () => (await stats()).connection !== 'open')
    await page.waitForSelector('.banner')
    server = await startScriptedServer({ port, staticDir })
    await eventually('is back', async () => {
      const s = await stats()
      return s.connection === 'open' && s.bootId !== bootId && s.time_s > 0
    })
    const again = (await stats()).view
    again?.camera.position.forEach((x, i) => {
      expect(x).toBeCloseTo(view?.camera.position[i] ?? Number.NaN, 3)
    })
  })
})

describe.skipIf(!chromiumPath)('the page without WebGL', () => {
  test('says so, and everything but the picture works', async () => {
    const server = await startScriptedServer({ port: 0, staticDir: await buildWeb() })
    const browser = await launch({ noWebGl: true })
    try {
      const page = await browser.newPage({ viewport: { width: 900, height: 600 } })
      const errors: string[] = []
      page.on('pageerror', (e) => errors.push(String(e)))
      await page.goto(`http://127.0.0.1:${server.port}/?test=1&theme=dark`)
      await page.getByText(/No 3D here: WebGL 2 is off in this browser/).waitFor()
      await page
        .getByText(/Ballplayer: \w+/)
        .first()
        .waitFor()
      expect(await page.locator('.skills .meter').count()).toBe(5)
      await page.locator('[data-action=pause]').click()
      await page.getByText('paused', { exact: true }).waitFor()
      expect(server.source.paused).toBe(true)
      expect(errors).toEqual([])
    } finally {
      await browser.close()
      await server.close()
    }
  })
})
