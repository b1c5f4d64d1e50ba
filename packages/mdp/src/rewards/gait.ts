import { roleIndex } from '@skillweave/model'
import type { GaitClock } from '../commands/gait-clock.ts'
import { type BindContext, defineReward } from '../define.ts'
import { bindSite } from '../sites.ts'

/** Sine of the phase below which both feet should be down. */
const doubleSupport = 0.1

/** Index into `footContact` of the left and right foot. Throws when the roles are not feet. */
function footOrder({ robot }: BindContext): readonly [number, number] {
  const find = (role: 'leftFoot' | 'rightFoot'): number => {
    const link = robot.model.links[roleIndex(robot, role)].name
    const i = robot.feet.indexOf(link)
    if (i >= 0) return i
    throw new Error(
      `${robot.name}: ${role} is ${link}, which is none of its feet: ${robot.feet.join(', ')}`,
    )
  }
  return [find('leftFoot'), find('rightFoot')]
}

/** Share of feet that are down or up as the gait clock wants. [0, 1] */
export const contactSchedule = defineReward('contactSchedule', (p: { command: string }, ctx) => {
  const clock = ctx.command<GaitClock>(p.command)
  const [left, right] = footOrder(ctx)
  return (s) => {
    const sin = clock.sin[s.index]
    const leftDown = sin < doubleSupport ? 1 : 0
    const rightDown = sin > -doubleSupport ? 1 : 0
    return (
      (s.footContact[left] === leftDown ? 0.5 : 0) + (s.footContact[right] === rightDown ? 0.5 : 0)
    )
  }
})

/**
 * exp(−((z − height · |sin|)/std)²) of the swing foot's sole over the ground: a foot that follows half a
 * sine of the given height, m. [0, 1]
 */
export const swingHeight = defineReward(
  'swingHeight',
  (p: { command: string; height: number; std: number }, ctx) => {
    const clock = ctx.command<GaitClock>(p.command)
    const soles = ['leftSole', 'rightSole'].map((name) => bindSite(ctx.robot, name))
    const point = new Float64Array(3)
    return (s) => {
      const sin = clock.sin[s.index]
      soles[sin >= 0 ? 0 : 1](s, point, 0)
      return Math.exp(-(((point[2] - p.height * Math.abs(sin)) / p.std) ** 2))
    }
  },
)

/** Share of feet on the ground. [0, 1] */
export const feetDown = defineReward('feetDown', (_: Record<string, never>, ctx) => {
  const [left, right] = footOrder(ctx)
  return (s) => 0.5 * (s.footContact[left] + s.footContact[right])
})

/** Σ over feet on the ground of the squared horizontal speed of their links, (m/s)². A cost. */
export const footSlip = defineReward('footSlip', (_: Record<string, never>, ctx) => {
  const order = footOrder(ctx)
  const links = (['leftFoot', 'rightFoot'] as const).map((role) => 3 * roleIndex(ctx.robot, role))
  return (s) => {
    let sum = 0
    for (let i = 0; i < 2; i++) {
      if (s.footContact[order[i]] === 0) continue
      const k = links[i]
      sum += s.linkLinVel_w[k] ** 2 + s.linkLinVel_w[k + 1] ** 2
    }
    return sum
  }
})
