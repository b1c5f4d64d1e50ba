import type { HeightCommand } from '../commands/height-command.ts'
import type { SiteTargets } from '../commands/site-targets.ts'
import type { VelocityCommand } from '../commands/velocity-command.ts'
import { defineReward } from '../define.ts'
import { writeInHeading } from '../observations/base.ts'

/** exp(−‖v_xy − v*_xy‖²/std²), velocities of the base in the heading frame. [0, 1] */
export const trackVelocity = defineReward(
  'trackVelocity',
  (p: { command: string; std: number }, ctx) => {
    const command = ctx.command<VelocityCommand>(p.command)
    const v = new Float64Array(3)
    return (s) => {
      const o = command.at(s)
      writeInHeading(s, s.linkLinVel_w[0], s.linkLinVel_w[1], 0, v, 0)
      const x = command.all[o] - v[0]
      const y = command.all[o + 1] - v[1]
      return Math.exp(-(x * x + y * y) / p.std ** 2)
    }
  },
)

/** exp(−‖v̄_xy − v*_xy‖²/std²) with the velocity averaged over a gait cycle. [0, 1] */
export const trackMeanVelocity = defineReward(
  'trackMeanVelocity',
  (p: { command: string; std: number }, ctx) => {
    const command = ctx.command<VelocityCommand>(p.command)
    return (s) => {
      const o = command.at(s)
      const x = command.all[o] - command.meanVel[2 * s.index]
      const y = command.all[o + 1] - command.meanVel[2 * s.index + 1]
      return Math.exp(-(x * x + y * y) / p.std ** 2)
    }
  },
)

/** exp(−(ω − ω*)²/std²) with the smoothed yaw rate. [0, 1] */
export const trackYawRate = defineReward(
  'trackYawRate',
  (p: { command: string; std: number }, ctx) => {
    const command = ctx.command<VelocityCommand>(p.command)
    return (s) => {
      const error = command.all[command.at(s) + 2] - command.yawRate[s.index]
      return Math.exp(-((error / p.std) ** 2))
    }
  },
)

/** Mean over the sites of exp(−scale · mean |target − site|); `horizontal` leaves z out. [0, 1] */
export const sitesAtTargets = defineReward(
  'sitesAtTargets',
  (p: { command: string; scale: number; horizontal?: boolean }, ctx) => {
    const command = ctx.command<SiteTargets>(p.command)
    const nSites = command.sites.length
    const n = p.horizontal ? 2 : 3
    return (s) => {
      const error = command.error(s)
      let sum = 0
      for (let i = 0; i < nSites; i++) {
        let distance = 0
        for (let k = 0; k < n; k++) distance += Math.abs(error[3 * i + k])
        sum += Math.exp((-p.scale * distance) / n)
      }
      return sum / nSites
    }
  },
)

/** exp(−scale · |h* − h|), height of the base over the lower sole. [0, 1] */
export const heightAtTarget = defineReward(
  'heightAtTarget',
  (p: { command: string; scale: number }, ctx) => {
    const command = ctx.command<HeightCommand>(p.command)
    return (s) => Math.exp(-p.scale * Math.abs(command.error(s)))
  },
)
