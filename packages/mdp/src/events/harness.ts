import { clamp, quatRotateAt, quatRotateInv } from '@skillweave/math'
import { bindKinematics, type Robot } from '@skillweave/model'
import { bodyMass, limbDofs } from '../chains.ts'
import type { VelocityCommand } from '../commands/velocity-command.ts'
import { type BoundEvent, defineEvent } from '../define.ts'

const gravity = 9.81

/**
 * A harness for learning to stand and walk: torque that turns the base upright, force that moves it at
 * the commanded velocity (still without a command) and holds it up, times a level that starts at 1, shrinks while falls are
 * rare and ends at 0 for good. Strengths follow the robot's weight and height.
 */
export const harness = defineEvent(
  'harness',
  (
    p: {
      /** A `velocityCommand`; absent: stay where you are. */
      command?: string
      /** Height to be held at, of the standing height; absent: only kept from sinking under 0.85. */
      height?: number
      /** Falls per action below which the level shrinks, and above which it grows. */
      shrinkBelow: number
      growAbove: number
    },
    { robot, simulator, nEnvs, command, controlDt_s },
  ): BoundEvent => {
    const velocity = p.command === undefined ? undefined : command<VelocityCommand>(p.command)
    const mass = bodyMass(robot)
    const weight = mass * gravity
    const moment = weight * robot.standingHeight
    const up = quatRotateInv(robot.standingQuat, [0, 0, 1])
    const axis = new Float64Array(3)
    const trunk = trunkInertia(robot)
    // The pull is renewed once per control step: more than this would shake a light trunk.
    const stiffness = Math.min(2 * moment, (0.25 * trunk) / controlDt_s ** 2)
    const damping = Math.min(0.16 * moment, (0.5 * trunk) / controlDt_s)
    const torqueMax = 0.5 * moment
    // The level moves once per this many actions of all environments.
    const window = 4096
    let level = 1
    let actions = 0
    let falls = 0

    const adapt = (): void => {
      const rate = falls / actions
      if (rate < p.shrinkBelow) level *= 0.95
      else if (rate > p.growAbove) level = Math.min(1, 1.02 * level)
      if (level < 0.03) level = 0
      actions = 0
      falls = 0
    }
    return {
      apply: (s) => {
        if (++actions >= Math.max(window, nEnvs) && level > 0) adapt()
        const d = simulator.disturbances[s.index]
        if (level === 0) {
          if (d.enabled) {
            d.force_w.fill(0)
            d.torque_w.fill(0)
            d.enabled = false
          }
          return
        }
        const w = s.linkAngVel_w
        const v = s.linkLinVel_w
        // up × z is the axis and sine of the tilt to undo.
        quatRotateAt(axis, 0, s.linkQuat_w, 0, up, 0)
        d.torque_w[0] = level * (clamp(stiffness * axis[1], -torqueMax, torqueMax) - damping * w[0])
        d.torque_w[1] =
          level * (clamp(-stiffness * axis[0], -torqueMax, torqueMax) - damping * w[1])
        const o = velocity?.at(s) ?? 0
        const forward = velocity?.all[o] ?? 0
        const left = velocity?.all[o + 1] ?? 0
        const turn = velocity?.all[o + 2] ?? 0
        // The base alone turns easily between hips and waist: a firmer hand would shake it.
        d.torque_w[2] = level * 0.002 * moment * (turn - w[2])
        const vx = s.headingCos * forward - s.headingSin * left
        const vy = s.headingSin * forward + s.headingCos * left
        const forceMax = 0.5 * weight
        d.force_w[0] = level * clamp(10 * mass * (vx - v[0]), -forceMax, forceMax)
        d.force_w[1] = level * clamp(10 * mass * (vy - v[1]), -forceMax, forceMax)
        const sunk = (p.height ?? 0.85) * robot.standingHeight - s.linkPos_w[2]
        const lift = 10 * weight * Math.max(0, sunk) - 3 * mass * v[2]
        d.force_w[2] = level * clamp(lift, -forceMax, forceMax)
        d.enabled = true
      },
      finish: (_s, { terminated }) => {
        if (terminated) falls++
      },
      snapshot: () => ({ actions, falls }),
      rewind: (snapshot) => {
        const kept = snapshot as { actions: number; falls: number }
        actions = kept.actions
        falls = kept.falls
      },
      save: () => ({ level }),
      restore: (state) => {
        level = (state as { level: number }).level
      },
      metrics: () => ({ 'curriculum/harness': level }),
    }
  },
)

/** Inertia of everything but the legs about the base's left–right axis, standing in the default pose, kg·m². */
function trunkInertia(robot: Robot): number {
  const { links } = robot.model
  const kinematics = bindKinematics(robot.model)
  const pose = { pos: new Float64Array(3 * links.length), quat: new Float64Array(4 * links.length) }
  pose.quat.set(robot.standingQuat)
  kinematics.poses(pose, Float64Array.from(robot.qDefault), 0)
  const legs = new Set(limbDofs(robot).legs)
  const com = new Float64Array(3)
  let sum = 0
  links.forEach((link, k) => {
    if (k > 0 && legs.has(robot.model.joints[k - 1].dof)) return
    quatRotateAt(com, 0, pose.quat, 4 * k, link.com, 0)
    const x = com[0] + pose.pos[3 * k]
    const z = com[2] + pose.pos[3 * k + 2]
    sum += link.inertia[1] + link.mass * (x * x + z * z)
  })
  return sum
}
