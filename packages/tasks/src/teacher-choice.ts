import {
  type BindContext,
  type Command,
  defineCommand,
  type EnvState,
  keepArrays,
  type MotionReference,
} from '@skillweave/mdp'
import { objectIndex } from '@skillweave/model'
import { ballRadius } from './ball.ts'
import type { PointGoal } from './goal.ts'
import type { HoldWatch } from './hold-watch.ts'
import { throwingDistance } from './practice/pick-up.ts'

/** Whether the other teacher of a skill has the say, given whether it has had it until now; undefined: an episode begins. */
type Turn = (s: EnvState, hadIt: boolean | undefined) => boolean

/**
 * Whose action is the label, per environment: the teacher of the skill that is asked for; but in a pick-up, when it is its turn,
 * another one, which comes after the skills'.
 */
export class TeacherChoice implements Command {
  /** Index of the teacher: a skill's, or `skills.length` for the other one. [nEnvs] */
  readonly teacherOf: Int32Array
  readonly #reference: MotionReference
  readonly #pickUp: number
  readonly #other: number
  readonly #isItsTurn: Turn
  /** The episode has just begun and the body is not in place yet. */
  readonly #isNew: Uint8Array
  readonly #memory: ReturnType<typeof keepArrays>

  constructor(p: { readonly reference: string }, ctx: BindContext, isItsTurn: Turn) {
    this.#reference = ctx.command<MotionReference>(p.reference)
    this.#pickUp = this.#reference.skills.indexOf('pickUp')
    this.#other = this.#reference.skills.length
    this.#isItsTurn = isItsTurn
    this.teacherOf = new Int32Array(ctx.nEnvs)
    this.#isNew = new Uint8Array(ctx.nEnvs).fill(1)
    this.#memory = keepArrays(this.teacherOf, this.#isNew)
  }

  snapshot(): unknown {
    return this.#memory.snapshot()
  }

  rewind(snapshot: unknown): void {
    this.#memory.rewind(snapshot)
  }

  reset(s: EnvState): void {
    this.#isNew[s.index] = 1
    this.teacherOf[s.index] = this.#reference.skillOf[s.index]
  }

  step(s: EnvState): void {
    const e = s.index
    if (this.#reference.skillOf[e] !== this.#pickUp) return
    const hadIt = this.#isNew[e] === 1 ? undefined : this.teacherOf[e] === this.#other
    this.teacherOf[e] = this.#isItsTurn(s, hadIt) ? this.#other : this.#pickUp
    this.#isNew[e] = 0
  }
}

/** A pick-up proper begins with the ball this near and this far from straight ahead, m and rad, ... */
const begin = { distance: 0.65, angle: 0.6 }
/** ... and is given up when the ball lies further away than this. */
const giveUp = { distance: 0.95, angle: 1.1 }

/** While the ball lies out of reach, the teacher that walks there. */
export const approachChoice = defineCommand('teacherChoice', (p: { reference: string }, ctx) => {
  const ball = 3 * objectIndex(ctx.scene, 'ball')
  return new TeacherChoice(p, ctx, (s, hadIt) => {
    const x = s.objectPos_w[ball] - s.linkPos_w[0]
    const y = s.objectPos_w[ball + 1] - s.linkPos_w[1]
    const distance = Math.hypot(x, y)
    const ahead = s.headingCos * x + s.headingSin * y
    const angle = Math.acos(Math.min(1, Math.max(-1, ahead / (distance + 1e-6))))
    const isOnFloor = s.objectPos_w[ball + 2] < 2 * ballRadius
    const limit = hadIt === false ? giveUp : begin
    return isOnFloor && (distance > limit.distance || angle > limit.angle)
  })
})

/** Control steps for which a ball has been held when it begins to be carried. */
const settled = 30
/** Carrying begins this much further from the goal than it ends, m. */
const slack = 0.5

/** While a ball that is held is too far from the goal to be thrown, the teacher that carries it. */
export const carryChoice = defineCommand(
  'carryChoice',
  (p: { reference: string; goal: string; hold: string }, ctx) => {
    const goal = ctx.command<PointGoal>(p.goal)
    const hold = ctx.command<HoldWatch>(p.hold)
    return new TeacherChoice(p, ctx, (s, hadIt) => {
      const e = s.index
      const x = goal.target[2 * e] - s.linkPos_w[0]
      const y = goal.target[2 * e + 1] - s.linkPos_w[1]
      const limit = throwingDistance + (hadIt ? 0.1 : slack)
      return hold.liftedSteps[e] > settled && Math.hypot(x, y) > limit
    })
  },
)
