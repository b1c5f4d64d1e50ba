import type { BindContext, EnvState } from '@skillweave/mdp'
import { objectIndex, type Robot } from '@skillweave/model'
import { ballRadius } from './ball.ts'

/**
 * Put a robot into a named pose, still, at the environment's origin, with any heading and a little noise
 * in the joints. Throws, naming the poses, when the robot has no such pose.
 */
export function placeStanding(
  { simulator, rng }: Pick<BindContext, 'simulator' | 'rng'>,
  robot: Robot,
  name: string,
): (s: EnvState) => void {
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
  }
}

/** Lay the ball on the floor, still, in a random direction and at a random distance from the base, m. */
export function layBall(
  { simulator, scene, rng }: Pick<BindContext, 'simulator' | 'scene' | 'rng'>,
  [nearest, furthest]: readonly [number, number],
): (s: EnvState) => void {
  const ball = objectIndex(scene, 'ball')
  return (s) => {
    const angle = rng.range(-Math.PI, Math.PI)
    const distance = rng.range(nearest, furthest)
    const x = s.linkPos_w[0] + distance * Math.cos(angle)
    const y = s.linkPos_w[1] + distance * Math.sin(angle)
    simulator.placeObject(s.index, ball, [x, y, ballRadius])
  }
}
