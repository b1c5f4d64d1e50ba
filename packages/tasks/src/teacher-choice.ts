import type { MotionReference } from '@skillweave/mdp'
import {
  type BindContext,
  type Command,
  defineCommand,
  type EnvState,
  keepArrays,
} from '@skillweave/mdp'
import { objectIndex } from '@skillweave/model'
import { ballRadius } from './ball.ts'

/** A pick-up proper begins with the ball this near and this far from straight ahead, m and rad, ... */
const begin = { distance: 0.65, angle: 0.6 }
/** ... and is given up when the ball lies further away than this. */
const giveUp = { distance: 0.95, angle: 1.1 }

/**
 * Whose action is the label, per environment: the teacher of the skill that is asked for; but while the ball
 * of a pick-up lies out of reach, the one that walks there, which comes after the skills'.
 */
export class TeacherChoice implements Command {
  /** Index of the teacher: a skill's, or `skills.length` for the approach. [nEnvs] */
  readonly teacherOf: Int32Array
  readonly #reference: MotionReference
  readonly #pickUp: number
  readonly #approach: number
  readonly #ball: number
  /** The episode has just begun and the body is not in place yet. */
  readonly #isNew: Uint8Array
  readonly #memory: ReturnType<typeof keepArrays>

  constructor(p: { readonly reference: string }, ctx: BindContext) {
    this.#reference = ctx.command<MotionReference>(p.reference)
    this.#pickUp = this.#reference.skills.indexOf('pickUp')
    this.#approach = this.#reference.skills.length
    this.#ball = 3 * objectIndex(ctx.scene, 'ball')
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
    const x = s.objectPos_w[this.#ball] - s.linkPos_w[0]
    const y = s.objectPos_w[this.#ball + 1] - s.linkPos_w[1]
    const distance = Math.hypot(x, y)
    const ahead = s.headingCos * x + s.headingSin * y
    const angle = Math.acos(Math.min(1, Math.max(-1, ahead / (distance + 1e-6))))
    const isOnFloor = s.objectPos_w[this.#ball + 2] < 2 * ballRadius
    const isWalking = this.#isNew[e] === 1 || this.teacherOf[e] === this.#approach
    const limit = isWalking ? begin : giveUp
    const isFar = isOnFloor && (distance > limit.distance || angle > limit.angle)
    this.teacherOf[e] = isFar ? this.#approach : this.#pickUp
    this.#isNew[e] = 0
  }
}

/** The command term; see `TeacherChoice`. */
export const teacherChoice = defineCommand(
  'teacherChoice',
  (p: { reference: string }, ctx) => new TeacherChoice(p, ctx),
)
