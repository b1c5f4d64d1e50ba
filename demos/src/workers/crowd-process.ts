/** Process entry: viewers of a bench, as many and of such kinds as its argument says. */
import { createRng } from '@skillweave/math'
import {
  createStreamClient,
  type StreamClient,
  type WebSocketConstructor,
} from '@skillweave/stream/client'
import { NodeWebSocket } from '@skillweave/stream/server'
import type { CrowdPlan } from '../bench/crowd.ts'

const plan = JSON.parse(process.argv[2]) as CrowdPlan
const rng = createRng(`crowd/${plan.seed}`)
const channels = ['view.bodies', 'view.blend', 'view.signals']
let frames = 0
let connections = 0
let waitedFor = plan.reading + plan.stalled + plan.slow

/** Reads until its first frames are there, then never again; gives up a little after the hub has. */
class StalledSocket extends NodeWebSocket {
  constructor(url: string, protocols: string) {
    super(url, protocols)
    let messages = 0
    this.on('message', () => {
      if (++messages === 30) this.pause()
    })
    const timer = setTimeout(() => this.terminate(), 7000)
    this.once('close', () => clearTimeout(timer))
  }
}

/** Reads 10 kB/s: 1 kB every tenth of a second. */
class SlowSocket extends NodeWebSocket {
  constructor(url: string, protocols: string) {
    super(url, protocols)
    let bytes = 0
    this.on('message', (data: Buffer | ArrayBuffer) => {
      bytes += 'byteLength' in data ? data.byteLength : 0
      if (bytes > 1000) this.pause()
    })
    const timer = setInterval(() => {
      bytes = Math.max(0, bytes - 1000)
      if (bytes <= 1000) this.resume()
    }, 100)
    this.once('close', () => clearInterval(timer))
  }
}

type Kind = 'reading' | 'stalled' | 'slow'
const sockets: Readonly<Record<Kind, typeof NodeWebSocket>> = {
  reading: NodeWebSocket,
  stalled: StalledSocket as typeof NodeWebSocket,
  slow: SlowSocket as typeof NodeWebSocket,
}

interface Viewer {
  readonly client: StreamClient
  /** Gone without goodbye, as when its process is killed. */
  vanish(): void
}

function watch(kind: Kind, whenIn: () => void = () => {}): Viewer {
  let cut = (): void => {}
  const Base = sockets[kind]
  class Kept extends Base {
    constructor(url: string, protocols: string) {
      super(url, protocols)
      cut = () => this.terminate()
    }
  }
  const client = createStreamClient({
    url: plan.url,
    client: { name: `bench-${kind}`, version: '1' },
    WebSocket: Kept as unknown as WebSocketConstructor,
    backoff_s: { min: 0.1, max: 0.5 },
  })
  client.status$.subscribe(({ state }) => {
    if (state !== 'open') return
    connections++
    whenIn()
  })
  for (const name of channels) {
    client.frames(name).subscribe(() => {
      frames++
    })
  }
  return {
    client,
    vanish: () => {
      cut()
      client.close()
    },
  }
}

const arrived = (): void => {
  if (--waitedFor === 0) process.send?.('here')
}

/** One seat that somebody takes, leaves, and somebody else takes. */
function pass(): void {
  const kind = (['reading', 'reading', 'stalled', 'slow'] as const)[rng.integer(4)]
  const viewer = watch(kind)
  const isPolite = rng.uniform() < 0.5
  setTimeout(
    () => {
      if (isPolite) viewer.client.close()
      else viewer.vanish()
      setTimeout(pass, rng.range(0, 500))
    },
    rng.range(200, 8000),
  )
}

for (const kind of ['reading', 'stalled', 'slow'] as const) {
  for (let i = 0; i < plan[kind]; i++) {
    let isFirst = true
    watch(kind, () => {
      if (isFirst) arrived()
      isFirst = false
    })
  }
}
for (let i = 0; i < plan.passing; i++) pass()
if (waitedFor === 0) process.send?.('here')
setInterval(() => process.send?.({ frames, connections }), 1000)
