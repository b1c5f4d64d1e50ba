import { createServer } from 'node:net'
import { closeCodes } from '@skillweave/protocol'
import type { StreamClient, StreamClientOptions } from '@skillweave/stream/client'
import { createToken } from '@skillweave/stream/server'
import { afterEach, describe, expect, it } from 'vitest'
import {
  closeStreams,
  first,
  helloText,
  numberPublisher,
  numberSpec,
  openClient,
  openRaw,
  openServer,
  pause,
  until,
} from '../../support/streams.ts'

afterEach(closeStreams)

describe('who may come in', () => {
  it('a page of this server may, a page of another site may not', async () => {
    const server = await openServer({ allowedOrigins: ['http://localhost:5173'] })
    const from = (origin: string) => openRaw(server, { headers: { origin } })
    await from(`http://localhost:${server.port}`)
    await from('http://localhost:5173')
    await expect(from('https://evil.example')).rejects.toThrow(
      '403: this server refuses pages from https://evil',
    )
    await expect(from('null')).rejects.toThrow('403')
    await expect(from(`http://localhost.evil.example:${server.port}`)).rejects.toThrow('403')
  })

  it('a name that somebody else made to point here is refused', async () => {
    const server = await openServer()
    const host = `rebound.example:${server.port}`
    await expect(openRaw(server, { headers: { host } })).rejects.toThrow('421')
  })

  it('tokens in a query are refused, wrong paths too', async () => {
    const server = await openServer()
    const at = (path: string) => openRaw(server, { path })
    await expect(at('/stream?token=x')).rejects.toThrow('400: a query has no place here')
    await expect(at('/')).rejects.toThrow('404: the stream is at /stream')
  })

  it('clients of no known family get 426, of another major a sentence and 4406', async () => {
    const server = await openServer()
    await expect(openRaw(server, { subprotocols: ['foxglove.sdk.v1'] })).rejects.toThrow('426')
    const raw = await openRaw(server, { subprotocols: ['skillweave.v2'], hello: false })
    expect((await raw.closed).code).toBe(closeCodes.version)
    expect(raw.texts[0]).toMatchObject({ op: 'error', code: 'version' })
    expect(raw.texts[0].text).toContain('the client skillweave.v2. Update the server.')
    expect(raw.socket.protocol).toBe('skillweave.v2')
  })

  it('a required token opens the door, a wrong one does not, and guessing is slowed down', async () => {
    const token = createToken()
    const server = await openServer({ token, requireToken: 'always' })
    expect(server.url).toBe(`http://127.0.0.1:${server.port}/#token=${token}`)
    const good = openClient(server, { token, role: 'operator' })
    expect((await first(good.welcome$)).role).toBe('operator')
    const codes: number[] = []
    for (let i = 0; i < 6; i++) {
      const raw = await openRaw(server, { hello: false })
      raw.socket.send(helloText(i === 0 ? {} : { token: createToken() }))
      const { code, reason } = await raw.closed
      codes.push(code)
      expect(reason).toContain(
        ['wants its token', 'is wrong', 'is wrong', 'is wrong', 'is wrong', 'wait a minute'][i],
      )
    }
    expect(codes).toEqual(Array(6).fill(closeCodes.refused))
  })

  it('an operator that yields watches where there is one, until it asks again', async () => {
    const server = await openServer()
    const roles = new Map<StreamClient, string | null>()
    const come = (options: Partial<StreamClientOptions>): StreamClient => {
      const client = openClient(server, { role: 'operator', ...options })
      client.status$.subscribe(({ role }) => roles.set(client, role))
      return client
    }
    const becomes = (client: StreamClient, role: string) => until(() => roles.get(client) === role)
    const one = come({ yields: true })
    await becomes(one, 'operator')
    const two = come({ yields: true })
    await becomes(two, 'spectator')
    two.setRole('operator')
    await becomes(two, 'operator')
    two.setRole('spectator')
    await becomes(two, 'spectator')
    expect(roles.get(one)).toBe('operator')
    // Programs that do not know of it are what they ask to be.
    await becomes(come({}), 'operator')
  })

  it('a client that is refused for good does not try again', async () => {
    const server = await openServer({ token: createToken(), requireToken: 'always' })
    const client = openClient(server)
    const states: string[] = []
    client.status$.subscribe((s) => states.push(`${s.state} ${s.text}`))
    await until(() => states.at(-1)?.startsWith('closed') ?? false)
    await pause(100)
    expect(states.at(-1)).toBe(
      'closed this server wants its token: open the link its terminal printed',
    )
    expect(states.filter((s) => s.startsWith('connecting'))).toHaveLength(1)
  })

  it('other addresses than loopback need a token and the word plainLan', async () => {
    await expect(openServer({ host: '0.0.0.0' })).rejects.toThrow(
      'listening on 0.0.0.0 needs a token and plainLan: true',
    )
    await expect(openServer({ token: 'short' })).rejects.toThrow('at least 22')
  })

  it('a busy port is an error that says what to do', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as { port: number }
    await expect(openServer({ port })).rejects.toThrow(
      `port ${port} on 127.0.0.1 is in use, perhaps by another run; stop that one or choose another port`,
    )
    await new Promise((resolve) => other.close(resolve))
  })

  it('silence instead of hello ends the connection', async () => {
    const server = await openServer({ limits: { helloWithin_s: 0.5 } })
    const raw = await openRaw(server, { hello: false })
    expect((await raw.closed).code).toBe(closeCodes.helloTimeout)
  })

  it('too many connections are told so', async () => {
    const server = await openServer({ limits: { links: 2, operators: 1 } })
    await openRaw(server)
    const second = await openRaw(server, { hello: false })
    second.socket.send(helloText())
    expect(await second.closed).toMatchObject({
      code: closeCodes.full,
      reason: expect.stringContaining('come as a spectator'),
    })
    await openRaw(server, { hello: false })
    const third = await openRaw(server, { hello: false })
    expect((await third.closed).code).toBe(closeCodes.full)
  })
})

