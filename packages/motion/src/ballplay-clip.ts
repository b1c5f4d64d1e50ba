import { unzipSync } from 'fflate'
import { readTensorPickle } from './pickle.ts'

/** Columns of a BallPlay clip (SkillMimic, arXiv 2408.15270), 60 frames/s. */
export const clipColumns = 337
const clipFps = 60

/** A recorded motion of body and ball, as in the file. */
export interface Clip {
  readonly name: string
  readonly fps: number
  readonly nFrames: number
  /**
   * [nFrames, 337]: root position (0–2), root rotation as exponential map (3–5), 52 joints' exponential
   * maps (9–164), 53 body positions (165–323), ball position (324–326), contact label (336).
   */
  readonly data: Float32Array
}

/**
 * Read a clip as PyTorch stores it: a zip with a pickle that describes one float tensor and its raw
 * little-endian numbers. Throws when the file is cut short, holds anything else, or is not finite.
 */
export function readClip(bytes: Uint8Array, name: string): Clip {
  const fail = (why: string): never => {
    throw new Error(`clip ${name}: ${why}`)
  }
  let members: Record<string, Uint8Array>
  try {
    members = unzipSync(bytes)
  } catch (error) {
    return fail(
      `not a whole zip archive (${bytes.length} bytes; ${(error as Error).message}). Is the file cut short?`,
    )
  }
  const names = Object.keys(members)
  const pickle = names.find((n) => n.endsWith('/data.pkl'))
  if (!pickle) return fail(`no data.pkl inside; it has ${names.join(', ') || 'nothing'}`)
  let tensor: ReturnType<typeof readTensorPickle>
  try {
    tensor = readTensorPickle(members[pickle])
  } catch (error) {
    return fail((error as Error).message)
  }
  const storage = names.find((n) => n.endsWith(`/data/${tensor.storage}`))
  if (!storage) return fail(`its storage "${tensor.storage}" is missing`)
  const [nFrames, columns] = tensor.shape
  if (tensor.shape.length !== 2 || columns !== clipColumns) {
    return fail(`a tensor of shape [${tensor.shape}], expected [frames, ${clipColumns}]`)
  }
  if (tensor.strides[0] !== columns || tensor.strides[1] !== 1) {
    return fail(`the tensor is not stored row by row (strides ${tensor.strides})`)
  }
  const raw = members[storage]
  const from = 4 * tensor.offset
  const length = 4 * nFrames * columns
  if (raw.length < from + length) {
    return fail(`${raw.length} bytes of numbers, expected ${from + length} for ${nFrames} frames`)
  }
  const data = new Float32Array(nFrames * columns)
  const view = new DataView(raw.buffer, raw.byteOffset + from, length)
  for (let i = 0; i < data.length; i++) {
    data[i] = view.getFloat32(4 * i, true)
    if (!Number.isFinite(data[i])) {
      return fail(`frame ${Math.floor(i / columns)}, column ${i % columns} is ${data[i]}`)
    }
  }
  if (nFrames < 8) return fail(`${nFrames} frames, expected at least 8`)
  return { name, fps: clipFps, nFrames, data }
}
