import { robotByName } from '@skillweave/model'
import { type Clip, recordedSkeleton, retarget } from '@skillweave/motion'
import {
  bodiesSpec,
  createBodiesWriter,
  describeObject,
  describeRobot,
  type RobotDescription,
} from '@skillweave/protocol'
import type { Hub } from '@skillweave/stream/server'
import { ballObject } from '@skillweave/tasks'
import { loadClip } from '../motion-data.ts'
import { servePage } from '../serve-page.ts'
import { UserError } from '../user-error.ts'

/** How far beside the recording its fitted twin is shown, m. */
const beside = 1.4

/**
 * `demo clip <file>`: play a recorded clip (its own skeleton) and, beside it, the motion fitted to the
 * ball player. Playback of poses: nothing is simulated.
 */
export async function demoClip(path: string | undefined, options: { port: number }): Promise<void> {
  if (!path) throw new UserError('demo clip needs the path of a .pt clip')
  const clip = loadClip(path)
  const server = await servePage(options.port)
  process.stderr.write(`${clip.name}: open ${server.url}\n`)
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  await play(clip, server.hub, stop.signal)
  await server.close()
}

async function play(clip: Clip, hub: Hub, signal: AbortSignal): Promise<void> {
  const robot = robotByName('ballplayer')
  const fitted = retarget(clip, robot).reference
  const recorded = recordedSkeleton(clip)
  const ball = { ...describeObject(ballObject('regulation')), motion: 'kinematic' as const }
  const twins: { description: RobotDescription; state: (t: number) => Pose }[] = [
    {
      description: describeRobot({ id: 'recording', robot: recorded.robot }),
      state: (t) => ({
        q: recorded.q(t),
        linkPos_w: recorded.basePos_w(t),
        linkQuat_w: recorded.baseQuat_w(t),
      }),
    },
    {
      description: describeRobot({ id: 'fitted', robot }),
      state: (t) => ({
        q: fitted.q.subarray(t * 51, (t + 1) * 51),
        linkPos_w: [
          fitted.basePos_w[3 * t] + beside,
          fitted.basePos_w[3 * t + 1],
          fitted.basePos_w[3 * t + 2],
        ],
        linkQuat_w: fitted.baseQuat_w.subarray(4 * t, 4 * t + 4),
      }),
    },
  ]
  let paused = false
  let speed = 1
  hub.setScene({
    title: clip.name,
    description: 'A recorded clip and, beside it, the motion fitted to the ball player.',
    ground: {},
    objects: [ball],
  })
  hub.setRobots(twins.map((t) => t.description))
  const announce = (): void =>
    hub.setWorld({
      paused,
      speed,
      controllers: [],
      targets: [],
      accepts: ['world.pause', 'world.speed'],
    })
  announce()
  const writers = twins.map(({ description }) => {
    const channel = hub.openChannel(bodiesSpec({ robot: description, objects: [ball] }))
    return { channel, writer: createBodiesWriter(channel, description) }
  })
  const subscription = hub.calls$.subscribe((call) => {
    if (call.method === 'world.pause') paused = call.params.paused
    else if (call.method === 'world.speed') speed = call.params.speed
    else {
      call.refuse({ code: 'not-available', text: `playback has no ${call.method}` })
      return
    }
    call.accept(null)
    announce()
  })
  let frame = 0
  let time = 0
  while (!signal.aborted) {
    hub.drain()
    const t = Math.floor(frame)
    twins.forEach((twin, i) => {
      const ballAt = [
        fitted.objectPos_w[3 * t] + i * beside,
        fitted.objectPos_w[3 * t + 1],
        fitted.objectPos_w[3 * t + 2],
      ]
      const { channel, writer } = writers[i]
      writer.set(0, {
        ...twin.state(t),
        objectPos_w: ballAt,
        objectQuat_w: [0, 0, 0, 1],
        objectLinVel_w: fitted.objectLinVel_w.subarray(3 * t, 3 * t + 3),
        footContact: [],
      })
      hub.publish(channel, writer.encode(time))
    })
    await new Promise((resolve) => setTimeout(resolve, 1000 / clip.fps))
    time += 1 / clip.fps
    if (!paused) frame += speed
    if (frame >= fitted.nFrames) {
      frame = 0
      hub.cut(time, 'reset')
    }
  }
  subscription.unsubscribe()
}

interface Pose {
  readonly q: ArrayLike<number>
  readonly linkPos_w: ArrayLike<number>
  readonly linkQuat_w: ArrayLike<number>
}
