import { textExcess, textLimits } from '@skillweave/protocol'
import { encode } from 'cbor2'

/** An operation of rosbridge v2. Fields are checked by whoever reads them. */
export interface RosOperation {
  readonly op: string
  readonly [field: string]: unknown
}

/** Read a text; a sentence when it is none. Depth and size are looked at before it is parsed. */
export function readOperation(text: string): RosOperation | string {
  const excess = textExcess(text, textLimits)
  if (excess) return excess
  try {
    const value = JSON.parse(text)
    if (typeof value?.op === 'string') return value
    return 'a message has no "op"'
  } catch (error) {
    return `a message is not JSON: ${(error as Error).message}`
  }
}

/** JSON with typed arrays as lists; what is not finite becomes null, as rosbridge does it. */
export const operationText = (operation: RosOperation): string =>
  JSON.stringify(operation, (_key, value) =>
    ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value,
  )

/** CBOR with the tags of little-endian typed arrays. */
export const operationCbor = (operation: RosOperation): Uint8Array => encode(operation)
