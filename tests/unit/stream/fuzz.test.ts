import { createRng, type Rng } from '@skillweave/math'
import { createStreamClient, type OpenTransport } from '@skillweave/stream/client'
import { createHub } from '@skillweave/stream/hub'
import { expect, it } from 'vitest'
import { allCases } from '../../protocol/cases.ts'
import { helloText, numberPublisher, numberSpec } from '../../support/streams.ts'

type Events = Parameters<OpenTransport>[0]

/** A link in memory: what goes in, whether it was closed. */
function fakeLink(accept: (open: OpenTransport) => void) {
  let events: Events | undefined
  const link = { sent: 0, code: 0, put: (data: string | Uint8Array) => events?.message(data) }
  accept((e) => {
    events = e
    return {
      bufferedAmount: 0,
      send: () => {
        link.sent++
      },
      close: (code) => {
        link.code ||= code
      },
    }
  })
  return link
}

const decoder = new TextDecoder()
const seeds = allCases()

/** A message that was right once: cut, extended, flipped or joined with another. */
function mutate(rng: Rng): string | Uint8Array {
  const source = seeds[rng.integer(seeds.length)]
  let bytes = source.bytes.slice()
  for (let k = rng.integer(4); k > 0; k--) {
    const at = rng.integer(bytes.length + 1)
    switch (rng.integer(4)) {
      case 0:
        bytes = bytes.slice(0, at)
        break
      case 1:
        bytes = new Uint8Array([...bytes, ...bytes.slice(at)])
        break
      case 2:
        if (at < bytes.length) bytes[at] ^= 1 << rng.integer(8)
        break
      default:
        bytes = new Uint8Array([
          ...bytes.slice(0, at),
          ...seeds[rng.integer(seeds.length)].bytes.slice(0, 4000),
        ])
    }
  }
  return source.json.form === 'text' || rng.integer(10) === 0 ? decoder.decode(bytes) : bytes
}

it('no message makes the hub fail, and none reaches beyond its own link', () => {
  const failures: unknown[] = []
  const hub = createHub({
    limits: { links: 2000, linksPerAddress: 2000, operators: 2000 },
    onError: (e) => failures.push(e),
  })
  const publish = numberPublisher(
    { hub } as never,
    hub.openChannel(numberSpec({ class: 'reliable' })),
  )
  hub.calls$.subscribe((call) => call.refuse({ code: 'refused', text: 'no' }))
  const accept = (open: OpenTransport): void => hub.accept(open, { address: 'test' })
  const bystander = fakeLink(accept)
  bystander.put(helloText())
  bystander.put('{"op":"subscribe","channel":1}')
  const rng = createRng(1)
  let closed = 0
  for (let run = 0; run < 300; run++) {
    const link = fakeLink(accept)
    if (rng.integer(5) > 0) link.put(helloText())
    for (let i = 0; i < 40 && link.code === 0; i++) link.put(mutate(rng))
    if (link.code !== 0) closed++
    hub.drain()
  }
  expect(failures).toEqual([])
  expect(closed).toBeGreaterThan(100)
  expect(bystander.code).toBe(0)
  const before = bystander.sent
  publish(1)
  expect(bystander.sent).toBe(before + 1)
  hub.dispose()
})

it('no message makes the client fail', () => {
  const rng = createRng(2)
  let events: Events | undefined
  const client = createStreamClient({
    open: (e) => {
      events = e
      return { bufferedAmount: 0, send: () => {}, close: () => {} }
    },
  })
  client.frames('test.numbers').subscribe(() => {})
  for (const c of seeds) {
    if (c.json.form === 'text') events?.message(decoder.decode(c.bytes))
    else events?.message(c.bytes)
  }
  for (let i = 0; i < 5000; i++) events?.message(mutate(rng))
  expect(Object.keys(client.refused).length).toBeGreaterThan(1)
  client.close()
})
