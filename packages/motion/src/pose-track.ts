import { quatExpAt, quatMulAt, quatRotateAt } from '@skillweave/math'
import type { Robot } from '@skillweave/model'

/** Poses of a robot's links over time, being edited. World frame. */
export interface PoseTrack {
  readonly robot: Robot
  readonly nFrames: number
  readonly nLinks: number
  /** [nFrames, nLinks, 3] m, [nFrames, nLinks, 4] */
  readonly pos: Float64Array
  readonly quat: Float64Array
}

/** Recompute link origins of frame t from the base position, the joint anchors and all orientations. */
export function placeLinks(track: PoseTrack, t: number): void {
  const { links, joints } = track.robot.model
  const first = t * track.nLinks
  for (let i = 1; i < links.length; i++) {
    const p = first + links[i].parent
    const c = first + i
    quatRotateAt(_v, 0, track.quat, 4 * p, joints[i - 1].pos, 0)
    for (let k = 0; k < 3; k++) track.pos[3 * c + k] = track.pos[3 * p + k] + _v[k]
  }
}

/** Turn one link of frame t by a world rotation vector; others keep their orientation. */
export function turnLink(track: PoseTrack, t: number, link: number, rotation: Float64Array): void {
  const o = 4 * (t * track.nLinks + link)
  quatExpAt(_q, 0, rotation, 0)
  quatMulAt(track.quat, o, _q, 0, track.quat, o)
}

/** Moving average over ±2 frames with weights 1 2 4 2 1, rows of `width`; ends repeat. In place. */
export function smooth(x: Float64Array, width: number): void {
  const n = x.length / width
  const from = x.slice()
  for (let t = 0; t < n; t++) {
    for (let k = 0; k < width; k++) {
      let sum = 0
      for (let j = -2; j <= 2; j++) {
        const s = Math.min(n - 1, Math.max(0, t + j))
        sum += kernel[j + 2] * from[s * width + k]
      }
      x[t * width + k] = sum
    }
  }
}

const kernel = [0.1, 0.2, 0.4, 0.2, 0.1]
const _v = new Float64Array(3)
const _q = new Float64Array(4)
