import { quatRotate } from '@skillweave/math'
import { linkIndex, type Robot } from '@skillweave/model'
import { loopTransform, type Reference } from '@skillweave/motion'

/** World position of a point of a link at a frame, m. */
function pointOf(r: Reference, robot: Robot, t: number, link: number, pos: ArrayLike<number>) {
  const i = t * robot.model.links.length + link
  const v = quatRotate(r.linkQuat_w.subarray(4 * i, 4 * i + 4), pos)
  return [0, 1, 2].map((k) => r.linkPos_w[3 * i + k] + v[k])
}

/** Distance from a palm's centre (0 left, 1 right) to the ball's centre, m. */
export function palmToBall(r: Reference, robot: Robot, t: number, hand: number): number {
  const site = robot.sites[hand === 0 ? 'leftPalm' : 'rightPalm']
  const p = pointOf(r, robot, t, linkIndex(robot.model, site.link), site.pos)
  return Math.hypot(...p.map((x, k) => x - r.objectPos_w[3 * t + k]))
}

/** Height of the lowest corner of the feet's boxes per frame, m. */
export function lowestSole(r: Reference, robot: Robot): number[] {
  return Array.from({ length: r.nFrames }, (_, t) => {
    let low = Number.POSITIVE_INFINITY
    for (const foot of robot.feet) {
      const link = linkIndex(robot.model, foot)
      for (const geom of robot.model.links[link].geoms) {
        if (geom.type !== 'box') continue
        for (let corner = 0; corner < 8; corner++) {
          const pos = geom.pos.map((x, k) => x + (corner & (1 << k) ? 1 : -1) * geom.halfSize[k])
          low = Math.min(low, pointOf(r, robot, t, link, pos)[2])
        }
      }
    }
    return low
  })
}

/** How far a cycle's last frame is from its first, moved on by one cycle: m and m/s. */
export function seamError(r: Reference, nLinks: number): number {
  const seam = loopTransform(r)
  const last = r.nFrames - 1
  let worst = 0
  const compare = (x: Float64Array, width: number, kind: 'point' | 'vector') => {
    for (let i = 0; i < width; i++) {
      const moved = x.slice(3 * (r.loop!.start * width + i), 3 * (r.loop!.start * width + i) + 3)
      seam[kind](moved, 0, 1)
      for (let k = 0; k < 3; k++) {
        worst = Math.max(worst, Math.abs(moved[k] - x[3 * (last * width + i) + k]))
      }
    }
  }
  compare(r.linkPos_w, nLinks, 'point')
  compare(r.linkLinVel_w, nLinks, 'vector')
  compare(r.objectPos_w, 1, 'point')
  compare(r.objectLinVel_w, 1, 'vector')
  return worst
}
