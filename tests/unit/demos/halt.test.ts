import { demos, loadShippedPolicy, runLive } from '@skillweave/demos/live'
import type { NoticeMessage, WorldMessage } from '@skillweave/protocol'
import { createStreamClient } from '@skillweave/stream/client'
import { createHub } from '@skillweave/stream/hub'
import { expect, it } from 'vitest'

it('a run whose numbers are none any more holds, says which, and can start again', async () => {
  const hub = createHub()
  const { port1, port2 } = new MessageChannel()
  hub.acceptPort(port1)
  const client = createStreamClient({ port: port2, role: 'operator' })
  const stop = new AbortController()
  const loaded = await demos.arm.load({ seed: 3 }, loadShippedPolicy)
  let isBroken = true
  const session = {
    ...loaded,
    watch(emit: Parameters<typeof loaded.watch>[0]) {
      loaded.watch(emit)
      if (isBroken) loaded.env.states[0].q[2] = Number.NaN
    },
  }
  const running = runLive({ session, hub, seed: 3, unpaced: true, signal: stop.signal })
  let world: WorldMessage | undefined
  let notices: readonly NoticeMessage[] = []
  client.world$.subscribe((w) => {
    world = w
  })
  client.notices$.subscribe((n) => {
    notices = n
  })
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await new Promise((r) => setTimeout(r, 5))
  }
  try {
    await until(() => notices.length > 0)
    expect(notices[0].text).toContain(`${loaded.env.robot.model.dofNames[2]} became NaN at 0.02 s`)
    await until(() => world?.paused === true)
    isBroken = false
    await client.call('world.reset', { seed: 3 })
    await until(() => notices.length === 0)
    await client.call('world.step', { count: 2, unit: 'control' })
    await until(() => (world?.state?.time_s ?? 0) > 0.05)
  } finally {
    stop.abort()
    await running
    client.close()
    hub.dispose()
    loaded.env.dispose()
  }
}, 60_000)
