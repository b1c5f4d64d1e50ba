import { chromiumPath, launchChromium as launch } from '@skillweave/demos/chromium'

if (!chromiumPath) {
  console.warn(
    'browser tests are skipped: no Chromium at /usr/bin/chromium; install it or set CHROMIUM',
  )
}

export { chromiumPath, launch }
