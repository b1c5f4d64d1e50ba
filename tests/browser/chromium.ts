import { type ChromiumOptions, chromiumPath, launchChromium } from '@skillweave/demos/chromium'
import type { Browser } from 'playwright-core'

if (!chromiumPath) {
  console.warn(
    'browser tests are skipped: no Chromium at /usr/bin/chromium; install it or set CHROMIUM',
  )
}

/** On a machine that does much else everything takes longer: `SKILLWEAVE_PATIENCE=10` waits ten times as long. */
export const patience = Number(process.env.SKILLWEAVE_PATIENCE ?? 1)

/** Start a Chromium whose pages wait as long as this machine needs. */
export async function launch(options: ChromiumOptions = {}): Promise<Browser> {
  const browser = await launchChromium(options)
  const newPage = browser.newPage.bind(browser)
  browser.newPage = async (page) => {
    const opened = await newPage(page)
    opened.setDefaultTimeout(30_000 * patience)
    return opened
  }
  return browser
}

export { chromiumPath }
