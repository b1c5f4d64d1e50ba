import type { EventMessage } from '@skillweave/protocol'
import { createStreamClient, type WebSocketConstructor } from '@skillweave/stream/client'
import { NodeWebSocket } from '@skillweave/stream/server'
import { afterEach, expect, it } from 'vitest'
import { endProcesses, said, startCli, startRobot } from '../../support/robot-process.ts'
import { until } from '../../support/streams.ts'

afterEach(endProcesses)

it('kill-controller: after kill -9 of the controller the robot is in its fallback', {
  retry: 2,
}, async () => {
  const url = await startRobot('mujoco', 'arm7')
  const client = createStreamClient({
    url,
    WebSocket: NodeWebSocket as unknown as WebSocketConstructor,
  })
  const changes: EventMessage[] = []
  let stamp_s = 0
  client.events$.subscribe((e) => changes.push(e))
  client.frames('robot.state').subscribe(({ frame }) => {
    stamp_s = frame.time_s
  })
  const controller = startCli('control', '--robot', 'arm7', '--url', url)
  await said(controller, /posed → active/)
  await until(() => stamp_s > 0)
  const killed_s = stamp_s
  controller.kill('SIGKILL')
  const fallback = () => changes.find((e) => e.name === 'robot.changed' && e.data.from === 'active')
  await until(() => fallback() !== undefined)
  const event = fallback()
  client.close()
  expect(event?.data).toMatchObject({ to: 'holding' })
  // On the robot's clock, which stands still when this machine gives its process no time.
  expect((event?.time_s ?? 0) - killed_s).toBeLessThan(0.12)
})
