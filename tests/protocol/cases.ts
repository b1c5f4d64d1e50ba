import { type Robot, robots } from '@skillweave/model'
import {
  blendSpec,
  bodiesSpec,
  type Channel,
  type ClientMessage,
  contactsSpec,
  createEncoder,
  declareChannel,
  defineLayout,
  describeRobot,
  encodeAck,
  encodeBeat,
  encodeEnable,
  encodeMessage,
  encodeStop,
  encodeStopped,
  gridSpec,
  type HubMessage,
  type ObjectDescription,
  protocolRevision,
  robotAppliedSpec,
  robotCommandSpec,
  robotStateSpec,
  signalsSpec,
} from '@skillweave/protocol'

/** What stands beside the bytes of a fixture. */
export type Expectation = {
  readonly spec: 'skillweave.v1'
  /** `accept`, or `reject:` and the reason. */
  readonly verdict: string
  readonly why: string
} & (
  | { readonly form: 'text'; readonly way: 'C→H' | 'H→C'; readonly message?: unknown }
  | { readonly form: 'control'; readonly fields?: unknown }
  | {
      readonly form: 'data'
      readonly declaration: Channel
      readonly header?: { readonly flags: number; readonly seq: number; readonly time_s: number }
      readonly values?: Readonly<Record<string, readonly number[]>>
    }
)

export interface Case {
  readonly name: string
  readonly bytes: Uint8Array
  readonly json: Expectation
}

const spec = 'skillweave.v1'
const utf8 = new TextEncoder()

/** Every case that must have a fixture. Only ever add: old fixtures are what other programs rely on. */
export function allCases(): readonly Case[] {
  return [...textCases(), ...controlCases(), ...dataCases()]
}

function textCases(): Case[] {
  const fromClient: ClientMessage[] = [
    {
      op: 'hello',
      role: 'operator',
      token: 'AAAAAAAAAAAAAAAAAAAAAA',
      client: { name: 'viewer', version: '0.1.0' },
      rev: protocolRevision,
      features: [],
    },
    { op: 'subscribe', channel: 3, rate_hz: 60 },
    { op: 'unsubscribe', channel: 3 },
    { op: 'call', id: 1, method: 'world.pause', params: { paused: true } },
    { op: 'bye', reason: 'done' },
  ]
  const fromHub: HubMessage[] = [
    {
      op: 'welcome',
      session: 's-1',
      bootId: '00112233445566778899aabbccddeeff',
      rev: 1,
      features: [],
      role: 'operator',
      limits: { textLength: 65_536 },
      clock: { time_s: 12.5, wall: '2026-11-21T10:00:00.000Z' },
    },
    {
      op: 'scene',
      title: 'Court',
      ground: {},
      objects: [ball],
      court: {
        hoop_w: [4, 0, 0],
        yaw: Math.PI,
        width: 15,
        length: 14,
        arcRadius: 6.75,
        keyWidth: 4.9,
        keyLength: 5.8,
      },
    },
    { op: 'robots', list: [] },
    {
      op: 'skills',
      robot: 'h1',
      list: [{ name: 'walk', title: 'Walk', color: 0, goals: ['linVelX_mps'] }],
    },
    {
      op: 'world',
      paused: false,
      speed: 0.5,
      seed: 7,
      controller: 'blend',
      controllers: ['blend', 'choose'],
      targets: [{ name: 'hoop', pos_w: [4, 0, 3.05] }],
    },
    { op: 'timeline', id: 2, time_s: 0, reason: 'reset' },
    { op: 'channels', list: [numbers(7)] },
    { op: 'retract', ids: [3] },
    { op: 'subscribed', channel: 3, rate_hz: 60 },
    { op: 'result', id: 1, ok: true, value: null },
    {
      op: 'result',
      id: 2,
      ok: false,
      error: { code: 'unknown-name', text: 'there is no target "moon"', known: ['hoop'] },
    },
    {
      op: 'event',
      seq: 1,
      time_s: 1.5,
      name: 'skill.switched',
      robot: 'h1',
      data: { from: null, to: 'walk' },
    },
    { op: 'notice', id: 'slow', level: 'warning', text: 'Läuft mit 0,6×' },
    { op: 'error', code: 'unknown-op', text: 'there is no op "x" this way' },
    { op: 'bye', reason: 'the server ends' },
    {
      op: 'stats',
      channels: { 'view.bodies/h1': { sent: 60, dropped: 0, rate_hz: 60 } },
      rtt_ms: null,
      queued_B: 0,
      refused: 0,
      clients: 1,
    },
  ]
  const good = (way: 'C→H' | 'H→C', message: ClientMessage | HubMessage, i: number): Case => ({
    name: `${way === 'C→H' ? 'client' : 'hub'}-${String(i).padStart(2, '0')}-${message.op}`,
    bytes: utf8.encode(encodeMessage(message)),
    json: {
      spec,
      verdict: 'accept',
      why: `an example of ${message.op}`,
      form: 'text',
      way,
      message,
    },
  })
  const bad = (name: string, text: string, reason: string, why: string): Case => ({
    name: `client-bad-${name}`,
    bytes: utf8.encode(text),
    json: { spec, verdict: `reject:${reason}`, why, form: 'text', way: 'C→H' },
  })
  return [
    ...fromClient.map((m, i) => good('C→H', m, i)),
    ...fromHub.map((m, i) => good('H→C', m, i)),
    bad('not-json', '{op:hello}', 'garbage', 'not JSON'),
    bad('array', '[]', 'garbage', 'a message is an object'),
    bad('no-op', '{"a":1}', 'garbage', 'every message has an op'),
    bad('unknown-op', '{"op":"later"}', 'unknown-op', 'answered with an error; the link stays'),
    bad('channel-0', '{"op":"subscribe","channel":0}', 'garbage', '0 means no channel'),
    bad(
      'rate-infinite',
      '{"op":"subscribe","channel":1,"rate_hz":1e400}',
      'garbage',
      '1e400 parses to infinity',
    ),
    bad(
      'deep',
      `{"op":"call","id":1,"method":"x","params":${'['.repeat(16)}${']'.repeat(16)}}`,
      'too-large',
      '17 levels, 16 are allowed',
    ),
    bad(
      'wide',
      `{"op":"call","id":1,"method":"x","params":[${'0,'.repeat(4096)}0]}`,
      'too-large',
      '4097 elements, 4096 are allowed',
    ),
  ]
}

