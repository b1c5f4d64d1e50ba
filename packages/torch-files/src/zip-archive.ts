import { inflateSync } from 'fflate'

/** One file inside a zip archive. */
export interface ZipMember {
  readonly name: string
  /** Unpacked contents, checked against the archive's CRC. */
  readonly data: Uint8Array
}

/**
 * Read a zip archive from its central directory, with every check a damaged download needs: the
 * directory must be there, each member must lie inside the file and match its CRC-32. What a bomb would
 * need is refused before anything is unpacked: more than 512 MiB in all, or a large member packed to less than a
 * hundredth. Throws, naming the member.
 */
export function readZip(bytes: Uint8Array): ZipMember[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { start, count } = findDirectory(view)
  const members: ZipMember[] = []
  let at = start
  let total = 0
  for (let i = 0; i < count; i++) {
    if (at + 46 > view.byteLength || view.getUint32(at, true) !== 0x02014b50) {
      throw new Error(`zip directory entry ${i + 1} of ${count} at byte ${at} is damaged`)
    }
    const nameLength = view.getUint16(at + 28, true)
    const name = latin1(bytes.subarray(at + 46, at + 46 + nameLength))
    total += unpackedSize(view, at, name)
    if (total > totalMax) {
      throw new Error(`the zip archive unpacks to more than ${totalMax / 2 ** 20} MiB: refused`)
    }
    members.push({ name, data: readMember(bytes, view, at, name) })
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
  }
  return members
}

/** All that an archive may unpack to, B. */
const totalMax = 512 * 2 ** 20
/** Members below this size are not worth a bomb, B. */
const smallMember = 2 ** 20
/** What numbers are packed to at best, and zeros never are. */
const ratioMax = 100

/** The size an entry claims; throws when no honest packing reaches it. */
function unpackedSize(view: DataView, entry: number, name: string): number {
  const packed = view.getUint32(entry + 20, true)
  const size = view.getUint32(entry + 24, true)
  if (size > smallMember && size > ratioMax * packed) {
    throw new Error(
      `zip member "${name}" says that ${packed} bytes unpack to ${size}: refused as a bomb, at most ${ratioMax} to 1`,
    )
  }
  return size
}

/** Find the end-of-directory record: it is last, but for a comment. */
function findDirectory(view: DataView): { start: number; count: number } {
  const n = view.byteLength
  if (n < 4 || view.getUint32(0, true) !== 0x04034b50) {
    const head =
      n < 4 ? `${n} bytes` : `0x${view.getUint32(0, false).toString(16).padStart(8, '0')}`
    throw new Error(`not a zip archive: it begins with ${head}, a zip with 0x504b0304`)
  }
  for (let at = n - 22; at >= Math.max(0, n - 22 - 0xffff); at--) {
    if (view.getUint32(at, true) !== 0x06054b50) continue
    return { count: view.getUint16(at + 10, true), start: view.getUint32(at + 16, true) }
  }
  throw new Error(`the zip archive is cut off: no directory at the end of its ${n} bytes`)
}

function readMember(bytes: Uint8Array, view: DataView, entry: number, name: string): Uint8Array {
  const method = view.getUint16(entry + 10, true)
  const crc = view.getUint32(entry + 16, true)
  const packed = view.getUint32(entry + 20, true)
  const size = view.getUint32(entry + 24, true)
  const local = view.getUint32(entry + 42, true)
  if (local + 30 > bytes.length || view.getUint32(local, true) !== 0x04034b50) {
    throw new Error(`zip member "${name}" should start at byte ${local}, but nothing does`)
  }
  const from = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true)
  if (from + packed > bytes.length) {
    throw new Error(
      `zip member "${name}" ends at byte ${from + packed}, the file at ${bytes.length}: cut off`,
    )
  }
  const raw = bytes.subarray(from, from + packed)
  if (method !== 0 && method !== 8) {
    throw new Error(
      `zip member "${name}" uses method ${method}; stored (0) and deflate (8) are known`,
    )
  }
  const data = method === 0 ? raw : inflateSync(raw, { out: new Uint8Array(size) })
  if (data.length !== size) {
    throw new Error(`zip member "${name}" has ${data.length} bytes, its entry says ${size}`)
  }
  const found = crc32(data)
  if (found !== crc) {
    throw new Error(
      `zip member "${name}" is damaged: CRC ${found.toString(16)}, expected ${crc.toString(16)}`,
    )
  }
  return data
}

/** CRC-32 as in zip (polynomial 0xedb88320). */
export function crc32(data: Uint8Array): number {
  let c = 0xffffffff
  for (let i = 0; i < data.length; i++) c = crcTable[(c ^ data[i]) & 0xff] ^ (c >>> 8)
  return (c ^ 0xffffffff) >>> 0
}

const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
  return c >>> 0
})

const latin1 = (bytes: Uint8Array): string => String.fromCharCode(...bytes)
