import type { Result } from './checks.ts'
import { headerBytes } from './layout.ts'

/** Binary kinds. Only `now` ones are sent by this version. The table of docs/protocol.md. */
export const kinds = {
  data: { code: 1, status: 'now' },
  'robot.command': { code: 2, status: 'now' },
  'robot.applied': { code: 3, status: 'reserved' },
  beat: { code: 4, status: 'now' },
  stop: { code: 5, status: 'now' },
  stopped: { code: 6, status: 'now' },
  enable: { code: 7, status: 'now' },
  ack: { code: 8, status: 'now' },
} as const

export const beatBytes = 32
export const ackBytes = headerBytes

/** The 16 bytes in front of every binary message. */
export interface Header {
  readonly kind: number
  readonly flags: number
  readonly channel: number
  readonly seq: number
  readonly time_s: number
}

/** Sent by both sides once a second; two of them measure the link. */
export interface Beat extends Header {
  /** `time_s` of the peer's last beat, 0 before one came. */
  readonly echoTime_s: number
  /** How long ago that one came, s. */
  readonly held_s: number
}

/** A fresh beat message. `time_s`: the sender's monotonic clock. */
export function encodeBeat(beat: {
  readonly seq: number
  readonly time_s: number
  readonly echoTime_s: number
  readonly held_s: number
}): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(beatBytes)
  const view = writeHeader(bytes, { ...beat, kind: kinds.beat.code, flags: 0, channel: 0 })
  view.setFloat64(16, beat.echoTime_s, true)
  view.setFloat32(24, beat.held_s, true)
  return bytes
}

/** A fresh ack message: the last frame of a channel that was processed. */
export function encodeAck(ack: {
  readonly channel: number
  readonly seq: number
  readonly time_s: number
}): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(ackBytes)
  writeHeader(bytes, { ...ack, kind: kinds.ack.code, flags: 0 })
  return bytes
}

/** What a hub or client may receive besides data. */
export type ControlFrame =
  | { readonly kind: 'beat'; readonly beat: Beat }
  | { readonly kind: 'ack'; readonly channel: number; readonly seq: number }
  | { readonly kind: 'data'; readonly header: Header }
  /** None of the link's own: for a robot end where there is one, else count it, drop it. */
  | { readonly kind: 'other'; readonly code: number }

/** Read the header, and all of a beat or ack. Lengths are checked; nothing is thrown. */
export function decodeControl(bytes: Uint8Array): Result<ControlFrame> {
  if (bytes.length < headerBytes) {
    return {
      ok: false,
      text: `a binary message has ${bytes.length} bytes, its header alone has ${headerBytes}`,
    }
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const header = readHeader(view)
  switch (header.kind) {
    case kinds.data.code:
      return { ok: true, value: { kind: 'data', header } }
    case kinds.ack.code:
      if (bytes.length !== ackBytes) return wrongLength('an ack', bytes.length, ackBytes)
      return { ok: true, value: { kind: 'ack', channel: header.channel, seq: header.seq } }
    case kinds.beat.code: {
      if (bytes.length !== beatBytes) return wrongLength('a beat', bytes.length, beatBytes)
      const echoTime_s = view.getFloat64(16, true)
      const held_s = view.getFloat32(24, true)
      if (
        !Number.isFinite(header.time_s) ||
        !Number.isFinite(echoTime_s) ||
        !(held_s >= 0 && held_s < Infinity)
      ) {
        return { ok: false, text: 'a beat has times that are not finite' }
      }
      return { ok: true, value: { kind: 'beat', beat: { ...header, echoTime_s, held_s } } }
    }
    default:
      return { ok: true, value: { kind: 'other', code: header.kind } }
  }
}

const wrongLength = (what: string, found: number, expected: number): Result<never> => ({
  ok: false,
  text: `${what} has ${found} bytes, expected ${expected}`,
})

function writeHeader(bytes: Uint8Array<ArrayBuffer>, header: Header): DataView {
  const view = new DataView(bytes.buffer)
  view.setUint8(0, header.kind)
  view.setUint8(1, header.flags)
  view.setUint16(2, header.channel, true)
  view.setUint32(4, header.seq, true)
  view.setFloat64(8, header.time_s, true)
  return view
}

const readHeader = (view: DataView): Header => ({
  kind: view.getUint8(0),
  flags: view.getUint8(1),
  channel: view.getUint16(2, true),
  seq: view.getUint32(4, true),
  time_s: view.getFloat64(8, true),
})
