import { createRosbridgeServer } from '@skillweave/bridges/rosbridge'
import { type BridgeOptions, runBridge } from './bridge.ts'

/** `rosbridge`: let pages with roslib watch a running demo, training or robot, drive it and stop it. */
export const rosbridge = (options: BridgeOptions): Promise<void> =>
  runBridge('skillweave-rosbridge', options, async (client) => {
    const { port, origin: allowedOrigins } = options
    const server = await createRosbridgeServer({ client, port, allowedOrigins })
    const pages =
      allowedOrigins.length > 0 ? allowedOrigins.join(', ') : 'programs; name pages with --origin'
    process.stderr.write(`ws://127.0.0.1:${server.port} for roslib, open to ${pages}\n`)
    return server
  })
