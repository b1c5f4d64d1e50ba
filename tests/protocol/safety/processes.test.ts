import type { EventMessage } from '@skillweave/protocol'
import { createStreamClient, type WebSocketConstructor } from '@skillweave/stream/client'
import { NodeWebSocket } from '@skillweave/stream/server'
import { afterEach, expect, it } from 'vitest'
import { endProcesses, said, startCli, startRobotProcess } from '../../support/robot-process.ts'
import { until } from '../../support/streams.ts'

afterEach(endProcesses)

// How soon a process is given time is this machine's affair: what is compared are stamps of the robot's own clock.
const wait_ms = 60_000

it('kill-controller: after kill -9 of the controller the robot is in its fallback within 100 ms', {
  retry: 2,
  timeout: 300_000,
}, async () => {
  const robot = await startRobotProcess('mujoco', 'arm7')
  const client = watch(robot.url)
  const changes: EventMessage[] = []
  client.events$.subscribe((e) => changes.push(e))
  const controller = startCli('control', '--robot', 'arm7', '--url', robot.url)
  await said(controller, /posed → active/)
  controller.kill('SIGKILL')
  // A loaded machine may have had short holds before; the last one ends in damping.
  await until(
    () => changes.some((e) => e.name === 'robot.changed' && e.data.to === 'damping'),
    wait_ms,
  )
  client.close()
  const { silences_ms } = await robot.summary()
  expect(silences_ms.length).toBeGreaterThan(0)
  for (const silence_ms of silences_ms) expect(silence_ms).toBeLessThan(100)
})

it('kill-hub: a robot whose process was killed and started again obeys nobody of before', {
  retry: 2,
  timeout: 300_000,
}, async () => {
  const robot = await startRobotProcess('mujoco', 'arm7')
  const controller = startCli('control', '--robot', 'arm7', '--url', robot.url)
  await said(controller, /posed → active/)
  robot.child.kill('SIGKILL')
  await until(() => robot.child.signalCode !== null, wait_ms)
  const again = await startRobotProcess('mujoco', 'arm7', robot.port)
  // The old controller finds its way back and goes on sending, or gives up.
  const client = watch(again.url)
  let rejected = 0
  client.frames('robot.applied').subscribe(({ frame }) => {
    rejected = frame.values.rejected[0]
  })
  await until(() => rejected > 10 || controller.exitCode !== null, wait_ms)
  client.close()
  const { accepted, counts } = await again.summary()
  expect(accepted).toBe(0)
  if (rejected > 10) expect(counts.epoch).toBeGreaterThan(10)
})

const watch = (url: string) =>
  createStreamClient({ url, WebSocket: NodeWebSocket as unknown as WebSocketConstructor })
