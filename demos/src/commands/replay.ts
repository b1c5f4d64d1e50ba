import { readFileSync } from 'node:fs'
import { type Recording, readRecording } from '@skillweave/recording'
import { playRecording } from '../live/player.ts'
import { servePage } from '../serve-page.ts'
import { UserError } from '../user-error.ts'
import { openBrowser } from './demo.ts'

/** `replay <file>`: serve the page with a recording in it. Ends with Ctrl-C. */
export async function replay(
  path: string,
  options: { readonly port: number; readonly open: boolean },
): Promise<void> {
  const recording = load(path)
  const server = await servePage(options.port)
  const player = playRecording(server.hub, recording)
  if (!recording.isComplete) {
    server.hub.notice(
      'file',
      'warning',
      'This recording was not ended; it is shown as far as it goes.',
    )
  }
  process.stderr.write(`${path}: open ${server.url}\n`)
  if (options.open) openBrowser(server.url)
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
  player.stop()
  await server.close()
}

function load(path: string): Recording {
  try {
    return readRecording(readFileSync(path))
  } catch (error) {
    throw new UserError(`${path}: ${(error as Error).message}`)
  }
}
