import {
  type BindContext,
  bindSite,
  defineEvent,
  defineReward,
  defineTermination,
  type EnvState,
  fallen,
  type MotionReference,
  type Task,
} from '@skillweave/mdp'
import { objectIndex, type Robot } from '@skillweave/model'
import { ballRadius } from './ball.ts'
import { apexHeight } from './ballistics.ts'
import { type BallplayOptions, ballMass, ballplayStudent } from './ballplay.ts'
import { type DribbleWatch, dribbleWatch } from './dribble-watch.ts'
import type { PointGoal } from './goal.ts'
import { recordedLanding } from './recorded-landing.ts'
import { landingRadius, type ShotTracker } from './shot-tracker.ts'
import { layBall, placeStanding } from './standing.ts'

/**
 * Practise a ball skill for what it is for: from the distilled student, with its senses and without a
 * reference to follow, by PPO on the outcome. A dribble must go on, a ball must get into the hands from
 * wherever it lies, a shot must come down at the goal. Divergence from the student is charged
 * (`anchorWeight`), which keeps the recorded style.
 */
export function ballplayPractice(robot: Robot, options: BallplayOptions): Task {
  const base = ballplayStudent(robot, {
    noisy: 0.5,
    crossStarts: 0.35,
    crossFrom,
    // A shot is practised from before the ball leaves the hands.
    startsBefore: options.motions.map((m) => (recordedLanding(m)?.frame ?? m.nFrames + 3) - 3),
    ...options,
  })
  const terms = { reference: 'reference', goal: 'goal' } as const
  return {
    name: 'ballplay-practice',
    description: 'practise a ball skill (--skill) for its outcome, from its student',
    scene: base.scene,
    controlDt_s: base.controlDt_s,
    decimation: base.decimation,
    physics: base.physics,
    action: base.action,
    commands: { ...base.commands, dribble: dribbleWatch() },
    observations: { actor: base.observations.actor },
    rewards: {
      outcome: {
        combine: 'sum',
        terms: {
          dribbling: { weight: 1, term: dribbling(terms) },
          fetching: { weight: 1, term: fetching(terms) },
          shooting: { weight: 100, term: shooting(terms) },
          standing: { weight: 0.15, term: standing({ ...terms, height: 0.65 }) },
        },
      },
    },
    terminations: {
      fallen: fallen({ below: 0.5 }),
      dribbleLost: dribbleLost(terms),
      over: practiceOver({ reference: 'reference', after_s: { pickUp: 8, shot: 3.5 }, else_s: 6 }),
    },
    events: {
      reset: {
        start: base.events.reset.start,
        ballMass: ballMass(options, { horizon_s: 4, riseAbove: 0.7, risePer1000: 0.25 }),
        scatter: scatterStart({ reference: 'reference', standing: 0.25, scattered: 0.5 }),
        goal: shotGoal({ ...terms, riseAbove: 0.12, risePer1000: 0.1 }),
      },
    },
    learning: {
      samples: 3_000_000,
      hidden: [512, 256],
      gamma: 0.985,
      rewardScale: 0.1,
      // Long rollouts and few epochs: a distilled network moves far with every noisy step.
      steps: 64,
      epochs: 4,
      klTarget: 0.03,
      lr: 6e-5,
      lrMin: 1e-5,
      lrMax: 3e-4,
      lrDecayFrom: 0.75,
      lrDecayTo: 0.3,
      criticOnlyIterations: 10,
      std: { kind: 'fixed', start: 0.2, end: 0.08 },
      anchorWeight: 0.001,
      anchorWeightEnd: 0.0003,
    },
  }
}

/** The policy that ships: all practised skills in one, distilled on the states it visits itself. */
export function ballplay(robot: Robot, options: BallplayOptions): Task {
  const practice = ballplayPractice(robot, options)
  return {
    ...practice,
    name: 'ballplay',
    description: 'dribble, pick up and shoot from state and a skill label, from practised skills',
    observations: { ...practice.observations, teacher: practice.observations.actor },
    teacherAction: practice.action,
    learning: {
      samples: 3_000_000,
      hidden: [512, 256],
      teacherUntil: 0.1,
      noise: 0.1,
      bufferSize: 600_000,
      updates: 80,
    },
  }
}

/** What a controller may want to do next: the skills whose states each skill learns to start from. */
const crossFrom = {
  dribbleForward: ['pickUp', 'dribbleLeft', 'dribbleRight'],
  dribbleLeft: ['pickUp', 'dribbleForward', 'dribbleRight'],
  dribbleRight: ['pickUp', 'dribbleForward', 'dribbleLeft'],
  pickUp: ['dribbleForward', 'dribbleLeft', 'dribbleRight', 'shot'],
  shot: ['pickUp'],
}

