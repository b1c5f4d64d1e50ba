import { createStreamServer, type StreamServer } from '@skillweave/stream/server'
import { UserError } from './user-error.ts'
import { buildWeb } from './web-build.ts'

/** Build the page if it is not current, and serve it with a hub on this machine. */
export async function servePage(port: number): Promise<StreamServer> {
  const staticDir = await buildWeb()
  try {
    return await createStreamServer({ port, staticDir })
  } catch (error) {
    throw new UserError((error as Error).message)
  }
}