describe('a bad message ends its own connection only', () => {
  const deep = `{"op":"call","params":${'['.repeat(60_000)}`
  const cases: [string, string | Uint8Array, number][] = [
    ['text that is not JSON', 'garbage', closeCodes.garbage],
    ['a field of the wrong type', '{"op":"subscribe","channel":"x"}', closeCodes.garbage],
    ['a JSON bomb', deep, closeCodes.tooLarge],
    ['a long text', `"${'x'.repeat(70_000)}"`, closeCodes.tooLarge],
    ['a huge message', new Uint8Array(200_000), 1009],
  ]
  it.each(cases)('%s', async (_, data, code) => {
    const server = await openServer()
    const bystander = openClient(server, { role: 'operator' })
    const channel = server.hub.openChannel(numberSpec())
    const publish = numberPublisher(server, channel)
    const seen: number[] = []
    bystander.frames('test.number').subscribe(({ frame }) => seen.push(frame.values.x[0]))
    const bad = await openRaw(server)
    await until(() => server.hub.clients.length === 2)
    bad.socket.send(data)
    expect((await bad.closed).code).toBe(code)
    publish(1)
    await until(() => seen.includes(1))
    expect(server.hub.clients).toHaveLength(1)
  })

  it('binary before hello is garbage, unknown kinds after it are only counted', async () => {
    const server = await openServer()
    const early = await openRaw(server, { hello: false })
    early.socket.send(new Uint8Array(16))
    expect((await early.closed).code).toBe(closeCodes.garbage)
    const raw = await openRaw(server)
    for (const bytes of [
      new Uint8Array(0),
      new Uint8Array(7),
      Uint8Array.of(5, ...Array(31).fill(255)),
    ]) {
      raw.socket.send(bytes)
    }
    raw.socket.send('{"op":"later"}')
    await until(() => raw.texts.some((t) => t.op === 'error'))
    await until(() => raw.texts.some((t) => t.op === 'stats' && t.refused === 4))
    expect(raw.socket.readyState).toBe(raw.socket.OPEN)
  })

  it('a flood is dropped and counted', async () => {
    const server = await openServer()
    const raw = await openRaw(server)
    let calls = 0
    server.hub.calls$.subscribe(() => calls++)
    for (let i = 0; i < 600; i++) raw.socket.send('{"op":"unsubscribe","channel":1}')
    await until(() => raw.texts.some((t) => t.op === 'stats' && Number(t.refused) > 300))
    expect(raw.socket.readyState).toBe(raw.socket.OPEN)
  })
})

