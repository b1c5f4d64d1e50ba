import type { BindContext, EnvState } from '@skillweave/mdp'
import type { Robot } from '@skillweave/model'

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
