import { createFoxgloveServer } from '@skillweave/bridges/foxglove'
import { type BridgeOptions, runBridge } from './bridge.ts'

/** `foxglove`: show what a running demo, training or robot publishes in Foxglove or Lichtblick, pause it and stop it. */
export const foxglove = (options: BridgeOptions): Promise<void> =>
  runBridge('skillweave-foxglove', options, async (client) => {
    const { port, origin: allowedOrigins } = options
    const server = await createFoxgloveServer({ client, port, allowedOrigins })
    process.stderr.write(`open ws://127.0.0.1:${server.port} in Foxglove or Lichtblick\n`)
    return server
  })