describe('a client', () => {
  it('learns the run however late it comes', async () => {
    const server = await openServer()
    const { hub } = server
    hub.setScene({ title: 'Court', ground: {}, objects: [] })
    hub.setRobots([])
    hub.setSkills([{ name: 'walk', title: 'Walk', color: 0, goals: [] }])
    hub.setWorld({ paused: false, speed: 1, controllers: ['blend'], targets: [] })
    hub.cut(0, 'start')
    hub.notice('slow', 'warning', 'Runs at 0.6x.')
    hub.openChannel(numberSpec())
    const client = openClient(server)
    expect((await first(client.scene$)).title).toBe('Court')
    expect((await first(client.skills$)).list[0].name).toBe('walk')
    expect((await first(client.world$)).controllers).toEqual(['blend'])
    expect(await first(client.timeline$)).toMatchObject({ id: 1, reason: 'start' })
    await until(() => client.link.rtt_s !== null)
    expect(Math.abs(client.link.offset_s ?? 9)).toBeLessThan(0.5)
    const notices: string[][] = []
    client.notices$.subscribe((list) => notices.push(list.map((n) => n.text)))
    expect(notices.at(-1)).toEqual(['Runs at 0.6x.'])
    hub.notice('slow', 'info', '')
    await until(() => notices.at(-1)?.length === 0)
  })

  it('gets events in order, with their data', async () => {
    const server = await openServer()
    const client = openClient(server)
    const events: unknown[] = []
    client.events$.subscribe((e) => events.push([e.seq, e.name, e.data]))
    await first(client.welcome$)
    server.hub.event('skill.switched', { from: null, to: 'walk' }, { time_s: 1, robot: 'h1' })
    server.hub.event('fall', {}, { time_s: 2 })
    await until(() => events.length === 2)
    expect(events).toEqual([
      [1, 'skill.switched', { from: null, to: 'walk' }],
      [2, 'fall', {}],
    ])
  })

  it('comes back by itself and gets the frames it had asked for', async () => {
    const first = await openServer()
    const { port } = first
    const client = openClient(first)
    const seen: number[] = []
    client
      .frames('test.number', { rate_hz: 30 })
      .subscribe(({ frame }) => seen.push(frame.values.x[0]))
    const states: string[] = []
    client.status$.subscribe((s) => states.push(s.state))
    numberPublisher(first, first.hub.openChannel(numberSpec()))(1)
    await until(() => seen.includes(1))
    await first.close()
    await until(() => states.at(-1) === 'waiting' || states.at(-1) === 'connecting')
    const second = await openServer({ port })
    second.hub.openChannel(numberSpec({ name: 'other' }))
    numberPublisher(second, second.hub.openChannel(numberSpec()))(2)
    await until(() => seen.includes(2))
    expect(states.at(-1)).toBe('open')
  })
})

describe('calls', () => {
  it('wait for the loop to drain them, and are answered', async () => {
    const server = await openServer()
    const client = openClient(server, { role: 'operator' })
    await first(client.welcome$)
    const seen: string[] = []
    server.hub.calls$.subscribe((call) => {
      seen.push(call.method)
      if (call.method === 'world.reset') call.accept({ seed: call.params.seed ?? 1 })
      else call.refuse({ code: 'unknown-name', text: 'there is no target "moon"', known: ['hoop'] })
    })
    const reset = client.call('world.reset', { seed: 7 })
    const place = client.call('target.place', { target: 'moon', pos_w: [0, 0, 3] })
    const placed = expect(place).rejects.toThrow(
      'target.place: there is no target "moon"; known: hoop',
    )
    await pause(50)
    expect(seen).toEqual([])
    server.hub.drain()
    expect(await reset).toEqual({ seed: 7 })
    await placed
    expect(seen).toEqual(['world.reset', 'target.place'])
  })

  it('are refused for spectators, bad parameters, unknown and future methods', async () => {
    const server = await openServer()
    const spectator = openClient(server)
    const operator = openClient(server, { role: 'operator' })
    await first(spectator.welcome$)
    await first(operator.welcome$)
    await expect(spectator.call('world.pause', { paused: true })).rejects.toMatchObject({
      code: 'not-allowed',
      message: 'world.pause: world.pause needs the role operator, you are spectator',
    })
    const call = operator.call as (method: string, params: unknown) => Promise<unknown>
    await expect(call('world.pause', { paused: 1 })).rejects.toMatchObject({ code: 'bad-params' })
    await expect(call('world.snapshot', {})).rejects.toMatchObject({ code: 'not-available' })
    await expect(call('rm', {})).rejects.toMatchObject({ code: 'unknown-method' })
    const unheard = operator.call('world.pause', { paused: true })
    await pause(30)
    server.hub.drain()
    await expect(unheard).rejects.toMatchObject({ code: 'not-available' })
  })

  it('that nobody answers fail after a time, and at once when the link is lost', async () => {
    const server = await openServer()
    const client = openClient(server, { role: 'operator' })
    await first(client.welcome$)
    server.hub.calls$.subscribe(() => {})
    await expect(client.call('world.pause', { paused: true }, { timeout_ms: 50 })).rejects.toThrow(
      'no answer within 50 ms',
    )
    const lost = expect(client.call('world.pause', { paused: true })).rejects.toMatchObject({
      code: 'gone',
    })
    await server.close()
    await lost
    await expect(client.call('world.pause', { paused: true })).rejects.toMatchObject({
      code: 'gone',
    })
  })
})
