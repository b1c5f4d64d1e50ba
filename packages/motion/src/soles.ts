import { quatExp, quatRotate, quatRotateAt, type Vec3 } from '@skillweave/math'
import { linkIndex, type Robot } from '@skillweave/model'
import { type PoseTrack, placeLinks, smooth, turnLink } from './pose-track.ts'

export interface SoleFit {
  /** Largest lift of the whole body, m. */
  readonly liftMax: number
  /** Largest turn of an ankle, rad. */
  readonly ankleMax: number
  /** Lowest sole point before and after, m. */
  readonly lowestBefore: number
  readonly lowestAfter: number
}

/**
 * Keep the soles out of the floor, in place. Recorded feet bend at the toes and stand a little low, so
 * a rigid sole dips in at toe-off. First the whole clip is lifted so that a standing sole just touches;
 * then a dipping foot is turned about its lateral axis until its lowest corner is on the floor (at most
 * 0.6 rad); what is left lifts the body, smoothly over a tenth of a second.
 */
export function fitSoles(track: PoseTrack): SoleFit {
  const feet = track.robot.feet.map((name) => bindSole(track.robot, name))
  const lowest = () => {
    let low = Number.POSITIVE_INFINITY
    for (let t = 0; t < track.nFrames; t++)
      for (const f of feet) low = Math.min(low, f.height(track, t))
    return low
  }
  const lowestBefore = lowest()
  const lift = standingLift(track, feet)
  for (let t = 0; t < track.nFrames; t++) liftFrame(track, t, lift)

  let ankleMax = 0
  for (const foot of feet) ankleMax = Math.max(ankleMax, turnFoot(track, foot))
  const rest = restLift(track, feet)
  let liftMax = lift
  for (let t = 0; t < track.nFrames; t++) {
    liftFrame(track, t, rest[t])
    liftMax = Math.max(liftMax, lift + rest[t])
  }
  return { liftMax, ankleMax, lowestBefore, lowestAfter: lowest() }
}

interface Sole {
  readonly link: number
  /** Corners that can touch the floor, link frame, with the radius around them. */
  readonly corners: readonly { readonly pos: Vec3; readonly radius: number }[]
  /** Height of the lowest point at frame t, with the foot turned by `angle` about its x axis. */
  height(track: PoseTrack, t: number, angle?: number): number
}

function bindSole(robot: Robot, name: string): Sole {
  const link = linkIndex(robot.model, name)
  const corners = robot.model.links[link].geoms.flatMap((g) => {
    if (g.collides === false) return []
    if (g.type === 'sphere') return [{ pos: g.pos, radius: g.radius }]
    if (g.type === 'capsule') return [g.from, g.to].map((pos) => ({ pos, radius: g.radius }))
    if (g.type !== 'box') return []
    return [-1, 1].flatMap((x) =>
      [-1, 1].flatMap((y) =>
        [-1, 1].map((z) => {
          const [hx, hy, hz] = g.halfSize
          const v = quatRotate(g.quat, [x * hx, y * hy, z * hz])
          return { pos: [g.pos[0] + v[0], g.pos[1] + v[1], g.pos[2] + v[2]] as const, radius: 0 }
        }),
      ),
    )
  })
  if (corners.length === 0)
    throw new Error(`${robot.name}: foot "${name}" has no shape to stand on`)
  const v = new Float64Array(3)
  return {
    link,
    corners,
    height(track, t, angle = 0) {
      const o = t * track.nLinks + link
      const turn = quatExp([angle, 0, 0])
      let low = Number.POSITIVE_INFINITY
      for (const { pos, radius } of corners) {
        quatRotateAt(v, 0, turn, 0, pos, 0)
        quatRotateAt(v, 0, track.quat, 4 * o, v, 0)
        low = Math.min(low, track.pos[3 * o + 2] + v[2] - radius)
      }
      return low
    },
  }
}

/** How far a standing sole is in the floor: the median over frames with a foot near it, m, ≥ 0. */
function standingLift(track: PoseTrack, feet: readonly Sole[]): number {
  const low: number[] = []
  for (let t = 0; t < track.nFrames; t++) {
    const h = Math.min(...feet.map((f) => f.height(track, t)))
    if (h < 0.02) low.push(h)
  }
  if (low.length === 0) return 0
  low.sort((a, b) => a - b)
  // The shallower quarter: flat feet; the deeper ones are toes that should bend.
  return Math.max(0, -low[Math.floor(0.75 * (low.length - 1))])
}

function liftFrame(track: PoseTrack, t: number, by: number): void {
  for (let i = 0; i < track.nLinks; i++) track.pos[3 * (t * track.nLinks + i) + 2] += by
}

const angleMax = 0.6
const angleStep = 0.02

/** Turn a foot about its lateral axis where it dips; returns the largest angle, rad. */
function turnFoot(track: PoseTrack, foot: Sole): number {
  const angle = new Float64Array(track.nFrames)
  for (let t = 0; t < track.nFrames; t++) angle[t] = footAngle(track, foot, t)
  smooth(angle, 1)
  const turn = new Float64Array(3)
  let max = 0
  for (let t = 0; t < track.nFrames; t++) {
    if (angle[t] === 0) continue
    const o = 4 * (t * track.nLinks + foot.link)
    quatRotateAt(turn, 0, track.quat, o, [angle[t], 0, 0], 0)
    turnLink(track, t, foot.link, turn)
    placeLinks(track, t)
    max = Math.max(max, Math.abs(angle[t]))
  }
  return max
}

/** The smallest turn that brings the lowest corner to the floor, or the one that lifts it most. */
function footAngle(track: PoseTrack, foot: Sole, t: number): number {
  let best = foot.height(track, t)
  if (best >= 0) return 0
  let bestAngle = 0
  for (let a = angleStep; a <= angleMax; a += angleStep) {
    for (const angle of [a, -a]) {
      const h = foot.height(track, t, angle)
      if (h >= 0) return angle
      if (h > best) {
        best = h
        bestAngle = angle
      }
    }
  }
  return bestAngle
}

/** What still dips, widened by a twentieth of a second to both sides and smoothed. */
function restLift(track: PoseTrack, feet: readonly Sole[]): Float64Array {
  const need = new Float64Array(track.nFrames)
  for (let t = 0; t < track.nFrames; t++) {
    need[t] = Math.max(0, ...feet.map((f) => -f.height(track, t)))
  }
  const out = new Float64Array(track.nFrames)
  for (let t = 0; t < track.nFrames; t++) {
    for (let j = -4; j <= 4; j++) {
      const s = Math.min(track.nFrames - 1, Math.max(0, t + j))
      out[t] = Math.max(out[t], need[s])
    }
  }
  smooth(out, 1)
  smooth(out, 1)
  return out
}
