import {
  createStreamServer,
  type StreamServer,
  type StreamServerOptions,
} from '@skillweave/stream/server'
import { UserError } from './user-error.ts'
import { buildWeb } from './web-build.ts'

/** Build the page if it is not current, and serve it with a hub on this machine. */
export const servePage = async (
  port: number,
  options: Pick<StreamServerOptions, 'token' | 'requireToken'> = {},
): Promise<StreamServer> => serveStream({ ...options, port, staticDir: await buildWeb() })

/** A hub on this machine, with a sentence for the user when that cannot be. */
export async function serveStream(options: StreamServerOptions): Promise<StreamServer> {
  try {
    return await createStreamServer(options)
  } catch (error) {
    throw new UserError((error as Error).message)
  }
}
