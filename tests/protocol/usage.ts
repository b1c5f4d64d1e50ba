/** The examples of docs/protocol.md, compiled and run by usage.test.ts. */

import type { Robot, Simulator } from '@skillweave/model'
import {
  bodiesSpec,
  createBodiesWriter,
  createFrame,
  describeObject,
  describeRobot,
} from '@skillweave/protocol'
import { createFrameRing, createPlayoutClock, type StreamClient } from '@skillweave/stream/client'
import type { Hub } from '@skillweave/stream/server'

// #region loop
/** Publish a simulation, obey calls: `const { hub } = await createStreamServer({ port: 8787, staticDir })`. */
export function publishRun(hub: Hub, sim: Simulator, controlDt_s: number): { step(): void } {
  const robot = describeRobot({ id: 'robot', robot: sim.robot as Robot })
  const objects = sim.scene.objects.map(describeObject)
  hub.setRobots([robot])
  hub.setScene({ title: 'My run', ground: {}, objects })
  const channel = hub.openChannel(bodiesSpec({ robot, objects }))
  const writer = createBodiesWriter(channel, robot)
  let time_s = 0
  let isPaused = false
  hub.calls$.subscribe((call) => {
    if (call.method === 'world.pause') {
      isPaused = call.params.paused
      hub.setWorld({ paused: isPaused, speed: 1, controllers: [], targets: [] })
      call.accept(null)
    } else call.refuse({ code: 'not-available', text: `${call.method} does nothing here` })
  })
  return {
    step() {
      hub.drain() // calls act between control steps, never within one
      if (isPaused) return
      sim.step(4)
      time_s += controlDt_s
      writer.set(0, sim.states[0])
      hub.publish(channel, writer.encode(time_s)) // copies and returns at once
    },
  }
}
// #endregion

// #region page
/** Draw it: `const client = createStreamClient({ url: 'ws://127.0.0.1:8787/stream', role: 'operator' })`. */
export function drawRun(client: StreamClient, draw: (pose: Record<string, Float64Array>) => void) {
  const clock = createPlayoutClock()
  let ring: ReturnType<typeof createFrameRing> | undefined
  let pose: ReturnType<typeof createFrame> | undefined
  client.world$.subscribe((world) => clock.setSpeed(world.speed))
  client.frames('view.bodies').subscribe(({ channel, frame, received_s }) => {
    if (frame.channel !== pose?.channel) {
      ring = createFrameRing(channel)
      pose = createFrame(channel)
    }
    clock.push(frame.time_s, received_s, (frame.flags & 4) !== 0)
    ring?.push(frame)
  })
  return () => {
    // once per animation frame
    const time_s = clock.advance(client.now_s())
    if (pose && ring?.sample(time_s, pose)) draw(pose.values)
  }
}
// #endregion
