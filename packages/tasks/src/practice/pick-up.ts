import {
  type BindContext,
  bindSite,
  Curriculum,
  defineEvent,
  defineReward,
  type EnvState,
  type MotionReference,
} from '@skillweave/mdp'
import { objectIndex } from '@skillweave/model'
import { ballRadius } from '../ball.ts'
import type { PointGoal } from '../goal.ts'
import type { HoldWatch } from '../hold-watch.ts'
import { layBall, placeStanding } from '../standing.ts'
import { skillMask } from './skill-mask.ts'

/** A ball is carried to this distance from the goal, m: a shot is thrown from there. */
export const throwingDistance = 2.8
/** m/s */
export const carryingSpeed = 0.8

/**
 * For the pick-up. Until the ball is held: 0.3 for going to it at 1 m/s, slower from 1.5 m on and standing half a metre from it; 0.2
 * for hands near it. Held at the chest: 0.2, up to 0.5 the better the body faces the goal, and up to 0.6 for taking it there, at 0.8 m/s, slower
 * from 3.6 m on and standing 2.8 m before it, where a shot is thrown from. In [0, 1.5]; 0 for other skills.
 */
export const fetching = defineReward(
  'fetching',
  (p: { reference: string; goal: string }, ctx: BindContext) => {
    const reference = ctx.command<MotionReference>(p.reference)
    const goal = ctx.command<PointGoal>(p.goal)
    const mask = skillMask(reference, (skill) => skill === 'pickUp')
    const ball = 3 * objectIndex(ctx.scene, 'ball')
    const palms = ['leftPalm', 'rightPalm'].map((name) => bindSite(ctx.robot, name))
    const point = new Float64Array(3)
    return (s) => {
      const e = s.index
      if (mask[reference.skillOf[e]] === 0) return 0
      const x = s.objectPos_w[ball]
      const y = s.objectPos_w[ball + 1]
      const z = s.objectPos_w[ball + 2]
      const dx = x - s.linkPos_w[0]
      const dy = y - s.linkPos_w[1]
      const distance = Math.hypot(dx, dy)
      let hands = 0
      let furthest = 0
      for (const palm of palms) {
        palm(s, point, 0)
        const d = Math.hypot(point[0] - x, point[1] - y, point[2] - z)
        hands += 0.5 * Math.exp(-2 * Math.max(0, d - ballRadius))
        furthest = Math.max(furthest, d)
      }
      const isHeld = furthest < ballRadius + 0.12 && distance < 0.6
      const lifted = isHeld ? Math.min(1, Math.max(0, (z - 0.2) / 0.7)) : 0
      const toBall = 0.3 * pace(s, dx, dy, Math.min(1, Math.max(0, distance - 0.5)))
      const gx = goal.target[2 * e] - s.linkPos_w[0]
      const gy = goal.target[2 * e + 1] - s.linkPos_w[1]
      const carried =
        0.2 +
        0.5 * facing(s, gx, gy) +
        0.6 *
          pace(
            s,
            gx,
            gy,
            Math.min(carryingSpeed, Math.max(0, Math.hypot(gx, gy) - throwingDistance)),
          )
      return 0.2 * hands + (1 - lifted) * toBall + lifted * carried
    }
  },
)

/** 1 for a base that moves towards (x, y) m from it, world axes, at the wanted speed, m/s; 0 for 1 m/s off. */
function pace(s: EnvState, x: number, y: number, wanted: number): number {
  const towards = (x * s.linkLinVel_w[0] + y * s.linkLinVel_w[1]) / (Math.hypot(x, y) + 1e-6)
  return Math.max(0, 1 - Math.abs(towards - wanted))
}

/** 1 for a body that faces (x, y) m from it, world axes; 0 for one that turns its back on it. */
function facing(s: EnvState, x: number, y: number): number {
  const ahead = x * s.headingCos + y * s.headingSin
  const aside = y * s.headingCos - x * s.headingSin
  const angle = Math.atan2(aside, ahead)
  return 0.7 * (1 - Math.abs(angle) / Math.PI) + 0.3 * Math.exp(-((angle / 0.3) ** 2))
}

/**
 * A pick-up is learned backwards. Up to the curriculum's level ½ episodes start in the recorded motions, from
 * their last frames at first and from all of them at ½. From there on, more and more episodes start from a
 * still, standing body or with the ball moved, to the least distance straight ahead at first, anywhere in its range
 * at level 1. The level rises as balls are held when an episode ends. Other skills start as the
 * reference says.
 */
export const pickUpStarts = defineEvent(
  'pickUpStarts',
  (
    p: {
      reference: string
      hold: string
      standing: number
      scattered: number
      /** Where a laid ball is in the end: distance, m, and angle from straight ahead, rad. */
      distance: readonly [number, number]
      angle: number
      riseAbove: number
      /** 0: the whole range from the beginning. */
      risePer1000: number
      startLevel?: number | undefined
    },
    ctx: BindContext,
  ) => {
    const { rng, robot } = ctx
    const reference = ctx.command<MotionReference>(p.reference)
    const watch = ctx.command<HoldWatch>(p.hold)
    const mask = skillMask(reference, (skill) => skill === 'pickUp')
    const lay = layBall(ctx)
    const stand = placeStanding(ctx, robot, 'standing')
    const curriculum = new Curriculum({
      riseAbove: p.riseAbove,
      fallBelow: p.riseAbove / 2,
      risePer1000: p.risePer1000,
      memory: 0.005,
      success: 0,
      start: p.startLevel,
    })
    const limitFrames = () => {
      reference.motions.forEach((m, i) => {
        if (m.skill === 'pickUp') reference.startsFrom[i] = Math.max(0, 1 - 2 * curriculum.level)
      })
    }
    limitFrames()
    return {
      apply: (s) => {
        if (mask[reference.skillOf[s.index]] === 0) return
        const spread = Math.max(0, 2 * curriculum.level - 1)
        const u = rng.uniform()
        if (u >= spread * (p.standing + p.scattered)) return
        // A start from the reference faces +x.
        const heading = u < spread * p.standing ? stand(s) : 0
        const half = p.angle * (0.2 + 0.8 * spread)
        const [nearest, furthest] = p.distance
        lay(s, {
          distance: [nearest, nearest + 0.1 + (furthest - nearest - 0.1) * spread],
          direction: [heading - half, heading + half],
        })
      },
      finish: (s, { terminated }) => {
        const e = s.index
        if (mask[reference.skillOf[e]] === 0) return
        // Starts in the states of other skills are harder, and not what the level is about.
        if (reference.startClip[e] !== reference.clip[e]) return
        curriculum.record(!terminated && watch.lifted[e] === 1 ? 1 : 0)
        limitFrames()
      },
      save: () => curriculum.save(),
      restore: (state) => {
        curriculum.restore(state)
        limitFrames()
      },
      metrics: () => ({
        'curriculum/pickUp': curriculum.level,
        'curriculum/held': curriculum.success,
      }),
    }
  },
)
