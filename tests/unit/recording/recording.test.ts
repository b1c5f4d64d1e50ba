import * as foxglove from '@foxglove/schemas/jsonschema.js'
import { McapIndexedReader } from '@mcap/core'
import { demos, loadShippedPolicy, playRecording, runLive } from '@skillweave/demos/live'
import { createRecorder, type Recording, readRecording, topics } from '@skillweave/recording'
import { createStreamClient } from '@skillweave/stream/client'
import { createHub } from '@skillweave/stream/hub'
import { Ajv } from 'ajv'
import { beforeAll, describe, expect, it } from 'vitest'

let file: Uint8Array
let sent: (string | Uint8Array)[]
let recording: Recording

beforeAll(async () => {
  const parts: Uint8Array[] = []
  let position = 0n
  const recorder = await createRecorder(
    {
      write: async (bytes) => {
        parts.push(bytes.slice())
        position += BigInt(bytes.length)
      },
      position: () => position,
    },
    { program: 'test', demo: 'arm', seed: 4 },
  )
  sent = []
  const hub = createHub()
  hub.tap((m) => sent.push(typeof m === 'string' ? m : m.slice()))
  const session = await demos.arm.load({ seed: 4 }, loadShippedPolicy)
  await runLive({ session, hub, seed: 4, seconds: 1.5, unpaced: true })
  for (const m of sent) await recorder.take(m)
  await recorder.end()
  hub.dispose()
  session.env.dispose()
  file = new Uint8Array(Buffer.concat(parts))
  recording = readRecording(file)
})

describe('a recording', () => {
  it('holds every message as it was sent, in order', () => {
    expect(recording.messages.map((m) => m.data)).toEqual(sent)
    expect(recording.isComplete).toBe(true)
    expect(recording.facts).toMatchObject({ demo: 'arm', seed: '4', program: 'test' })
    const times = recording.messages.map((m) => m.at_s)
    expect([...times].sort((a, b) => a - b)).toEqual(times)
  })

  it('opens in the reader of MCAP, with channels that fit the published schemas', async () => {
    const reader = await McapIndexedReader.Initialize({
      readable: {
        size: async () => BigInt(file.length),
        read: async (offset, size) => file.slice(Number(offset), Number(offset + size)),
      },
    })
    const ajv = new Ajv({ strict: false })
    const checks = {
      [topics.transforms]: ajv.compile(foxglove.FrameTransforms),
      [topics.joints]: ajv.compile(foxglove.JointStates),
      [topics.scene]: ajv.compile(foxglove.SceneUpdate),
    }
    const seen: Record<string, number> = {}
    for await (const message of reader.readMessages({ topics: Object.keys(checks) })) {
      const topic = reader.channelsById.get(message.channelId)?.topic as keyof typeof checks
      const value = JSON.parse(Buffer.from(message.data).toString())
      expect(checks[topic](value), `${topic}: ${JSON.stringify(checks[topic].errors)}`).toBe(true)
      seen[topic] = (seen[topic] ?? 0) + 1
    }
    expect(seen[topics.transforms]).toBeGreaterThan(20)
    expect(seen[topics.joints]).toBe(seen[topics.transforms])
    expect(seen[topics.scene]).toBeGreaterThan(0)
  })

  it('is played with the same values, bit for bit', async () => {
    const hub = createHub()
    const played: Uint8Array[] = []
    hub.tap((m) => {
      if (typeof m !== 'string') played.push(m.slice())
    })
    const player = playRecording(hub, recording)
    const frames = sent.filter((m): m is Uint8Array => typeof m !== 'string')
    while (played.length < frames.length) await new Promise((r) => setTimeout(r, 10))
    player.stop()
    hub.dispose()
    // Channel and sequence number belong to the hub, the rest is the recording's.
    const content = (f: Uint8Array) => f.slice(8)
    expect(played.map(content)).toEqual(frames.map(content))
  })

  it('is gone through at will, but not changed', async () => {
    const hub = createHub()
    const times: { time_s: number; isCut: boolean }[] = []
    hub.tap((m) => {
      if (typeof m === 'string') return
      const time_s = new DataView(m.buffer, m.byteOffset).getFloat64(8, true)
      times.push({ time_s, isCut: (m[1] & 4) !== 0 })
    })
    const player = playRecording(hub, recording)
    const { port1, port2 } = new MessageChannel()
    hub.acceptPort(port1)
    const client = createStreamClient({ port: port2, role: 'operator' })
    await new Promise<void>((resolve) => {
      client.robots$.subscribe(() => resolve())
    })
    await client.call('world.pause', { paused: true })
    await client.call('replay.seek', { time_s: 1.01 })
    expect(times.at(-1)?.time_s).toBeCloseTo(1, 9)
    expect(times.at(-1)?.isCut).toBe(true)
    await client.call('world.step', { count: 3, unit: 'control' })
    expect(times.at(-1)?.time_s).toBeCloseTo(1.06, 9)
    await client.call('replay.seek', { time_s: 0.5 })
    expect(times.at(-1)?.time_s).toBeCloseTo(0.5, 9)
    await expect(client.call('world.reset', {})).rejects.toThrow(/can be watched, not changed/)
    client.close()
    player.stop()
    hub.dispose()
  })

  it('that was not ended is read as far as it goes, a damaged one is refused with the byte', () => {
    const cut = readRecording(file.slice(0, Math.floor(file.length * 0.97)))
    expect(cut.isComplete).toBe(false)
    expect(cut.messages.length).toBeGreaterThan(10)
    const damaged = file.slice()
    damaged.fill(0xff, 5000, 5100)
    expect(() => readRecording(damaged)).toThrow(/cannot be read beyond byte \d+: /)
    expect(() => readRecording(new Uint8Array(100))).toThrow(/cannot be read beyond byte \d+: /)
  })
})
