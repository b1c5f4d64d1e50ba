import {
  closeCodes,
  createDecoder,
  createFrame,
  encodeAck,
  frameFlags,
  headerBytes,
} from '@skillweave/protocol'
import { createStreamClient } from '@skillweave/stream/client'
import { createHub } from '@skillweave/stream/server'
import { afterEach, describe, expect, it } from 'vitest'
import {
  closeStreams,
  first,
  numberPublisher,
  numberSpec,
  openClient,
  openRaw,
  openServer,
  pause,
  type RawSocket,
  until,
} from '../../support/streams.ts'

afterEach(closeStreams)

const numberIn = (bytes: Uint8Array): number =>
  new DataView(bytes.buffer).getFloat64(headerBytes, true)
const seqOf = (bytes: Uint8Array): number => new DataView(bytes.buffer).getUint32(4, true)
const acknowledge = (raw: RawSocket, channel: number): void => {
  const last = raw.frames.at(-1)
  if (last) raw.socket.send(encodeAck({ channel, seq: seqOf(last), time_s: 0 }))
}
const subscribe = (raw: RawSocket, channel: number, rate_hz?: number): void =>
  raw.socket.send(JSON.stringify({ op: 'subscribe', channel, ...(rate_hz ? { rate_hz } : {}) }))

