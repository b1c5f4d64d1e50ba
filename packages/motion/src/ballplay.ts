import { readTorchTensor, writeTorchTensor } from '@skillweave/torch-files'
import { type Clip, nBodies, nJoints } from './clip.ts'

/*
 * Columns of a BallPlay clip file: float32 [frames, 337] at 60 frames/s.
 *   0–2 root position, 3–5 root rotation vector, 6–8 the same again, 9–164 joint rotation vectors,
 *   165–323 body positions, 324–326 ball position, 327–335 unused, 336 contact label.
 */
const columns = 337
const col = {
  rootPos: 0,
  rootRot: 3,
  rootRotCopy: 6,
  jointRot: 9,
  bodyPos: 165,
  ball: 324,
  label: 336,
}

/** Frames per second of BallPlay clips. */
export const ballPlayFps = 60

/**
 * Read a BallPlay clip (`.pt`). The skill number is the leading integer of the file name, which also
 * names the clip. Throws, naming the file, on anything but a finite [frames ≥ 2, 337] tensor.
 */
export function readClip(bytes: Uint8Array, fileName: string): Clip {
  const name = fileName.replace(/^.*[\\/]/, '').replace(/\.pt$/, '')
  try {
    return clipFromTensor(readTorchTensor(bytes), name)
  } catch (error) {
    throw new Error(`${fileName}: ${(error as Error).message}`)
  }
}

function clipFromTensor(
  { shape, data }: { shape: readonly number[]; data: Float32Array },
  name: string,
): Clip {
  if (shape.length !== 2 || shape[1] !== columns) {
    throw new Error(`tensor is [${shape.join(', ')}], expected [frames, ${columns}]`)
  }
  const nFrames = shape[0]
  if (nFrames < 2) throw new Error(`${nFrames} frames, expected at least 2`)
  const bad = data.findIndex((x) => !Number.isFinite(x))
  if (bad >= 0) {
    throw new Error(
      `frame ${Math.floor(bad / columns)}, column ${bad % columns} is ${data[bad]}, expected a finite number`,
    )
  }
  const take = (from: number, width: number): Float64Array => {
    const out = new Float64Array(nFrames * width)
    for (let t = 0; t < nFrames; t++) {
      for (let k = 0; k < width; k++) out[t * width + k] = data[t * columns + from + k]
    }
    return out
  }
  return {
    name,
    skillNumber: Number.parseInt(name, 10) || 0,
    fps: ballPlayFps,
    nFrames,
    rootPos_w: take(col.rootPos, 3),
    rootRot: take(col.rootRot, 3),
    jointRot: take(col.jointRot, 3 * nJoints),
    bodyPos_w: take(col.bodyPos, 3 * nBodies),
    ballPos_w: take(col.ball, 3),
    label: take(col.label, 1),
  }
}

/** Write a clip as a BallPlay file. Inverse of `readClip` up to 32-bit rounding. */
export function writeBallPlayClip(clip: Clip): Uint8Array {
  const data = new Float32Array(clip.nFrames * columns)
  const put = (to: number, from: Float64Array, width: number) => {
    for (let t = 0; t < clip.nFrames; t++) {
      for (let k = 0; k < width; k++) data[t * columns + to + k] = from[t * width + k]
    }
  }
  put(col.rootPos, clip.rootPos_w, 3)
  put(col.rootRot, clip.rootRot, 3)
  put(col.rootRotCopy, clip.rootRot, 3)
  put(col.jointRot, clip.jointRot, 3 * nJoints)
  put(col.bodyPos, clip.bodyPos_w, 3 * nBodies)
  put(col.ball, clip.ballPos_w, 3)
  put(col.label, clip.label, 1)
  return writeTorchTensor({ shape: [clip.nFrames, columns], data })
}