function controlCases(): Case[] {
  const control = (
    name: string,
    bytes: Uint8Array,
    verdict: string,
    why: string,
    fields?: unknown,
  ): Case => ({
    name: `control-${name}`,
    bytes,
    json: { spec, verdict, why, form: 'control', ...(fields === undefined ? {} : { fields }) },
  })
  const ack = { channel: 3, seq: 2 ** 32 - 1, time_s: 1.25 }
  const beat = { seq: 9, time_s: 1e6 + 0.125, echoTime_s: 12.5, held_s: 0.25 }
  const first = { seq: 0, time_s: 0, echoTime_s: 0, held_s: 0 }
  const nonFinite = encodeBeat(beat)
  new DataView(nonFinite.buffer).setFloat64(16, Number.NaN, true)
  const when = { seq: 3, time_s: 12.25 }
  const damp = { stopId: 4, category: 1, cause: 10, robot: 2 } as const
  const stop = new Uint8Array(32)
  stop[0] = 5
  return [
    control('ack', encodeAck(ack), 'accept', 'the header alone, highest seq', {
      kind: 'ack',
      channel: 3,
      seq: ack.seq,
    }),
    control('beat', encodeBeat(beat), 'accept', 'a beat with an echo', {
      kind: 'beat',
      beat: { kind: 4, flags: 0, channel: 0, ...beat },
    }),
    control('beat-first', encodeBeat(first), 'accept', 'a beat before any other', {
      kind: 'beat',
      beat: { kind: 4, flags: 0, channel: 0, ...first },
    }),
    control('stop', stop, 'accept', 'reserved: counted and dropped by this version', {
      kind: 'other',
      code: 5,
    }),
    control('stop-damp', encodeStop({ ...when, ...damp }), 'accept', 'category 1, one robot', {
      kind: 'other',
      code: 5,
    }),
    control(
      'stopped',
      encodeStopped({ ...when, ...damp, appliedAt_s: 12.375 }),
      'accept',
      'the answer to it',
      { kind: 'other', code: 6 },
    ),
    control(
      'enable',
      encodeEnable({ ...when, seenTime_s: 12, grip: 1, leaseEpoch: 2 ** 32 - 1 }),
      'accept',
      'a held grip',
      { kind: 'other', code: 7 },
    ),
    control('beat-nan', nonFinite, 'reject:garbage', 'times are finite'),
    control('beat-short', encodeBeat(beat).slice(0, 31), 'reject:garbage', 'exactly 32 bytes'),
    control(
      'ack-long',
      new Uint8Array([...encodeAck(ack), 0]),
      'reject:garbage',
      'exactly 16 bytes',
    ),
    control('empty', new Uint8Array(0), 'reject:garbage', 'shorter than a header'),
  ]
}

const ball: ObjectDescription = {
  name: 'ball',
  motion: 'dynamic',
  mass: 0.6,
  geoms: [{ type: 'sphere', pos: [0, 0, 0], radius: 0.12 }],
  look: 'ball',
}

