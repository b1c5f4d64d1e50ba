import { existsSync } from 'node:fs'
import type { Browser } from 'playwright-core'

/** Where a Chromium is looked for: where the environment says, then where Debian and Google put theirs. */
const candidates = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome']

/** The Chromium of this machine, or undefined. */
export const chromiumPath: string | undefined = candidates.find((p) => p && existsSync(p))

/** Headless and drawing in software, so that pages look and cost the same everywhere. */
const softwareDrawing = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
]
const quiet = [
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const noDrawing = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-3d-apis']

export interface ChromiumOptions {
  /** Without WebGL, as on a machine whose graphics driver is blocked. */
  readonly noWebGl?: boolean
}

/** Start it. Rejects where there is none. */
export async function launchChromium(options: ChromiumOptions = {}): Promise<Browser> {
  if (!chromiumPath) throw new Error('there is no Chromium; install it or set CHROMIUM')
  const { chromium } = await import('playwright-core')
  return chromium.launch({
    executablePath: chromiumPath,
    args: [...(options.noWebGl ? noDrawing : softwareDrawing), ...quiet],
  })
}
