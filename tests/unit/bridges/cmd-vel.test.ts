import { createRosbridgeServer } from '@skillweave/bridges/rosbridge'
import { demos, runLive } from '@skillweave/demos/live'
import { afterEach, expect, it } from 'vitest'
import { madeUpPolicy } from '../../support/humanoid-policies.ts'
import { ROSLIB } from '../../support/roslib.ts'
import { closeStreams, openClient, openServer, pause, until } from '../../support/streams.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
  await closeStreams()
})

it('a page with roslib steers the walking demo, which is asked to stand once the page is silent', {
  retry: 2,
  timeout: 180_000,
}, async () => {
  const stream = await openServer()
  const session = await demos.walking.load({ seed: 3 }, madeUpPolicy)
  const stop = new AbortController()
  const running = runLive({ session, hub: stream.hub, seed: 3, signal: stop.signal })
  closing.push(async () => {
    stop.abort()
    await running
    session.env.dispose()
  })
  let goal: readonly number[] = []
  openClient(stream)
    .frames('view.signals')
    .subscribe(({ frame }) => {
      goal = Array.from(frame.values.values).slice(-3)
    })
  const bridge = await createRosbridgeServer({
    client: openClient(stream, { role: 'operator' }),
    port: 0,
  })
  closing.push(() => bridge.close())
  const ros = new ROSLIB.Ros({ url: `ws://127.0.0.1:${bridge.port}` })
  closing.push(() => ros.close())
  await until(() => ros.isConnected, 60_000)
  const drive = new ROSLIB.Topic({ ros, name: '/cmd_vel', messageType: 'geometry_msgs/Twist' })
  const isAsked = (x: number): boolean => Math.abs(goal[0] - x) < 1e-5
  for (let i = 0; i < 200 && !isAsked(0.4); i++) {
    drive.publish({ linear: { x: 0.4, y: 0, z: 0 }, angular: { x: 0, y: 0, z: -0.2 } })
    await pause(40)
  }
  expect(goal[0]).toBeCloseTo(0.4, 5)
  expect(goal[2]).toBeCloseTo(-0.2, 5)
  await until(() => isAsked(0), 30_000)
  expect(goal[2]).toBe(0)
})
