import { robotByName } from '@skillweave/model'
import { createEncoder, defineLayout, encodeAck, kinds } from '@skillweave/protocol'
import { profileOf } from '@skillweave/robot-end'
import { createHub } from '@skillweave/stream/server'
import { createMachineRobot } from '../robot/machine-robot.ts'
import { serveRobot } from '../robot/robot-hub.ts'
import { expect, type Hazard } from './hazard.ts'
import { joinInMemory, type MemoryLink } from './memory-link.ts'
import { atRest } from './plant.ts'

/** Trials of the hub alone: those who watch, and calls that a robot must not follow. */
export const viewerHazards: readonly Hazard[] = [
  { row: 37, name: 'rewind-live', run: rewindLive },
  { row: 39, name: '64-viewers-8-stalled', run: manyViewers },
  { row: 40, name: 'stalled-viewer-1h', run: stalledViewer },
]

/** A hub with one channel, as wide as a humanoid's. */
function hubWithView() {
  const hub = createHub()
  const channel = hub.openChannel({
    name: 'view',
    class: 'sampled',
    rate_hz: 60,
    clock: 'sim',
    layout: defineLayout({ fields: [{ name: 'x', type: 'f64', count: 20, unit: '1' }] }),
  })
  const encoder = createEncoder(channel)
  const watch = (): MemoryLink => {
    const link = joinInMemory(hub, 'spectator')
    link.put(JSON.stringify({ op: 'subscribe', channel: channel.id }))
    return link
  }
  const publish = (time_s: number): void => hub.publish(channel, encoder.encode(time_s))
  return { hub, channel, watch, publish }
}

/** What a robot has done cannot be undone: nothing takes it back in time. */
function rewindLive(): void {
  const robot = robotByName('arm7')
  const profile = profileOf(robot, { gains: robot, startPose: robot.qDefault, tickDt_s: 0.002 })
  const hub = createHub()
  const wired = createMachineRobot({
    id: 'arm7',
    robot,
    profile,
    port: { measured: atRest(profile), fault: null, refused: {}, write: () => {} },
    firstEpoch: 1,
    now_s: () => 0,
    openChannel: hub.openChannel,
  })
  serveRobot(hub, wired)
  const link = joinInMemory(hub, 'operator')
  for (const [method, params] of [
    ['world.rewind', '{"time_s":0}'],
    ['world.reset', '{}'],
    ['replay.seek', '{"time_s":0}'],
  ]) {
    link.put(`{"op":"call","id":1,"method":"${method}","params":${params}}`)
    hub.drain()
    const answer = link.texts.at(-1) ?? ''
    expect(answer.includes('does nothing on a robot'), () => `${method}: ${answer}`)
  }
  hub.dispose()
}

/** A flood of viewers, some of which stand still, is not in the way of a command. How long it takes is `bench stream`'s. */
function manyViewers(): void {
  const { hub, channel, watch, publish } = hubWithView()
  let commands = 0
  hub.robotEnd = {
    command: () => {
      commands++
    },
    stop: () => new Uint8Array([kinds.stopped.code]),
    enable: () => {},
    left: () => {},
  }
  const controller = joinInMemory(hub, 'controller')
  const viewers = Array.from({ length: 64 }, watch)
  const command = new Uint8Array(620).fill(kinds['robot.command'].code, 0, 1)
  for (let i = 1; i <= 300; i++) {
    publish(i / 60)
    for (const viewer of viewers.slice(8)) {
      const newest = viewer.frames.at(-1)
      if (newest) viewer.put(encodeAck({ channel: channel.id, seq: seqOf(newest), time_s: 0 }))
    }
    controller.put(command)
    expect(commands === i, () => `${commands} of ${i} commands came through at once`)
  }
  for (const viewer of viewers.slice(0, 8)) {
    const count = dataFrames(viewer).length
    expect(count <= 64, () => `a viewer that never acknowledges was sent ${count} frames`)
  }
  hub.dispose()
}

/** An hour of frames for somebody who does not read. */
function stalledViewer(share: number): void {
  const { hub, watch, publish } = hubWithView()
  const viewer = watch()
  for (let i = 1; i <= 3600 * 60 * share; i++) publish(i / 60)
  const bytes = viewer.frames.reduce((sum, f) => sum + f.length, 0)
  expect(bytes <= 256 * 1024, () => `${bytes} bytes were handed to a viewer that never reads`)
  hub.dispose()
}

const seqOf = (frame: Uint8Array): number =>
  new DataView(frame.buffer, frame.byteOffset).getUint32(4, true)
const dataFrames = ({ frames }: MemoryLink): Uint8Array[] =>
  frames.filter((f) => f[0] === kinds.data.code)
