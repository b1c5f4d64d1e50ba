import { type BoundEvent, defineEvent } from '../define.ts'

/**
 * The default pose at the environment's origin, still, 2 cm above the ground, every joint off by up to
 * `jointSpread` rad, the heading by up to `yawSpread` rad.
 */
export const defaultStart = defineEvent(
  'defaultStart',
  (p: { jointSpread: number; yawSpread: number }, { robot, simulator, rng }): BoundEvent => {
    const q = new Float64Array(robot.qDefault.length)
    const basePos_w = [0, 0, robot.standingHeight + 0.02]
    const baseQuat_w = new Float64Array(4)
    const [x, y, z, w] = robot.standingQuat
    return {
      apply: (s) => {
        for (const joint of robot.model.joints) {
          const wanted = robot.qDefault[joint.dof] + rng.range(-p.jointSpread, p.jointSpread)
          q[joint.dof] = Math.min(joint.upper[0], Math.max(joint.lower[0], wanted))
        }
        const half = rng.range(-p.yawSpread, p.yawSpread) / 2
        const c = Math.cos(half)
        const n = Math.sin(half)
        // Rz(yaw) · standing
        baseQuat_w[0] = c * x - n * y
        baseQuat_w[1] = c * y + n * x
        baseQuat_w[2] = c * z + n * w
        baseQuat_w[3] = c * w - n * z
        simulator.reset(s.index, { basePos_w, baseQuat_w, q })
      },
    }
  },
)
