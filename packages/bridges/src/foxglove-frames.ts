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
