/** Binary messages of Foxglove v1; little-endian. */

const ns = (time_s: number): bigint => BigInt(Math.round(time_s * 1e9))

/** Opcode 1, subscription, time in ns, payload. */
export function messageData(subscription: number, time_s: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(13)
  head.writeUInt8(1, 0)
  head.writeUInt32LE(subscription, 1)
  head.writeBigUInt64LE(ns(time_s), 5)
  return Buffer.concat([head, payload])
}

/** Opcode 2, time in ns. */
export function timeData(time_s: number): Buffer {
  const bytes = Buffer.alloc(9)
  bytes.writeUInt8(2, 0)
  bytes.writeBigUInt64LE(ns(time_s), 1)
  return bytes
}

export interface ServiceRequest {
  readonly serviceId: number
  readonly callId: number
}

/** Opcode 2 of a client: service, call, encoding, and a payload that none of our services needs. Null: another one. */
export function readServiceRequest(bytes: Buffer): ServiceRequest | null {
  if (bytes.length < 13 || bytes[0] !== 2) return null
  return { serviceId: bytes.readUInt32LE(1), callId: bytes.readUInt32LE(5) }
}

/** Opcode 3, service, call, length and text of the encoding, payload. */
export function serviceResponse({ serviceId, callId }: ServiceRequest, value: unknown): Buffer {
  const head = Buffer.alloc(13)
  head.writeUInt8(3, 0)
  head.writeUInt32LE(serviceId, 1)
  head.writeUInt32LE(callId, 5)
  head.writeUInt32LE('json'.length, 9)
  return Buffer.concat([head, Buffer.from(`json${JSON.stringify(value)}`)])
}

/** What Foxglove's playback controls ask for. */
export interface PlaybackRequest {
  readonly paused: boolean
  readonly speed: number
  /** Where to go, s; null: on from here. */
  readonly seek_s: number | null
  readonly requestId: string
}

/** Opcode 3 of a client: command, speed, whether to seek, to where in ns, length and text of an id. Null: another one. */
export function readPlaybackRequest(bytes: Buffer): PlaybackRequest | null {
  if (bytes.length < 19 || bytes[0] !== 3 || bytes[1] > 1) return null
  const length = bytes.readUInt32LE(15)
  const speed = bytes.readFloatLE(2)
  if (bytes.length < 19 + length || length > idMax || !Number.isFinite(speed)) return null
  return {
    paused: bytes[1] === 1,
    speed,
    seek_s: bytes[6] === 0 ? null : Number(bytes.readBigUInt64LE(7)) / 1e9,
    requestId: bytes.toString('utf8', 19, 19 + length),
  }
}

const idMax = 256

/** Opcode 5: status, time in ns, speed, whether it went somewhere else, length and text of the request's id. */
export function playbackState(state: {
  readonly status: 'playing' | 'paused' | 'ended'
  readonly time_s: number
  readonly speed: number
  readonly didSeek: boolean
  readonly requestId: string
}): Buffer {
  const id = Buffer.from(state.requestId)
  const head = Buffer.alloc(19)
  head.writeUInt8(5, 0)
  head.writeUInt8({ playing: 0, paused: 1, ended: 3 }[state.status], 1)
  head.writeBigUInt64LE(ns(state.time_s), 2)
  head.writeFloatLE(state.speed, 10)
  head.writeUInt8(state.didSeek ? 1 : 0, 14)
  head.writeUInt32LE(id.length, 15)
  return Buffer.concat([head, id])
}
