import { quatRotateAt } from '@skillweave/math'
import type { BindContext, EnvState, EventTerm, MotionReference } from '@skillweave/mdp'
import { objectIndex } from '@skillweave/model'
import type { Reference } from '@skillweave/motion'
import { ballSkillByName } from '../ball-skills.ts'
import { skillMask } from './skill-mask.ts'

/** A body with the ball, as another skill left it; the base is over the origin. SI, env world. */
export interface HandoverState {
  readonly basePos_w: readonly number[]
  readonly baseQuat_w: readonly number[]
  readonly baseLinVel_w: readonly number[]
  readonly baseAngVel_w: readonly number[]
  readonly q: readonly number[]
  readonly dq: readonly number[]
  readonly ballPos_w: readonly number[]
  readonly ballLinVel_w: readonly number[]
}

/** The state of an environment, to start another from. */
export function handoverState(s: EnvState, ball: number): HandoverState {
  const [x, y, z] = s.linkPos_w
  const o = 3 * ball
  return {
    basePos_w: [0, 0, z],
    baseQuat_w: Array.from(s.linkQuat_w.subarray(0, 4)),
    baseLinVel_w: Array.from(s.linkLinVel_w.subarray(0, 3)),
    baseAngVel_w: Array.from(s.linkAngVel_w.subarray(0, 3)),
    q: Array.from(s.q),
    dq: Array.from(s.dq),
    ballPos_w: [s.objectPos_w[o] - x, s.objectPos_w[o + 1] - y, s.objectPos_w[o + 2]],
    ballLinVel_w: Array.from(s.objectLinVel_w.subarray(o, o + 3)),
  }
}

/** Put an environment into one of the states, drawn evenly, and say which. */
export function placeHandover(
  { rng, scene, simulator }: Pick<BindContext, 'rng' | 'scene' | 'simulator'>,
  states: readonly HandoverState[],
): (s: EnvState) => HandoverState {
  const ball = objectIndex(scene, 'ball')
  return (s) => {
    const state = states[rng.integer(states.length)]
    simulator.reset(s.index, state)
    simulator.placeObject(s.index, ball, state.ballPos_w, { linVel_w: state.ballLinVel_w })
    return state
  }
}

export interface HandoverParams {
  readonly reference: string
  /** Share of the episodes. */
  readonly share: number
  readonly states: readonly HandoverState[]
  /** Whose episodes; default the skills that come after a pick-up. */
  readonly skills?: readonly string[]
}

/**
 * A share of the episodes of skills that come after a pick-up starts where pick-ups have ended: what a
 * controller will ask for next. The recorded motions do not show how the trained pick-up holds a ball.
 */
export const handoverStarts = (p: HandoverParams): EventTerm => ({
  name: 'handoverStarts',
  // The states themselves would fill pages.
  params: { ...p, states: p.states.length },
  bind: (ctx) => {
    const { rng } = ctx
    const reference = ctx.command<MotionReference>(p.reference)
    const isMeant = (skill: string) =>
      p.skills?.includes(skill) ?? ballSkillByName(skill).afterPickUp
    const mask = skillMask(reference, isMeant)
    const place = placeHandover(ctx, p.states)
    const headingOf = baseHeading(ctx)
    return {
      apply: (s) => {
        const e = s.index
        if (mask[reference.skillOf[e]] === 0 || rng.uniform() >= p.share) return
        const state = place(s)
        reference.beginAt(e, likeliest(reference.motion(e), state), headingOf(s))
      },
    }
  },
})

/** Frames at the beginning of a motion that a handover may begin with. */
const firstFrames = 10

/** The frame among a motion's first, whose joint angles are most like a state's. */
function likeliest(motion: Reference, { q }: HandoverState): number {
  let best = 0
  let least = Number.POSITIVE_INFINITY
  for (let t = 0; t < Math.min(firstFrames, motion.nFrames); t++) {
    let sum = 0
    for (let i = 0; i < q.length; i++) sum += (motion.q[t * q.length + i] - q[i]) ** 2
    if (sum >= least) continue
    least = sum
    best = t
  }
  return best
}

/** Where the base faces, rad, read from its orientation: valid while an episode is being put in place. */
export function baseHeading({ robot }: BindContext): (s: EnvState) => number {
  const v = new Float64Array(3)
  return (s) => {
    quatRotateAt(v, 0, s.linkQuat_w, 0, robot.forward, 0)
    return Math.atan2(v[1], v[0])
  }
}