const isDribble = (skill: string): boolean => skill.startsWith('dribble')

/** For every skill of the reference: 1 where `test` holds. */
const skillMask = (reference: MotionReference, test: (skill: string) => boolean): Uint8Array =>
  Uint8Array.from(reference.skills, (name) => (test(name) ? 1 : 0))

/**
 * A dribble that goes on, 0.4, and goes where it should, up to 0.6: forward towards the goal at 2 m/s,
 * left and right turning as fast as the recorded cycle, at 1 m/s or more. In [0, 1]; 0 for
 * other skills.
 */
const dribbling = defineReward(
  'dribbling',
  (p: { reference: string; goal: string }, ctx: BindContext) => {
    const reference = ctx.command<MotionReference>(p.reference)
    const goal = ctx.command<PointGoal>(p.goal)
    const mask = skillMask(reference, isDribble)
    const turns = reference.skills.map((skill) => {
      const motion = reference.motions.find((m) => m.skill === skill)
      if (!motion?.loop || skill === 'dribbleForward') return 0
      return motion.loop.yaw / ((motion.nFrames - 1 - motion.loop.start) / motion.fps)
    })
    return (s) => {
      const e = s.index
      const k = reference.skillOf[e]
      if (mask[k] === 0) return 0
      const vx = s.linkLinVel_w[0]
      const vy = s.linkLinVel_w[1]
      const speed = Math.sqrt(vx * vx + vy * vy)
      if (turns[k] !== 0) {
        const turning = Math.min(1, Math.max(0, s.linkAngVel_w[2] / turns[k]))
        return 0.4 + 0.4 * turning + 0.2 * Math.min(1, speed)
      }
      const gx = goal.target[2 * e] - s.linkPos_w[0]
      const gy = goal.target[2 * e + 1] - s.linkPos_w[1]
      const towards = (vx * gx + vy * gy) / (Math.sqrt(gx * gx + gy * gy) + 0.1)
      return 0.4 + 0.6 * Math.min(1, Math.max(0, towards / 2))
    }
  },
)

/**
 * For the pick-up: 0.3 for going to the ball at 1 m/s, slower from 1.5 m on and standing half a metre from
 * it; 0.2 for hands near it; 0.5 for holding it at the chest, of which half only when facing the goal. In
 * [0, 1]; 0 for other skills.
 */
const fetching = defineReward(
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
      const towards = (dx * s.linkLinVel_w[0] + dy * s.linkLinVel_w[1]) / (distance + 1e-6)
      let hands = 0
      let furthest = 0
      for (const palm of palms) {
        palm(s, point, 0)
        const d = Math.hypot(point[0] - x, point[1] - y, point[2] - z)
        hands += 0.5 * Math.exp(-2 * Math.max(0, d - ballRadius))
        furthest = Math.max(furthest, d)
      }
      const wanted = Math.min(1, Math.max(0, distance - 0.5))
      let reward = 0.2 * hands + 0.3 * Math.max(0, 1 - Math.abs(towards - wanted))
      if (furthest < ballRadius + 0.12 && distance < 0.6) {
        const lifted = Math.min(1, Math.max(0, (z - 0.2) / 0.7))
        const gx = goal.target[2 * e] - s.linkPos_w[0]
        const gy = goal.target[2 * e + 1] - s.linkPos_w[1]
        const ahead = (gx * s.headingCos + gy * s.headingSin) / (Math.hypot(gx, gy) + 1e-6)
        reward += lifted * (0.25 + 0.125 * (1 + ahead))
      }
      return reward
    }
  },
)

/**
 * On the step a shot leaves the hands: half for how near the goal it will land, exp(−error/0.4 m), half for
 * meeting the landing criterion, less when it does not go as high as the recorded one (at the recorded
 * distance). In [0, 1]; 0 for other skills.
 */
const shooting = defineReward(
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
      const near = 0.5 * Math.exp(-error / 0.4) + (error < landingRadius ? 0.5 : 0)
      const apex = apexHeight(s.objectPos_w[ball + 2], s.objectLinVel_w[ball + 2])
      const dx = goal.target[2 * e] - s.linkPos_w[0]
      const dy = goal.target[2 * e + 1] - s.linkPos_w[1]
      const usual = Math.abs(Math.hypot(dx, dy) - shot.distance) < 0.5
      return near * (usual ? 0.4 + 0.6 * Math.exp(-(((apex - shot.apex) / 0.2) ** 2)) : 1)
    }
  },
)

