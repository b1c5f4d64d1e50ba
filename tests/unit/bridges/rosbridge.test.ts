import { createRosbridgeServer } from '@skillweave/bridges/rosbridge'
import { robots } from '@skillweave/model'
import {
  blendSpec,
  bodiesSpec,
  createBodiesWriter,
  createEncoder,
  describeRobot,
  encodeStopped,
  robotStateSpec,
} from '@skillweave/protocol'
import type { HubCall } from '@skillweave/stream/server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { ROSLIB } from '../../support/roslib.ts'
import { closeStreams, openClient, openServer, pause, until } from '../../support/streams.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
  await closeStreams()
})

const arm = robots.arm7
const names = arm.model.dofNames

/** A hub with an arm, a rosbridge server on it, and roslib connected to that. */
async function open(role: 'operator' | 'spectator' = 'operator') {
  const { hub, port } = await openServer()
  const robot = describeRobot({ id: 'arm7', robot: arm })
  hub.setRobots([robot])
  const bodies = hub.openChannel(bodiesSpec({ robot, objects: [] }))
  const writer = createBodiesWriter(bodies, robot)
  const calls: HubCall[] = []
  hub.calls$.subscribe((call) => {
    calls.push(call)
    ;(call.accept as (value: null) => void)(null)
  })
  const timer = setInterval(() => hub.drain(), 5)
  closing.push(() => clearInterval(timer))
  const server = await createRosbridgeServer({ client: openClient({ port }, { role }), port: 0 })
  closing.push(() => server.close())
  const ros = new ROSLIB.Ros({ url: `ws://127.0.0.1:${server.port}` })
  closing.push(() => ros.close())
  const complaints: string[] = []
  await until(() => ros.isConnected)
  // A status with an id has an event of its own in roslib; here all are wanted.
  ros.transport?.on('message', ((message: { op: string; msg: string }) => {
    if (message.op === 'status') complaints.push(message.msg)
  }) as never)
  let time_s = 0
  const publish = () => {
    time_s += 0.02
    writer.set(0, {
      linkPos_w: Float64Array.of(1, 2, 3),
      linkQuat_w: Float64Array.of(0, 0, 0, 1),
      q: Float64Array.from(names, (_, i) => 0.1 * i),
      footContact: new Float64Array(0),
      objectPos_w: new Float64Array(0),
      objectQuat_w: new Float64Array(0),
      objectLinVel_w: new Float64Array(0),
    } as never)
    hub.publish(bodies, writer.encode(time_s))
  }
  return { hub, robot, server, ros, complaints, calls, publish }
}

type Opened = Awaited<ReturnType<typeof open>>
let o: Opened

/** The first message of a topic, as roslib gives it. */
async function firstOf<T>(
  topic: { readonly name: string; readonly messageType: string; readonly compression?: string },
  publish: () => void,
): Promise<T> {
  let got: T | undefined
  const subscription = new ROSLIB.Topic<T>({ ros: o.ros, ...topic })
  subscription.subscribe((message) => {
    got ??= message
  })
  await until(() => {
    publish()
    return got !== undefined
  })
  subscription.unsubscribe()
  return got as T
}

