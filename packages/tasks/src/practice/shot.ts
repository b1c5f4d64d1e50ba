import {
  type BindContext,
  Curriculum,
  defineEvent,
  defineReward,
  type EnvState,
  type MotionReference,
} from '@skillweave/mdp'
import { objectIndex } from '@skillweave/model'
import { apexHeight } from '../ballistics.ts'
import { goalRange } from '../goal.ts'
import { recordedLanding } from '../recorded-landing.ts'
import { landingRadius, type ShotTracker } from '../shot-tracker.ts'
import { skillMask } from './skill-mask.ts'

/**
 * On the step a shot leaves the hands: half for how near the goal it will land, exp(−error/2.5 m) and
 * exp(−error/0.5 m), half for meeting the landing criterion, less when it does not go as high as the recorded one (at the recorded
 * distance). In [0, 1]; 0 for other skills.
 */
export const shooting = defineReward(
  'shooting',
  (p: { reference: string; goal: string }, ctx: BindContext) => {
    const reference = ctx.command<MotionReference>(p.reference)
    const goal = ctx.command<ShotTracker>(p.goal)
    const mask = skillMask(reference, (skill) => skill === 'shot')
    const ball = 3 * objectIndex(ctx.scene, 'ball')
    const shots = recordedShots(reference)
    return (s) => {
      const e = s.index
      const shot = shots[reference.clip[e]]
      if (!shot || mask[reference.skillOf[e]] === 0 || goal.shotNow[e] === 0) return 0
      const error = goal.landingError[e]
      const near =
        0.25 * Math.exp(-error / 2.5) +
        0.25 * Math.exp(-error / 0.5) +
        (error < landingRadius ? 0.5 : 0)
      const apex = apexHeight(s.objectPos_w[ball + 2], s.objectLinVel_w[ball + 2])
      const dx = goal.target[2 * e] - s.linkPos_w[0]
      const dy = goal.target[2 * e + 1] - s.linkPos_w[1]
      const usual = Math.abs(Math.hypot(dx, dy) - shot.distance) < 0.5
      return near * (usual ? 0.4 + 0.6 * Math.exp(-(((apex - shot.apex) / 0.2) ** 2)) : 1)
    }
  },
)

/** 1 while the base is above a height, m, after a throw: whoever falls after it cannot fetch the rebound. */
export const recovering = defineReward(
  'recovering',
  (p: { reference: string; goal: string; height: number }, ctx: BindContext) => {
    const reference = ctx.command<MotionReference>(p.reference)
    const goal = ctx.command<ShotTracker>(p.goal)
    const mask = skillMask(reference, (skill) => skill === 'shot')
    return (s) => {
      const e = s.index
      const isUp = s.linkPos_w[2] > p.height
      return isUp && goal.attempts[e] > 0 && mask[reference.skillOf[e]] === 1 ? 1 : 0
    }
  },
)

/**
 * Where a shot should come down: at the recorded place in a third of the episodes; else around it, in
 * direction up to 10° and in distance up to 0.3 m at first, up to 40° and from 1.8 m to as far as a skill sees it in the end, as
 * the landing criterion is met. Other skills keep the goal they have, which lies anywhere.
 */
export const shotGoal = defineEvent(
  'shotGoal',
  (
    p: {
      reference: string
      goal: string
      /**
       * Share of episodes with a shot that lands, noise and hopeless starts included, above which the spread
       * grows, and the growth per 1000 episodes.
       */
      riseAbove: number
      risePer1000: number
      startLevel?: number | undefined
    },
    ctx: BindContext,
  ) => {
    const reference = ctx.command<MotionReference>(p.reference)
    const goal = ctx.command<ShotTracker>(p.goal)
    const mask = skillMask(reference, (skill) => skill === 'shot')
    const shots = recordedShots(reference)
    const at = new Float64Array(3)
    const curriculum = new Curriculum({
      riseAbove: p.riseAbove,
      fallBelow: p.riseAbove / 3,
      risePer1000: p.risePer1000,
      memory: 0.005,
      success: 0.3,
      start: p.startLevel,
    })
    const place = (s: EnvState) => {
      const { rng } = ctx
      const { level } = curriculum
      const shot = shots[reference.clip[s.index]]
      if (!shot) return
      const bx = s.linkPos_w[0]
      const by = s.linkPos_w[1]
      const isHandover = reference.startClip[s.index] < 0
      reference.placePoint(s.index, [shot.x, shot.y, 0], 0, at, 0)
      if (isHandover || rng.uniform() < 2 / 3) {
        const spread = (10 + 30 * level) * (Math.PI / 180)
        const angle = Math.atan2(at[1] - by, at[0] - bx) + rng.range(-spread, spread)
        const mix = (a: number, b: number) => a + (b - a) * level
        // Many goals are as far as a skill sees, where every hoop beyond seems to be: a policy is worst at the edge of
        // what it was taught.
        const far = mix(shot.distance + 0.3, goalRange + 1)
        const distance = Math.min(goalRange, rng.range(mix(shot.distance - 0.3, 1.8), far))
        at[0] = bx + distance * Math.cos(angle)
        at[1] = by + distance * Math.sin(angle)
      }
      goal.place(s, at[0], at[1])
    }
    return {
      apply: place,
      finish: (s) => {
        const e = s.index
        if (mask[reference.skillOf[e]] === 1) curriculum.record(goal.landings[e] > 0 ? 1 : 0)
      },
      save: () => curriculum.save(),
      restore: (state) => curriculum.restore(state),
      metrics: () => ({
        'curriculum/shotGoal': curriculum.level,
        'curriculum/shotLanded': curriculum.success,
      }),
    }
  },
)

/** Per motion, the recorded shot and how far from the body's first place it came down. */
function recordedShots(reference: MotionReference) {
  return reference.motions.map((motion) => {
    const landing = recordedLanding(motion)
    if (!landing) return undefined
    const distance = Math.hypot(landing.x - motion.basePos_w[0], landing.y - motion.basePos_w[1])
    return { ...landing, distance }
  })
}