describe('latest', () => {
  it('a client that does not acknowledge gets a window of frames, then the newest of what it missed', async () => {
    const server = await openServer()
    const channel = server.hub.openChannel(numberSpec({ rate_hz: 60 }))
    const publish = numberPublisher(server, channel)
    const raw = await openRaw(server)
    subscribe(raw, channel.id)
    await until(() => raw.texts.some((t) => t.op === 'subscribed'))
    for (let i = 1; i <= 500; i++) publish(i)
    await until(() => raw.texts.filter((t) => t.op === 'stats').length > 1)
    // 2 + 60 · (100 ms assumed + 50 ms) = 11
    expect(raw.frames.length).toBe(11)
    acknowledge(raw, channel.id)
    await until(() => raw.frames.length > 11)
    expect(numberIn(raw.frames[11])).toBe(500)
    const stats = raw.texts.filter((t) => t.op === 'stats').at(-1)
    expect(stats?.channels).toMatchObject({ 'test.number': { sent: 11, dropped: 488 } })
  })

  it('a client that reads and acknowledges misses nothing at the declared rate', async () => {
    const server = await openServer()
    const channel = server.hub.openChannel(numberSpec({ rate_hz: 100 }))
    const publish = numberPublisher(server, channel)
    const client = openClient(server)
    const seen: number[] = []
    client.frames('test.number').subscribe(({ frame }) => seen.push(frame.values.x[0]))
    await first(client.welcome$)
    await pause(50)
    for (let i = 1; i <= 60; i++) {
      publish(i)
      await pause(10)
    }
    await until(() => seen.at(-1) === 60)
    expect(seen.length).toBe(60)
    expect(client.refused).toEqual({})
  })

  it('a newcomer to a paused run gets the last frame at once', async () => {
    const server = await openServer()
    const publish = numberPublisher(server, server.hub.openChannel(numberSpec()))
    publish(1)
    publish(2)
    const client = openClient(server)
    const { frame } = await first(client.frames('test.number'))
    expect(frame.values.x[0]).toBe(2)
    expect(frame.flags & frameFlags.cut).toBe(frameFlags.cut)
  })

  it('after a cut nothing of the past follows, and the next frame says so', async () => {
    const server = await openServer()
    const channel = server.hub.openChannel(numberSpec({ rate_hz: 20 }))
    const publish = numberPublisher(server, channel)
    const raw = await openRaw(server)
    subscribe(raw, channel.id)
    await until(() => raw.texts.some((t) => t.op === 'subscribed'))
    for (let i = 1; i <= 50; i++) publish(i)
    await until(() => raw.frames.length > 3)
    server.hub.cut(0, 'reset')
    publish(1000)
    publish(1001)
    const before = raw.frames.length
    acknowledge(raw, channel.id)
    await until(() => raw.frames.length > before)
    expect(numberIn(raw.frames[before])).toBe(1001)
    expect(raw.frames[before][1] & frameFlags.cut).toBe(frameFlags.cut)
    expect(raw.texts.filter((t) => t.op === 'timeline')).toHaveLength(1)
  })

  it('the publisher may reuse its bytes at once', async () => {
    const server = await openServer()
    const channel = server.hub.openChannel(numberSpec({ rate_hz: 1000 }))
    const publish = numberPublisher(server, channel)
    const raw = await openRaw(server)
    subscribe(raw, channel.id)
    await until(() => raw.texts.some((t) => t.op === 'subscribed'))
    for (let i = 1; i <= 20; i++) publish(i)
    await until(() => raw.frames.length === 20)
    expect(raw.frames.map(numberIn)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
  })

  it('bytes of another channel or length are a mistake of the caller', async () => {
    const hub = createHub()
    const a = hub.openChannel(numberSpec())
    const b = hub.openChannel(numberSpec({ name: 'b' }))
    expect(() => hub.publish(a, new Uint8Array(24))).toThrow(
      '24 bytes for channel 0 was published on test.number',
    )
    hub.closeChannel(b)
    expect(() => hub.publish(b, new Uint8Array(24))).toThrow('channel 2 (b) is not open')
    expect(() => hub.openChannel(numberSpec())).toThrow('open already')
    hub.dispose()
  })
})

describe('sampled', () => {
  it('is thinned to the rate asked for, and ends with the newest frame', async () => {
    const server = await openServer()
    const channel = server.hub.openChannel(numberSpec({ class: 'sampled', rate_hz: 100 }))
    const publish = numberPublisher(server, channel)
    const client = openClient(server)
    const seen: number[] = []
    client
      .frames('test.number', { rate_hz: 20 })
      .subscribe(({ frame }) => seen.push(frame.values.x[0]))
    await first(client.welcome$)
    await pause(50)
    const start = performance.now()
    for (let i = 1; i <= 60; i++) {
      publish(i)
      await pause(8)
    }
    const duration_s = (performance.now() - start) / 1000
    await until(() => seen.at(-1) === 60)
    expect(seen.length).toBeGreaterThan(0.6 * 20 * duration_s)
    expect(seen.length).toBeLessThan(1.3 * 20 * duration_s + 3)
  })

  it('a rate cannot be asked above the channel’s own', async () => {
    const server = await openServer()
    const channel = server.hub.openChannel(numberSpec({ class: 'sampled', rate_hz: 50 }))
    const raw = await openRaw(server)
    subscribe(raw, channel.id, 400)
    await until(() => raw.texts.some((t) => t.op === 'subscribed'))
    expect(raw.texts.find((t) => t.op === 'subscribed')).toMatchObject({ rate_hz: 50 })
  })
})

describe('a client that never reads', () => {
  it('does not slow publishing down, costs bounded memory, and is closed as stalled', async () => {
    const server = await openServer({ limits: { stalledAfter_s: 1 } })
    const spec = numberSpec({ rate_hz: 60 })
    const layout = spec.layout
    const channel = server.hub.openChannel({ ...spec, layout })
    const publish = numberPublisher(server, channel)
    const good = openClient(server)
    const seen: number[] = []
    good.frames('test.number').subscribe(({ frame }) => seen.push(frame.values.x[0]))
    const publishFor = async (n: number): Promise<number> => {
      let spent = 0
      for (let i = 0; i < n; i++) {
        const start = performance.now()
        publish(i)
        spent = Math.max(spent, performance.now() - start)
        if (i % 20 === 0) await pause(1)
      }
      return spent
    }
    await first(good.welcome$)
    await publishFor(500)
    const stalled: RawSocket[] = []
    for (let i = 0; i < 4; i++) {
      const raw = await openRaw(server)
      subscribe(raw, channel.id)
      await until(() => raw.texts.some((t) => t.op === 'subscribed'))
      ;(raw.socket as unknown as { _socket: { pause(): void } })._socket.pause()
      stalled.push(raw)
    }
    const before = process.memoryUsage().rss
    const worst_ms = await publishFor(20_000)
    expect(worst_ms).toBeLessThan(100)
    expect(process.memoryUsage().rss - before).toBeLessThan(40 * 2 ** 20)
    await until(() => server.hub.clients.length === 1)
    publish(99_999)
    await until(() => seen.at(-1) === 99_999)
    for (const raw of stalled)
      (raw.socket as unknown as { _socket: { resume(): void } })._socket.resume()
    expect((await stalled[0].closed).code).toBe(closeCodes.stalled)
    expect(stalled[0].frames.length).toBeLessThanOrEqual(64)
  })

  it('is not blamed when this process itself stood still', async () => {
    const server = await openServer({ limits: { stalledAfter_s: 0.5 } })
    const channel = server.hub.openChannel(numberSpec({ rate_hz: 60 }))
    const publish = numberPublisher(server, channel)
    const client = openClient(server)
    const seen: number[] = []
    client.frames('test.number').subscribe(({ frame }) => seen.push(frame.values.x[0]))
    await first(client.welcome$)
    await pause(50)
    for (let i = 0; i < 50; i++) publish(i)
    const end = performance.now() + 1500
    while (performance.now() < end);
    for (let i = 50; i < 100; i++) publish(i)
    await until(() => seen.at(-1) === 99)
    expect(server.hub.clients).toHaveLength(1)
  })
})

describe('reliable', () => {
  it('delivers every frame in order', async () => {
    const server = await openServer()
    const channel = server.hub.openChannel(numberSpec({ class: 'reliable', rate_hz: 2 }))
    const publish = numberPublisher(server, channel)
    const raw = await openRaw(server)
    subscribe(raw, channel.id)
    await until(() => raw.texts.some((t) => t.op === 'subscribed'))
    for (let i = 1; i <= 800; i++) publish(i)
    await until(() => raw.frames.length === 800)
    expect(raw.frames.map(numberIn)).toEqual(Array.from({ length: 800 }, (_, i) => i + 1))
  })
})

describe('a MessagePort', () => {
  it('carries the same session as a socket', async () => {
    const hub = createHub()
    const { port1, port2 } = new MessageChannel()
    hub.acceptPort(port1)
    const client = createStreamClient({ port: port2, role: 'operator' })
    hub.setScene({ title: 'In this tab', ground: {}, objects: [] })
    expect((await first(client.scene$)).title).toBe('In this tab')
    const channel = hub.openChannel(numberSpec({ rate_hz: 60 }))
    const publish = numberPublisher({ hub } as never, channel)
    const seen: number[] = []
    client.frames('test.number').subscribe(({ frame }) => seen.push(frame.values.x[0]))
    await pause(30)
    for (let i = 1; i <= 30; i++) {
      publish(i)
      await pause(5)
    }
    await until(() => seen.at(-1) === 30)
    expect(seen.length).toBeGreaterThan(15)
    hub.calls$.subscribe((call) => call.accept(null as never))
    const answer = client.call('world.pause', { paused: true })
    await pause(20)
    hub.drain()
    expect(await answer).toBeNull()
    const states: string[] = []
    client.status$.subscribe((s) => states.push(s.state))
    hub.dispose()
    await until(() => states.at(-1) === 'closed')
    port2.close()
  })
})

it('frames of a channel decode to what was published', async () => {
  const server = await openServer()
  const channel = server.hub.openChannel(numberSpec())
  const publish = numberPublisher(server, channel)
  const raw = await openRaw(server)
  const declared = raw.texts.find((t) => t.op === 'channels')?.list as (typeof channel)[]
  subscribe(raw, channel.id)
  publish(4.5, 1.25)
  await until(() => raw.frames.length === 1)
  const frame = createFrame(declared[0])
  expect(createDecoder(declared[0]).decode(raw.frames[0], frame)).toBeNull()
  expect(frame).toMatchObject({ time_s: 1.25, seq: 1 })
  expect(frame.values.x[0]).toBe(4.5)
})