describe('a page with roslib', () => {
  beforeEach(async () => {
    o = await open()
  })

  it.each([undefined, 'cbor'] as const)(
    'reads joints by name, compression %s',
    async (compression) => {
      const message = await firstOf<{ name: string[]; position: ArrayLike<number> }>(
        {
          name: '/joint_states',
          messageType: 'sensor_msgs/JointState',
          ...(compression ? { compression } : {}),
        },
        o.publish,
      )
      expect([...message.name].sort()).toEqual([...names].sort())
      names.forEach((name, i) => {
        expect(message.position[message.name.indexOf(name)], name).toBeCloseTo(0.1 * i, 3)
      })
      if (compression) expect(message.position).toBeInstanceOf(Float64Array)
      expect(o.complaints).toEqual([])
    },
  )

  it('reads the whole tree of frames under the name of ROS 2', async () => {
    const { transforms } = await firstOf<{
      transforms: { child_frame_id: string; header: { frame_id: string }; transform: unknown }[]
    }>({ name: '/tf', messageType: 'tf2_msgs/msg/TFMessage' }, o.publish)
    expect(transforms).toHaveLength(arm.model.links.length)
    expect(transforms[0]).toMatchObject({
      header: { frame_id: 'world' },
      transform: { translation: { x: 1, y: 2, z: 3 } },
    })
    const frames = new Set(['world', ...transforms.map((t) => t.child_frame_id)])
    for (const { header } of transforms) expect(frames).toContain(header.frame_id)
  })

  it('reads what a robot measures rather than what is drawn, once it measures', async () => {
    const joints = { names, isSlide: names.map(() => false) }
    const channel = o.hub.openChannel(robotStateSpec('arm7', joints))
    const state = createEncoder(channel)
    state.values.dq.fill(0.5)
    state.values.imuQuat_wb.set([0, 0, 0, 1])
    const publish = () => o.hub.publish(channel, state.encode(7.25))
    const message = await firstOf<{ velocity: number[]; header: { stamp: unknown } }>(
      { name: '/joint_states', messageType: 'sensor_msgs/JointState' },
      publish,
    )
    expect(message.velocity).toEqual(names.map(() => 0.5))
    expect(message.header.stamp).toMatchObject({ sec: 7, nanosec: 250_000_000, secs: 7 })
    const imu = await firstOf<{ orientation: unknown }>(
      { name: '/imu', messageType: 'sensor_msgs/Imu' },
      publish,
    )
    expect(imu.orientation).toEqual({ x: 0, y: 0, z: 0, w: 1 })
  })

  it('reads the weights of skills', async () => {
    const skills = ['walk', 'reach'].map((name, color) => ({ name, title: name, color, goals: [] }))
    const channel = o.hub.openChannel(blendSpec({ robot: o.robot, skills, perJoint: false }))
    const blend = createEncoder(channel)
    blend.values.weights.set([0.2, 0.8])
    const message = await firstOf<{ data: number[]; layout: { dim: { label: string }[] } }>(
      { name: '/skill_weights', messageType: 'std_msgs/Float32MultiArray' },
      () => o.hub.publish(channel, blend.encode(1)),
    )
    expect(message.layout.dim[0].label).toBe('walk,reach')
    expect(message.data[1]).toBeCloseTo(0.8, 2)
  })

  it('gets at most as many messages as it asked for', async () => {
    let count = 0
    const topic = new ROSLIB.Topic({
      ros: o.ros,
      name: '/clock',
      messageType: 'rosgraph_msgs/Clock',
      throttle_rate: 200,
    })
    topic.subscribe(() => {
      count++
    })
    const start = performance.now()
    while (performance.now() - start < 1000) {
      o.publish()
      await pause(10)
    }
    expect(count).toBeGreaterThan(1)
    expect(count).toBeLessThanOrEqual(6)
  })

  it('drives while it goes on, and the velocity is zero after a silence', async () => {
    const topic = new ROSLIB.Topic({
      ros: o.ros,
      name: '/cmd_vel',
      messageType: 'geometry_msgs/Twist',
    })
    for (let i = 0; i < 6; i++) {
      topic.publish({ linear: { x: 0.4, y: 0, z: 0 }, angular: { x: 0, y: 0, z: -0.2 } })
      await pause(40)
    }
    const velocities = () =>
      o.calls.flatMap((c) => (c.method === 'command.velocity' ? [c.params] : []))
    await until(() => velocities().at(-1)?.linVelX_mps === 0)
    expect(velocities()[0]).toEqual({
      linVelX_mps: 0.4,
      linVelY_mps: 0,
      yawRate_radps: -0.2,
      validFor_ms: 250,
    })
    expect(o.complaints).toEqual([])
  })

  it('stops a robot and hears that it stopped, and hears it when none answers', async () => {
    const stop = new ROSLIB.Service<object, { success: boolean; message: string }>({
      ros: o.ros,
      name: '/stop',
      serviceType: 'std_srvs/Trigger',
    })
    const call = () =>
      new Promise<{ success: boolean; message: string }>((resolve, reject) =>
        stop.callService({}, resolve, reject),
      )
    expect(await call()).toMatchObject({
      success: false,
      message: expect.stringContaining('hardware stop'),
    })
    let stops = 0
    o.hub.robotEnd = {
      command: () => {},
      enable: () => {},
      left: () => {},
      stop: () => {
        stops++
        return encodeStopped({
          ...{ seq: 1, time_s: 1, stopId: 1, category: 1, cause: 10, robot: 0 },
          appliedAt_s: 1,
        })
      },
    }
    expect(await call()).toEqual({ success: true, message: 'stopped' })
    expect(stops).toBe(1)
  })

  it('finds its way by rosapi', async () => {
    const topics = await new Promise<{ topics: string[]; types: string[] }>((resolve, reject) =>
      o.ros.getTopics(resolve as never, reject),
    )
    expect(topics.topics).toContain('/joint_states')
    expect(topics.types[topics.topics.indexOf('/tf')]).toBe('tf2_msgs/msg/TFMessage')
    const services = await new Promise<string[]>((resolve, reject) =>
      o.ros.getServices(resolve as never, reject),
    )
    expect(services).toContain('/stop')
  })

  it('is told why joints cannot be commanded and what does not exist', async () => {
    const joints = new ROSLIB.Topic({
      ros: o.ros,
      name: '/joint_trajectory',
      messageType: 'trajectory_msgs/JointTrajectory',
    })
    joints.publish({ points: [] })
    new ROSLIB.Topic({ ros: o.ros, name: '/scan', messageType: 'sensor_msgs/LaserScan' }).subscribe(
      () => {},
    )
    new ROSLIB.Topic({ ros: o.ros, name: '/tf', messageType: 'sensor_msgs/Imu' }).subscribe(
      () => {},
    )
    await until(() => o.complaints.length >= 4)
    const all = o.complaints.join('\n')
    expect(all).toContain('/joint_trajectory is not taken; only /cmd_vel is')
    expect(all).toContain('no topic /scan; there are /joint_states')
    expect(all).toContain('/tf has the type tf2_msgs/TFMessage, not sensor_msgs/Imu')
  })
})

