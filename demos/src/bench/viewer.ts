import { gzipSync } from 'node:zlib'
import { robotByName } from '@skillweave/model'
import { bodiesSpec, createBodiesWriter, describeRobot, gridSpec } from '@skillweave/protocol'
import { createStreamServer } from '@skillweave/stream/server'
import type { Browser, CDPSession, Page } from 'playwright-core'
import { chromiumPath, launchChromium } from '../browser/chromium.ts'
import { UserError } from '../user-error.ts'
import { buildWeb } from '../web-build.ts'

export interface ViewerResult {
  /** Everything that is fetched until a robot is on screen, compressed, kB. */
  readonly firstLoadKB: number
  /** Software drawing of one frame, as ratios to an empty scene. */
  readonly frameRatio1: number
  readonly frameRatio64: number
  /** Heap after garbage collection, MB per minute, once the last minute is full. */
  readonly heapGrowth: number
  readonly heapMB: number
}

/** The page keeps a minute; before that is full its heap must grow. */
const warmUp_s = 65
const frames = 20
const heapSamplesPerMinute = 4
const startWithin_ms = 60_000

/** Measure the page in a real browser that draws in software. */
export async function benchViewer(options: { readonly minutes: number }): Promise<ViewerResult> {
  if (!chromiumPath)
    throw new UserError('bench viewer needs a Chromium; install it or set CHROMIUM')
  const staticDir = await buildWeb()
  const browser = await launchChromium()
  try {
    const empty = await withCopies(browser, staticDir, 0, drawCost)
    const one = await withCopies(browser, staticDir, 1, drawCost)
    const many = await withCopies(browser, staticDir, 64, drawCost)
    const heap = await withCopies(browser, staticDir, 1, (page) => heapOver(page, options.minutes))
    return {
      firstLoadKB: one.loaded_B / 1000,
      frameRatio1: one.value / empty.value,
      frameRatio64: many.value / empty.value,
      ...heap.value,
    }
  } finally {
    await browser.close()
  }
}

/** A page that watches so many robots, and what it fetched. */
async function withCopies<T>(
  browser: Browser,
  staticDir: string,
  copies: number,
  measure: (page: Page) => Promise<T>,
): Promise<{ value: T; loaded_B: number }> {
  const server = await createStreamServer({ port: 0, staticDir })
  const stop = sway(server.hub, copies)
  const page = await browser.newPage({ viewport: { width: 640, height: 360 } })
  let loaded_B = 0
  const sizes: Promise<void>[] = []
  page.on('response', (answer) => {
    sizes.push(
      answer.body().then(
        (body) => {
          loaded_B += gzipSync(body).length
        },
        () => {},
      ),
    )
  })
  try {
    await page.goto(`${server.url}?test=1&quality=low&embed=1`)
    const isThere = `globalThis.__skillweave?.stats().view?.instances === ${copies}
      && globalThis.__skillweave.stats().connection === 'open'`
    // The page forbids eval, so it is asked from outside, again and again.
    const from = performance.now()
    while (!(await page.evaluate<boolean>(isThere))) {
      if (performance.now() - from > startWithin_ms) {
        throw new UserError(`the page shows no ${copies} robots within ${startWithin_ms} ms`)
      }
      await page.waitForTimeout(50)
    }
    await Promise.all(sizes)
    return { value: await measure(page), loaded_B }
  } finally {
    await page.close()
    stop()
    await server.close()
  }
}

/** Copies of H1 that move all joints a little, 60 times a second. */
function sway(
  hub: Awaited<ReturnType<typeof createStreamServer>>['hub'],
  copies: number,
): () => void {
  const model = robotByName('h1')
  const robot = describeRobot({ id: 'robot-0', robot: model })
  hub.setScene({ title: 'Measurement', ground: {}, objects: [] })
  hub.setWorld({ paused: false, speed: 1, controllers: [], targets: [], accepts: [] })
  if (copies === 0) return () => {}
  hub.setRobots([robot])
  const spec =
    copies === 1
      ? bodiesSpec({ robot, objects: [] })
      : gridSpec({ robot, objects: [], copies, endings: [] })
  const channel = hub.openChannel(spec)
  const writer = createBodiesWriter(channel, robot)
  const q = new Float64Array(model.qDefault.length)
  const none = new Float64Array(0)
  const side = Math.ceil(Math.sqrt(copies))
  let step = 0
  const timer = setInterval(() => {
    const time_s = ++step / 60
    for (let c = 0; c < copies; c++) {
      for (let j = 0; j < q.length; j++) {
        q[j] = model.qDefault[j] + 0.1 * Math.sin(2 * time_s + j + c)
      }
      const x = 2 * ((c % side) - (side - 1) / 2)
      const y = 2 * (Math.floor(c / side) - (side - 1) / 2)
      writer.set(c, {
        q,
        linkPos_w: [x, y, model.standingHeight],
        linkQuat_w: model.standingQuat,
        objectPos_w: none,
        objectQuat_w: none,
        objectLinVel_w: none,
        footContact: none,
      })
    }
    hub.publish(channel, writer.encode(time_s))
  }, 1000 / 60)
  return () => clearInterval(timer)
}

/** Median time of a frame drawn to the end, ms. */
async function drawCost(page: Page): Promise<number> {
  const times = await page.evaluate<number[]>(`globalThis.__skillweave.drawTimes(${frames})`)
  return times.sort((a, b) => a - b)[Math.floor(frames / 2)]
}

/**
 * Growth as the slope of a line through one sample after every part of the time: a single pair of
 * samples would measure whatever the page happened to hold then.
 */
async function heapOver(
  page: Page,
  minutes: number,
): Promise<Pick<ViewerResult, 'heapGrowth' | 'heapMB'>> {
  const session = await page.context().newCDPSession(page)
  await page.waitForTimeout(1000 * warmUp_s)
  const parts = Math.max(2, Math.ceil(minutes * heapSamplesPerMinute))
  const samples = [await usedMB(session)]
  for (let i = 0; i < parts; i++) {
    await page.waitForTimeout((60_000 * minutes) / parts)
    samples.push(await usedMB(session))
  }
  return { heapGrowth: (slope(samples) * parts) / minutes, heapMB: samples[parts] }
}

/** Least-squares slope of values at 0, 1, 2 … */
function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2
  let covariance = 0
  let variance = 0
  values.forEach((y, x) => {
    covariance += (x - middle) * y
    variance += (x - middle) ** 2
  })
  return covariance / variance
}

async function usedMB(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  return usedSize / 2 ** 20
}
