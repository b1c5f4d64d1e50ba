import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const candidates = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome']

/** A Chromium to test with, or undefined. */
export const chromiumPath: string | undefined = candidates.find((p) => p && existsSync(p))

if (!chromiumPath) {
  console.warn(
    'browser tests are skipped: no Chromium at /usr/bin/chromium; install it or set CHROMIUM',
  )
}

/** Start it headless, drawing in software. */
export const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath: chromiumPath ?? '',
    args: [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--use-angle=swiftshader',
      '--enable-unsafe-swiftshader',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
