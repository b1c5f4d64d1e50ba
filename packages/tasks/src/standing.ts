import type { BindContext, EnvState } from '@skillweave/mdp'
import { objectIndex, type Robot } from '@skillweave/model'
import { ballRadius } from './ball.ts'

/**
 * Put a robot into a named pose, still, at the environment's origin, with any heading and a little noise
 * in the joints; returns the heading, rad. Throws, naming the poses, when the robot has no such pose.
 */
export function placeStanding(
  { simulator, rng }: Pick<BindContext, 'simulator' | 'rng'>,
  robot: Robot,
  name: string,
): (s: EnvState) => number {
  const pose = robot.poses?.[name]
  if (!pose) {
    const known = Object.keys(robot.poses ?? {}).join(', ') || 'none'
    throw new Error(`${robot.name} has no pose "${name}"; it has ${known}`)
  }
  const q = new Float64Array(pose.q.length)
  return (s) => {
    for (let i = 0; i < q.length; i++) q[i] = pose.q[i] + 0.03 * rng.normal()
    const yaw = rng.range(-Math.PI, Math.PI)
    const [x, y, z, w] = robot.standingQuat
    const c = Math.cos(yaw / 2)
    const n = Math.sin(yaw / 2)
    simulator.reset(s.index, {
      basePos_w: [0, 0, pose.baseHeight + 0.005],
      // Rz(yaw) · standing
      baseQuat_w: [c * x - n * y, c * y + n * x, c * z + n * w, c * w - n * z],
      q,
    })
    return yaw
  }
}

/** Where a ball may be laid: distance from the base, m, and direction in the world, rad. */
export interface BallPlace {
  readonly distance: readonly [number, number]
  /** Default: any direction. */
  readonly direction?: readonly [number, number]
}

/** Lay the ball on the floor, still, at a random place around the base. */
export function layBall({
  simulator,
  scene,
  rng,
}: Pick<BindContext, 'simulator' | 'scene' | 'rng'>): (s: EnvState, place: BallPlace) => void {
  const ball = objectIndex(scene, 'ball')
  return (s, { distance: [nearest, furthest], direction: [from, to] = [-Math.PI, Math.PI] }) => {
    const angle = rng.range(from, to)
    const distance = rng.range(nearest, furthest)
    const x = s.linkPos_w[0] + distance * Math.cos(angle)
    const y = s.linkPos_w[1] + distance * Math.sin(angle)
    simulator.placeObject(s.index, ball, [x, y, ballRadius])
  }
}
