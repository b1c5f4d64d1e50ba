import type { Robot } from '@skillweave/model'
import { crc32 } from '@skillweave/torch-files'
import { completeReference, type Reference } from './reference.ts'

/*
 * File of fitted motions, so that a library need not be built anew: "SWMOTION", then little-endian
 * u32 header length, a JSON header padded with spaces to a multiple of 4, float32 numbers, u32 CRC of
 * all before. Per motion and frame: base position 3, orientation 4, velocities 3 + 3, q, dq, ball
 * position 3 and velocity 3, label 1. Link poses and contacts follow from these.
 */
const magic = 'SWMOTION'
const baseWidth = 3 + 4 + 3 + 3 + 3 + 3 + 1

interface Header {
  readonly version: 1
  readonly robot: string
  readonly nDof: number
  readonly motions: readonly Pick<Reference, 'name' | 'skill' | 'fps' | 'nFrames' | 'loop'>[]
}

/** The motions of a robot as one file. */
export function writeReferences(references: readonly Reference[], robot: Robot): Uint8Array {
  const nDof = robot.qDefault.length
  const header: Header = {
    version: 1,
    robot: robot.name,
    nDof,
    motions: references.map(({ name, skill, fps, nFrames, loop }) => ({
      name,
      skill,
      fps,
      nFrames,
      ...(loop ? { loop } : {}),
    })),
  }
  // Escaped to ASCII, so that characters are bytes.
  const json = JSON.stringify(header).replace(
    /[\u0080-\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  const text = json.padEnd(Math.ceil(json.length / 4) * 4)
  const count = references.reduce((n, r) => n + r.nFrames * (baseWidth + 2 * nDof), 0)
  const bytes = new Uint8Array(12 + text.length + 4 * count + 4)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < 8; i++) bytes[i] = magic.charCodeAt(i)
  view.setUint32(8, text.length, true)
  for (let i = 0; i < text.length; i++) bytes[12 + i] = text.charCodeAt(i)
  let at = 12 + text.length
  for (const reference of references) {
    for (const column of columnsOf(reference)) {
      for (const x of column) {
        view.setFloat32(at, x, true)
        at += 4
      }
    }
  }
  view.setUint32(at, crc32(bytes.subarray(0, at)), true)
  return bytes
}

/**
 * Read a file of `writeReferences`. Numbers come back as 32-bit floats; link poses are computed for
 * `robot`. Throws when the file is damaged or was made for another robot.
 */
export function readReferences(bytes: Uint8Array, robot: Robot): Reference[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const head = String.fromCharCode(...bytes.subarray(0, 8))
  if (head !== magic) throw new Error(`not a file of motions: it begins with "${head}"`)
  const end = bytes.length - 4
  const headerEnd = bytes.length < 16 ? 0 : 12 + view.getUint32(8, true)
  if (end < headerEnd || crc32(bytes.subarray(0, end)) !== view.getUint32(end, true)) {
    throw new Error(`the file of motions is damaged or cut off (${bytes.length} bytes)`)
  }
  const text = Array.from(bytes.subarray(12, headerEnd), (b) => String.fromCharCode(b)).join('')
  const header = JSON.parse(text) as Header
  if (header.version !== 1)
    throw new Error(`file of motions has version ${header.version}, expected 1`)
  const nDof = robot.qDefault.length
  if (header.robot !== robot.name || header.nDof !== nDof) {
    throw new Error(
      `the motions are for ${header.robot} (${header.nDof} coordinates), not ${robot.name} (${nDof})`,
    )
  }
  let at = headerEnd
  return header.motions.map((motion) => {
    const take = (width: number) => {
      const out = new Float64Array(motion.nFrames * width)
      for (let i = 0; i < out.length; i++, at += 4) out[i] = view.getFloat32(at, true)
      return out
    }
    const basePos_w = take(3)
    const baseQuat_w = normalised(take(4))
    const rates = { baseLinVel_w: take(3), baseAngVel_w: take(3) }
    const q = take(nDof)
    const dq = take(nDof)
    const objectPos_w = take(3)
    const objectLinVel_w = take(3)
    const label = take(1)
    return completeReference(
      robot,
      { ...motion, basePos_w, baseQuat_w, q, objectPos_w, label },
      { ...rates, dq, objectLinVel_w },
    )
  })
}

const columnsOf = (r: Reference): Float64Array[] => [
  r.basePos_w,
  r.baseQuat_w,
  r.baseLinVel_w,
  r.baseAngVel_w,
  r.q,
  r.dq,
  r.objectPos_w,
  r.objectLinVel_w,
  r.label,
]

function normalised(quats: Float64Array): Float64Array {
  for (let i = 0; i < quats.length; i += 4) {
    const n = Math.hypot(quats[i], quats[i + 1], quats[i + 2], quats[i + 3])
    for (let k = 0; k < 4; k++) quats[i + k] /= n
  }
  return quats
}
