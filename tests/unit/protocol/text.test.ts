import {
  channelProblem,
  declareChannel,
  defineLayout,
  encodeMessage,
  helloLimits,
  methods,
  parseClientMessage,
  parseHubMessage,
  textExcess,
  textLimits,
} from '@skillweave/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const hello = {
  op: 'hello',
  role: 'spectator',
  client: { name: 'test', version: '1' },
  rev: 1,
  features: [],
} as const

describe('texts from a client', () => {
  it('come back as what was sent, without what this version does not know', () => {
    const text = JSON.stringify({ ...hello, future: 1 })
    expect(parseClientMessage(text)).toEqual({ ok: true, value: hello })
    expect(parseClientMessage(encodeMessage({ op: 'subscribe', channel: 3, rate_hz: 20 }))).toEqual(
      {
        ok: true,
        value: { op: 'subscribe', channel: 3, rate_hz: 20 },
      },
    )
  })

  it('are refused with the field, what was found and what was expected', () => {
    const refusal = (x: unknown): string => {
      const r = parseClientMessage(JSON.stringify(x))
      return r.ok ? 'accepted' : `${r.reason}: ${r.text}`
    }
    expect(refusal({ ...hello, role: 'king' })).toBe(
      'garbage: hello: role is "king", expected "spectator" or "operator" or "controller"',
    )
    expect(refusal({ ...hello, client: { name: 'x' } })).toContain('client.version is missing')
    expect(refusal({ op: 'subscribe', channel: 0 })).toContain('an integer in [1, 65535]')
    expect(refusal({ op: 'subscribe', channel: 1, rate_hz: 1e9 })).toContain('a rate in (0, 1000]')
    expect(refusal({ op: 'frobnicate' })).toContain('unknown-op: there is no op "frobnicate"')
    expect(refusal({})).toBe('garbage: a message has no op')
    expect(refusal([1])).toContain('not a JSON object')
    expect(refusal(null)).toContain('not a JSON object')
    expect(refusal({ op: 'toString' })).toContain('unknown-op')
  })

  it('never make the parser throw', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        parseClientMessage(text)
        parseHubMessage(text)
      }),
    )
    fc.assert(
      fc.property(fc.json(), (text) => {
        parseClientMessage(text)
        parseHubMessage(text)
      }),
    )
  })

  it('that are JSON bombs are refused before they are parsed', () => {
    const deep = '['.repeat(60_000)
    expect(textExcess(deep, textLimits)).toBe('a message is nested deeper than 16')
    const wide = `{"op":"call","params":[${'0,'.repeat(5000)}0]}`
    expect(textExcess(wide, textLimits)).toBe('a message has a list of more than 4096 elements')
    expect(textExcess('x'.repeat(70_000), textLimits)).toContain('at most 65536')
    expect(textExcess('x'.repeat(5000), helloLimits)).toContain('at most 4096')
    expect(parseClientMessage(deep)).toMatchObject({ ok: false, reason: 'too-large' })
    // Brackets inside texts, and escaped quotes, do not count.
    expect(textExcess(JSON.stringify({ text: `"${'['.repeat(100)}\\"` }), textLimits)).toBeNull()
  })

  it('cannot smuggle a prototype in', () => {
    const text = `{"op":"hello","__proto__":{"isAdmin":true},${JSON.stringify(hello).slice(1)}`
    const r = parseClientMessage(text)
    expect(r.ok && Object.keys(r.value)).not.toContain('__proto__')
    expect((Object.prototype as { isAdmin?: boolean }).isAdmin).toBeUndefined()
    const weights = JSON.parse('{"weights":{"__proto__":1},"mode":"override"}')
    const checked = methods['skill.weights'].params(weights, '')
    expect(checked.ok && Object.getPrototypeOf(checked.value.weights)).toBeNull()
  })
})

describe('texts from a hub', () => {
  it('have at least the outer form that reading them relies on', () => {
    const refusal = (x: unknown): string => {
      const r = parseHubMessage(JSON.stringify(x))
      return r.ok ? 'accepted' : r.text
    }
    expect(refusal({ op: 'result', id: 1, ok: false })).toBe(
      'result: error is undefined, expected object',
    )
    expect(refusal({ op: 'channels', list: 3 })).toBe('channels: list is number, expected array')
    expect(refusal({ op: 'subscribe', channel: 1 })).toContain(
      'there is no op "subscribe" this way',
    )
    expect(refusal({ op: 'timeline', id: 1, time_s: 0, reason: 'reset', more: 1 })).toBe('accepted')
  })

  it('declare channels that can be read, or are told what is wrong', () => {
    const layout = defineLayout({ fields: [{ name: 'x', type: 'f32', count: 1, unit: 'm' }] })
    const spec = { name: 'a', class: 'latest', rate_hz: 50, clock: 'sim', layout } as const
    const channel = declareChannel(1, spec)
    expect(channelProblem(channel)).toBeNull()
    expect(channelProblem(null)).toBe('the value is null, expected an object')
    expect(channelProblem({ ...channel, fields: [null] })).toBe(
      'fields[0] is null, expected an object',
    )
    expect(channelProblem({ ...channel, class: 'urgent' })).toContain('class is "urgent"')
    expect(channelProblem({ ...channel, bytes: 24 })).toContain('declares 24 bytes')
    expect(channelProblem({ ...channel, labels: { a: [1] } })).toContain('labels.a[0] is 1')
  })
})

describe('parameters of calls', () => {
  const problem = (method: keyof typeof methods, params: unknown): string => {
    const r = methods[method].params(params, '')
    return r.ok ? 'accepted' : r.text
  }

  it('refuse unknown fields by name', () => {
    expect(problem('world.pause', { paused: true, now: 1 })).toBe(
      'now is unknown; known are paused',
    )
    expect(problem('world.pause', {})).toBe('paused is missing, expected true or false')
    expect(problem('world.reset', {})).toBe('accepted')
  })

  it('refuse numbers that JSON lets through but physics does not', () => {
    const push = { robot: 'h1', link: 'torso', point_b: [0, 0, 0], target_w: [1, 0, 1] }
    expect(problem('world.push', { ...push, validFor_ms: 200 })).toBe('accepted')
    expect(problem('world.push', { ...push, validFor_ms: 5000 })).toContain('a number in [1, 200]')
    const huge = JSON.parse('{"paused":1e400,"x":[1e400,0,0]}')
    expect(problem('world.push', { ...push, target_w: huge.x, validFor_ms: 100 })).toContain(
      'target_w[0]',
    )
    expect(problem('world.speed', { speed: huge.paused })).toContain('speed is null')
    expect(problem('target.place', { target: 'hoop', pos_w: [1, 2] })).toContain('three numbers')
    expect(
      problem('world.placeObject', { object: 'ball', pos_w: [0, 0, 1], quat_w: [0, 0, 0, 2] }),
    ).toContain('its norm is 2')
    expect(problem('skill.weights', { weights: { walk: 1.5 }, mode: 'override' })).toContain(
      'weights.walk is 1.5',
    )
    expect(problem('skill.weights', { weights: null, mode: 'override' })).toBe('accepted')
  })
})