it('bad bytes are answered with a sentence, pages of others and spectators’ commands are refused', async () => {
  o = await open('spectator')
  const url = `ws://127.0.0.1:${o.server.port}`
  const texts: string[] = []
  const raw = new WebSocket(url)
  closing.push(() => raw.terminate())
  raw.on('message', (data) => texts.push(String(data)))
  await new Promise((resolve) => raw.once('open', resolve))
  for (const text of ['{', '[]', '{"op":"dance"}', '['.repeat(2000), '{"op":"publish"}'])
    raw.send(text)
  await until(() => texts.length >= 5)
  expect(texts.join('\n')).toMatch(
    /not JSON[\s\S]*has no \\"op\\"[\s\S]*no operation \\"dance\\"[\s\S]*nested deeper/,
  )
  const refused = await new Promise((resolve) => {
    const page = new WebSocket(url, { origin: 'https://example.org' })
    page.on('error', () => resolve(true))
    page.on('open', () => resolve(false))
  })
  expect(refused).toBe(true)
  const twist = { linear: { x: 1, y: 0, z: 0 }, angular: { x: 0, y: 0, z: 0 } }
  for (let i = 0; i < 4; i++) {
    raw.send(JSON.stringify({ op: 'publish', topic: '/cmd_vel', msg: twist }))
    await pause(40)
  }
  await until(() => texts.some((t) => t.includes('needs the role operator')))
})