/** 1 while the base is above a height, m; 0 for dribbles, which end with a fall. */
const standing = defineReward(
  'standing',
  (p: { reference: string; height: number }, ctx: BindContext) => {
    const reference = ctx.command<MotionReference>(p.reference)
    const mask = skillMask(reference, (skill) => !isDribble(skill))
    return (s) => (mask[reference.skillOf[s.index]] === 1 && s.linkPos_w[2] > p.height ? 1 : 0)
  },
)

/** Failed: a dribble has ended. */
const dribbleLost = defineTermination(
  'dribbleLost',
  'terminated',
  (p: { reference: string }, ctx: BindContext) => {
    const reference = ctx.command<MotionReference>(p.reference)
    const watch = ctx.command<DribbleWatch>('dribble')
    const mask = skillMask(reference, isDribble)
    return (s) => mask[reference.skillOf[s.index]] === 1 && watch.lost[s.index] === 1
  },
)

/** Truncated after a time that depends on the skill, s. */
const practiceOver = defineTermination(
  'practiceOver',
  'truncated',
  (
    p: { reference: string; after_s: Readonly<Record<string, number>>; else_s: number },
    ctx: BindContext,
  ) => {
    const reference = ctx.command<MotionReference>(p.reference)
    const steps = reference.skills.map((skill) =>
      Math.round((p.after_s[skill] ?? p.else_s) / ctx.actionDt_s),
    )
    return (s) => s.step >= steps[reference.skillOf[s.index]]
  },
)

/**
 * A pick-up starts from anywhere: in a share of the episodes from a still, standing body, in another with
 * the ball moved to a random place on the floor 0.5–3 m away. Other skills start as the reference says.
 */
const scatterStart = defineEvent(
  'scatterStart',
  (p: { reference: string; standing: number; scattered: number }, ctx: BindContext) => {
    const { rng, robot } = ctx
    const reference = ctx.command<MotionReference>(p.reference)
    const mask = skillMask(reference, (skill) => skill === 'pickUp')
    const lay = layBall(ctx, [0.5, 3])
    const stand = placeStanding(ctx, robot, 'standing')
    return {
      apply: (s) => {
        if (mask[reference.skillOf[s.index]] === 0) return
        const u = rng.uniform()
        if (u > p.standing + p.scattered) return
        if (u < p.standing) stand(s)
        lay(s)
      },
    }
  },
)

/**
 * Where a shot should come down: at the recorded place in a third of the episodes; else around it, in
 * direction up to 10° and in distance up to 0.3 m at first, up to 100° and from 1.8 to 5.5 m in the end, as
 * the landing criterion is met. Other skills keep the goal they have, which lies anywhere.
 */
const shotGoal = defineEvent(
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
    },
    ctx: BindContext,
  ) => {
    const reference = ctx.command<MotionReference>(p.reference)
    const goal = ctx.command<ShotTracker>(p.goal)
    const mask = skillMask(reference, (skill) => skill === 'shot')
    const shots = recordedShots(reference)
    const at = new Float64Array(3)
    let level = 0
    let success = 0.3
    const place = (s: EnvState) => {
      const { rng } = ctx
      const shot = shots[reference.clip[s.index]]
      if (!shot) return
      reference.placePoint(s.index, [shot.x, shot.y, 0], 0, at, 0)
      const bx = s.linkPos_w[0]
      const by = s.linkPos_w[1]
      if (rng.uniform() < 2 / 3) {
        const spread = (10 + 90 * level) * (Math.PI / 180)
        const angle = Math.atan2(at[1] - by, at[0] - bx) + rng.range(-spread, spread)
        const mix = (a: number, b: number) => a + (b - a) * level
        const distance = rng.range(mix(shot.distance - 0.3, 1.8), mix(shot.distance + 0.3, 5.5))
        at[0] = bx + distance * Math.cos(angle)
        at[1] = by + distance * Math.sin(angle)
      }
      goal.place(s, at[0], at[1])
    }
    return {
      apply: place,
      finish: (s) => {
        const e = s.index
        if (mask[reference.skillOf[e]] === 0) return
        success += 0.005 * ((goal.landings[e] > 0 ? 1 : 0) - success)
        const step = p.risePer1000 / 1000
        if (success > p.riseAbove) level = Math.min(1, level + step)
        else if (success < p.riseAbove / 3) level = Math.max(0, level - step / 2)
      },
      save: () => ({ level, success }),
      restore: (state) => {
        const saved = state as { level: number; success: number }
        level = saved.level
        success = saved.success
      },
      metrics: () => ({ 'curriculum/shotGoal': level, 'curriculum/shotLanded': success }),
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
