import { closeSync, openSync, writeSync } from 'node:fs'
import { createRecorder } from '@skillweave/recording'
import { createHub } from '@skillweave/stream/hub'
import { runLive } from '../live/host.ts'
import { type DemoChoice, loadDemo } from './demo.ts'

export interface RecordOptions extends DemoChoice {
  readonly seconds: number
  readonly out?: string
  readonly json?: boolean
}

/** `record <demo>`: simulate as fast as it goes and write everything that a viewer would be sent. */
export async function record(name: string, options: RecordOptions): Promise<void> {
  const path = options.out ?? `${name}.mcap`
  const session = await loadDemo(name, options)
  const hub = createHub()
  const file = openSync(path, 'w')
  let position = 0n
  const recorder = await createRecorder(
    {
      write: async (bytes) => {
        writeSync(file, bytes)
        position += BigInt(bytes.length)
      },
      position: () => position,
    },
    { program: 'skillweave record', demo: name, seed: options.seed },
  )
  // The writer takes one message at a time; the run does not wait for it.
  let written = Promise.resolve()
  const stop = hub.tap((message) => {
    const copy = typeof message === 'string' ? message : message.slice()
    written = written.then(() => recorder.take(copy))
  })
  const { seed, seconds } = options
  const summary = await runLive({ session, hub, seed, seconds, unpaced: true })
  stop()
  await written
  await recorder.end()
  closeSync(file)
  hub.dispose()
  session.env.dispose()
  const result = { file: path, bytes: Number(position), ...summary }
  if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`)
  else process.stdout.write(`${path}: ${seconds} s, ${(result.bytes / 1e6).toFixed(1)} MB\n`)
}