const numbers = (n: number): Channel =>
  declareChannel(n, {
    name: 'test.numbers',
    class: 'latest',
    rate_hz: 50,
    clock: 'sim',
    layout: defineLayout({
      fields: [
        { name: 'q', type: 'f32', count: n, unit: 'rad', labels: 'joints' },
        { name: 'code', type: 'u8', count: 1, unit: '1', step: true },
        { name: 'stamp', type: 'f64', count: 1, unit: 's' },
        { name: 'small', type: 'i8', count: 2, unit: 'degC', scale: 0.5, offset: 20 },
      ],
      labels: { joints: Array.from({ length: n }, (_, i) => `joint_${i}`) },
    }),
  })

function dataCases(): Case[] {
  const h1 = describeRobot({ id: 'h1', robot: robots.h1 })
  const person = describeRobot({ id: 'person', robot: robots.ballplayer })
  const skills = [
    { name: 'walk', title: 'Walk', color: 0, goals: ['linVelX_mps', 'yawRate_radps'] },
    { name: 'reach', title: 'Reach', color: 1, goals: ['handX_m'] },
  ]
  const jointsOf = ({ model }: Robot) => ({
    names: model.dofNames,
    isSlide: model.joints.map((j) => j.type === 'prismatic'),
  })
  const g1 = jointsOf(robots['g1-29'])
  const channels: [string, Channel][] = [
    ...[1, 7, 21, 29, 156].map((n): [string, Channel] => [`numbers-${n}`, numbers(n)]),
    ['bodies-hinges', declareChannel(1, bodiesSpec({ robot: h1, objects: [] }))],
    ['bodies-hinges-ball', declareChannel(2, bodiesSpec({ robot: h1, objects: [ball] }))],
    ['bodies-spherical', declareChannel(3, bodiesSpec({ robot: person, objects: [ball] }))],
    [
      'grid',
      declareChannel(4, gridSpec({ robot: h1, objects: [ball], copies: 3, endings: ['fell'] })),
    ],
    ['blend', declareChannel(5, blendSpec({ robot: h1, skills, perJoint: true }))],
    [
      'signals',
      declareChannel(
        65_535,
        signalsSpec({
          signals: [
            { name: 'base.speed_mps', unit: 'm/s' },
            { name: 'timing.p99_ms', unit: 'ms' },
          ],
        }),
      ),
    ],
    ['contacts', declareChannel(9, contactsSpec({ robot: h1, objects: [ball], room: 4 }))],
    ['robot-state', declareChannel(6, robotStateSpec('g1-29', g1))],
    ['robot-command', declareChannel(7, robotCommandSpec('g1-29', g1))],
    ['robot-command-slides', declareChannel(7, robotCommandSpec('arm7', jointsOf(robots.arm7)))],
    ['robot-applied', declareChannel(8, robotAppliedSpec('g1-29', g1))],
  ]
  const cases = channels.map(([name, declaration]): Case => {
    const encoder = createEncoder(declaration)
    for (const field of declaration.fields) fill(encoder.values[field.name], field.order === 'xyzw')
    const header = { flags: 5, seq: 1, time_s: 0.1 }
    const bytes = encoder.encode(header.time_s, header.flags).slice()
    return {
      name: `data-${name}`,
      bytes,
      json: {
        spec,
        verdict: 'accept',
        why: `all fields of ${declaration.name}`,
        form: 'data',
        declaration,
        header,
        values: {},
      },
    }
  })
  const small = cases[0]
  const bad = (name: string, bytes: Uint8Array, reason: string, why: string): Case => ({
    name: `data-bad-${name}`,
    bytes,
    json: { spec, verdict: `reject:${reason}`, why, form: 'data', declaration: numbers(1) },
  })
  const edited = (at: number, value: number): Uint8Array => {
    const bytes = small.bytes.slice()
    bytes[at] = value
    return bytes
  }
  return [
    ...cases,
    bad('short', small.bytes.slice(0, -1), 'length', 'one byte is missing'),
    bad('long', new Uint8Array([...small.bytes, 0]), 'length', 'one byte too many'),
    bad('kind', edited(0, 2), 'kind', 'a command is not data'),
    bad('channel', edited(2, 9), 'channel', 'of another channel'),
  ]
}

/** Values of all signs and sizes that a field can hold, the same every time. */
function fill(values: Float64Array, isQuat: boolean): void {
  for (let i = 0; i < values.length; i++) values[i] = Math.sin(1 + 2.399963 * i)
  if (!isQuat) return
  for (let i = 0; i < values.length; i += 4) {
    const n = Math.hypot(values[i], values[i + 1], values[i + 2], values[i + 3])
    for (let k = i; k < i + 4; k++) values[k] /= n
  }
}
