import { runLive } from '@skillweave/demos/live'
import type { RobotsMessage, WorldMessage } from '@skillweave/protocol'
import { createStreamClient, type StreamClient } from '@skillweave/stream/client'
import { createHub } from '@skillweave/stream/hub'

type State = NonNullable<WorldMessage['state']>

/** A demo in this process that stands still until it is told to step, and an operator of it. */
export interface PausedRun {
  readonly client: StreamClient
  readonly robots: RobotsMessage
  /** Throws while it runs. */
  state(): State
  /** Take control steps; the run's state then, when `isThere` says so as well. */
  step(count: number, isThere?: (wanted_s: number) => boolean): Promise<State>
  finish(): Promise<void>
}

/** `watch` is told of the client before anything comes. */
export async function startPaused(
  session: Parameters<typeof runLive>[0]['session'],
  seed: number,
  watch: (client: StreamClient) => void = () => {},
): Promise<PausedRun> {
  const hub = createHub()
  const { port1, port2 } = new MessageChannel()
  hub.acceptPort(port1)
  const client = createStreamClient({ port: port2, role: 'operator' })
  const stop = new AbortController()
  const running = runLive({ session, hub, seed, unpaced: true, signal: stop.signal })
  watch(client)
  let world: WorldMessage | undefined
  client.world$.subscribe((w) => {
    world = w
  })
  const robots = await new Promise<RobotsMessage>((resolve) => client.robots$.subscribe(resolve))
  await client.call('world.pause', { paused: true })
  const dt_s = session.env.task.controlDt_s
  const state = (): State => {
    if (!world?.state) throw new Error('the run is not paused')
    return world.state
  }
  return {
    client,
    robots,
    state,
    step: async (count, isThere = () => true) => {
      const wanted_s = state().time_s + (count - 0.5) * dt_s
      await client.call('world.step', { count, unit: 'control' })
      const isDone = (): boolean => (world?.state?.time_s ?? 0) > wanted_s && isThere(wanted_s)
      while (!isDone()) await new Promise((r) => setTimeout(r, 5))
      return state()
    },
    finish: async () => {
      stop.abort()
      await running
      client.close()
      hub.dispose()
      session.env.dispose()
    },
  }
}
