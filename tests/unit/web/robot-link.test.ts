import { atRest } from '@skillweave/demos/faults'
import { createMachineRobot, reportTo, serveRobot } from '@skillweave/demos/robot'
import { createRobotLink, type RobotStatus } from '@skillweave/demos/web/robot-link'
import { robots } from '@skillweave/model'
import type { Channel } from '@skillweave/protocol'
import { profileOf } from '@skillweave/robot-end'
import { stopRobots } from '@skillweave/stream/client'
import { afterEach, describe, expect, it } from 'vitest'
import { closeStreams, openClient, openServer, until } from '../../support/streams.ts'

const closing: (() => void)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) close()
  await closeStreams()
})

const robot = robots.arm7

/** A real arm that stands still, its hub, a controller that keeps its lease, and a page that watches. */
async function open() {
  const server = await openServer()
  const start_ms = performance.now()
  const now_s = (): number => (performance.now() - start_ms) / 1000
  const profile = {
    ...profileOf(robot, { gains: robot, startPose: robot.qDefault, tickDt_s: 0.01, real: true }),
    // A slow machine that runs this test is not a broken sensor.
    frozenAfter_ms: 60_000,
  }
  const wired = createMachineRobot({
    ...{ id: 'arm7', robot, profile, firstEpoch: 1, now_s },
    port: {
      get measured() {
        return { ...atRest(profile), stamp_s: now_s() }
      },
      ...{ fault: null, refused: {}, write: () => {} },
    },
    ...reportTo(server.hub, 'arm7'),
  })
  const hub = serveRobot(server.hub, wired)
  wired.end.linkUp(0)
  const timer = setInterval(() => {
    hub.drain()
    wired.tick()
    hub.publish()
  }, 10)
  closing.push(() => clearInterval(timer))
  const seen: (RobotStatus | null)[] = []
  const page = openClient(server, { role: 'operator' })
  const link = createRobotLink(page, (status) => seen.push(status))
  closing.push(link.dispose)
  const controller = openClient(server, { role: 'controller' })
  let channels: readonly Channel[] = []
  controller.channels$.subscribe((list) => {
    channels = list
  })
  await until(() => channels.length > 0 && seen.at(-1)?.robot === 'arm7')
  const command = channels.find((c) => c.name === 'robot.command') as Channel
  const lease = async () => {
    await controller.call('lease.request', { robot: 'arm7', layoutHash: command.hash })
    await controller.call('preflight.run', { robot: 'arm7' })
  }
  const pose = () =>
    controller.call('robot.pose', { robot: 'arm7' }).then(
      () => 'done',
      (error: Error) => error.message.replace('robot.pose: ', ''),
    )
  return { end: wired.end, page, link, seen, lease, pose }
}

describe('the page of a real robot', () => {
  it('lets it pose only while somebody holds the enable and sees what it does', async () => {
    const { end, link, seen, lease, pose } = await open()
    await lease()
    expect(await pose()).toBe('nobody holds the enable')
    // What was never drawn cannot have been seen.
    link.grip(true)
    expect(await pose()).toBe('nobody holds the enable')
    let isDrawing = true
    const drawing = setInterval(() => {
      if (isDrawing) link.drawn()
    }, 10)
    closing.push(() => clearInterval(drawing))
    await until(() => seen.at(-1)?.holder !== null)
    let answer = ''
    for (let i = 0; i < 20 && answer !== 'done'; i++) {
      link.grip(true)
      await new Promise((resolve) => setTimeout(resolve, 60))
      // The lease of a controller that sends nothing is over after a second.
      if (!end.lease) await lease()
      answer = await pose()
    }
    expect(answer).toBe('done')
    expect(end.state).toBe('posing')
    isDrawing = false
    await until(() => end.state !== 'posing')
    expect(['holding', 'damping', 'idle']).toContain(end.state)
  })

  it('stops it, says so, and resets only what was stopped', async () => {
    const { end, page, link, seen } = await open()
    expect(await link.resetStop()).toContain('expected stopped')
    let isAnswered = false
    for (let i = 0; i < 5 && !isAnswered; i++) isAnswered = await stopRobots(page)
    expect(isAnswered).toBe(true)
    expect(end.state).toBe('stopped')
    await until(() => seen.at(-1)?.state === 'stopped')
    expect(seen.at(-1)?.stopCause).toBe('operator')
    expect(await link.resetStop()).toBe('')
    expect(end.state).toBe('idle')
  })
})
