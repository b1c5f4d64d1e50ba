import { parseManifest } from '@skillweave/policy'
import { createHub } from '@skillweave/stream/hub'
import { demos } from '../../src/demos.ts'
import { type PlannedKick, runLive } from '../../src/live/host.ts'
import type { Demo, LoadPolicy } from '../../src/live/session.ts'

/** What the page tells its worker to run. */
export interface TabOrder {
  readonly demo: string
  readonly seed: number
  /** Compute up to here before showing anything, then hold. */
  readonly holdAt_s?: number
  readonly speed?: number
  readonly kicks?: readonly PlannedKick[]
  /** Address of the folder with the policies. */
  readonly folder: string
  /** One end of the link; the page's client has the other. */
  readonly port: MessagePort
}

/** A worker's side of `self`; this project's other code knows documents only. */
const scope = self as unknown as {
  onmessage: ((event: MessageEvent<TabOrder>) => void) | null
}

scope.onmessage = ({ data: order }) => {
  // The hub is there at once, so that the page can say what it waits for.
  const hub = createHub()
  hub.acceptPort(order.port)
  hub.notice('loading', 'info', 'Loading physics and policies …')
  run(order, hub).catch((error: unknown) => {
    hub.notice('loading', 'error', error instanceof Error ? error.message : String(error))
  })
}

async function run(order: TabOrder, hub: ReturnType<typeof createHub>): Promise<void> {
  const { demo: name, seed, holdAt_s, speed, kicks = [] } = order
  const demo = (demos as Record<string, Demo>)[name]
  if (!demo) throw new Error(`no demo "${name}"; there are ${Object.keys(demos).join(', ')}`)
  const session = await demo.load({ seed }, policiesIn(order.folder))
  hub.notice('loading', 'info', '')
  await runLive({
    session,
    hub,
    seed,
    kicks,
    ...(holdAt_s === undefined ? {} : { holdAt_s }),
    ...(speed === undefined ? {} : { speed }),
  })
}

const policiesIn =
  (folder: string): LoadPolicy =>
  async (name) => {
    const get = async (file: string): Promise<Response> => {
      const answer = await fetch(new URL(file, folder))
      const type = answer.headers.get('Content-Type') ?? ''
      // A host that answers everything with its start page has no such file either.
      if (!answer.ok || type.includes('html')) {
        throw new Error(`this site has no policy "${name}" (${answer.status} for ${file})`)
      }
      return answer
    }
    const manifest = parseManifest(await (await get(`${name}.json`)).text())
    const onnx = new Uint8Array(await (await get(`${name}.onnx`)).arrayBuffer())
    return { name, path: new URL(`${name}.onnx`, folder).href, onnx, manifest }
  }
