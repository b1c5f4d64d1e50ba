import {
  type BindContext,
  type Command,
  defineObservation,
  defineReward,
  type EnvState,
  keepArrays,
  type Rewindable,
  rewindAll,
  snapshotAll,
  writeInHeading,
} from '@skillweave/mdp'

/** What a SkillBench task asks for, as its table says: where things start, what should become of them. */
export interface BenchGoal extends Rewindable {
  /** Put objects in place and draw the goal; before the body is placed. */
  place(s: EnvState): void
  /** Numbers of the goal vector, and the vector itself, heading frame. */
  readonly goalSize: number
  writeGoal(s: EnvState, out: Float32Array, at: number): void
  /** The errors behind the two reward terms: mean absolute components, m or rad. */
  firstError(s: EnvState): number
  secondError(s: EnvState): number
  /** What the paper reports, m or rad. */
  paperError(s: EnvState): number
  /** What must fall below the paper's threshold for success. Default `paperError`. */
  practicalError?(s: EnvState): number
  /** Called after every control step. */
  advance?(s: EnvState): void
  /** The goal changes in mid-episode; then a goal ends when the next one comes, not with the episode. */
  readonly renews?: boolean
  /** Places of the world that the goal is about, for those who watch. */
  readonly points: readonly BenchPoint[]
}

/** A place that a goal asks for: shown by a viewer, and moved by hand. */
export interface BenchPoint {
  readonly name: string
  /** Positions by environment, env world. [nEnvs, 3] or more, m */
  readonly all: Float64Array
  /** Index of environment s's x in `all`. */
  at(s: EnvState): number
}

/** The command of a SkillBench task: its goal, and how fast its errors shrink. */
export class BenchCommand implements Command {
  readonly goal: BenchGoal
  /** Errors of the last control step. [nEnvs] */
  readonly first: Float64Array
  readonly second: Float64Array
  /** Decrease of their sum in the last control step, m/s. [nEnvs] */
  readonly progress: Float64Array
  /** True: the goal is somebody's who moved it, and stays until the episode ends. */
  held = false
  /** Called when a goal ends, while it and the body are still as they were. */
  onGoalEnd: ((s: EnvState) => void) | undefined
  readonly #isFresh: Uint8Array
  readonly #ctx: BindContext
  readonly #memories: readonly Rewindable[]

  constructor(goal: BenchGoal, ctx: BindContext) {
    this.goal = goal
    this.first = new Float64Array(ctx.nEnvs)
    this.second = new Float64Array(ctx.nEnvs)
    this.progress = new Float64Array(ctx.nEnvs)
    this.#isFresh = new Uint8Array(ctx.nEnvs).fill(1)
    this.#ctx = ctx
    this.#memories = [goal, keepArrays(this.first, this.second, this.progress, this.#isFresh)]
  }

  snapshot(): unknown {
    return { held: this.held, memories: snapshotAll(this.#memories) }
  }

  rewind(snapshot: unknown): void {
    const { held, memories } = snapshot as { held: boolean; memories: readonly unknown[] }
    this.held = held
    rewindAll(this.#memories, memories)
  }

  reset(s: EnvState): void {
    const { simulator, scene } = this.#ctx
    // Fixtures say in their geoms where they stand; a goal may still move one.
    scene.objects.forEach((object, i) => {
      if (object.motion === 'kinematic') simulator.placeObject(s.index, i, origin)
    })
    this.goal.place(s)
    this.held = false
    this.#isFresh[s.index] = 1
  }

  step(s: EnvState): void {
    const e = s.index
    this.goal.advance?.(s)
    const first = this.goal.firstError(s)
    const second = this.goal.secondError(s)
    const gain = this.first[e] + this.second[e] - first - second
    this.progress[e] = this.#isFresh[e] === 1 ? 0 : gain / this.#ctx.controlDt_s
    this.first[e] = first
    this.second[e] = second
    this.#isFresh[e] = 0
  }

  finish(s: EnvState): void {
    if (!this.goal.renews) this.onGoalEnd?.(s)
  }

  /** Change the goal in mid-episode: what the errors jump by is no progress. */
  renew(s: EnvState): void {
    if (this.held) return
    this.onGoalEnd?.(s)
    this.goal.place(s)
    this.#isFresh[s.index] = 1
  }

  /** Put a point of the goal elsewhere and keep it there: what the errors jump by is no progress. */
  place(s: EnvState, point: BenchPoint, pos_w: ArrayLike<number>): void {
    this.held = true
    for (let k = 0; k < 3; k++) point.all[point.at(s) + k] = pos_w[k]
    this.#isFresh[s.index] = 1
  }

  practicalError(s: EnvState): number {
    return this.goal.practicalError?.(s) ?? this.goal.paperError(s)
  }
}

const origin = [0, 0, 0] as const

/** A point whose positions fill an array. [nEnvs, 3] */
export const pointOf = (name: string, all: Float64Array): BenchPoint => ({
  name,
  all,
  at: (s) => 3 * s.index,
})

/** A command term from a table entry: plain `params` and what they mean. */
export const defineBenchGoal =
  <P>(name: string, bind: (params: P, ctx: BindContext) => BenchGoal) =>
  (params: P) => ({
    name,
    params,
    bind: (ctx: BindContext): Command => new BenchCommand(bind(params, ctx), ctx),
  })

/** The goal vector of a SkillBench task, heading frame. [task's goal size] m, rad */
export const benchGoal = defineObservation('benchGoal', (p: { command: string }, ctx) => {
  const { goal } = ctx.command<BenchCommand>(p.command)
  return {
    size: goal.goalSize,
    write: (s, out, at) => goal.writeGoal(s, out, at),
  }
})

/** exp(−scale · e) of the first or second error. [0, 1] */
export const benchError = defineReward(
  'benchError',
  (p: { command: string; which: 'first' | 'second'; scale: number }, ctx) => {
    const command = ctx.command<BenchCommand>(p.command)
    const errors = command[p.which]
    return (s) => Math.exp(-p.scale * errors[s.index])
  },
)

/** How fast the errors shrink, clipped to ±1 m/s: exp(−4 e) is flat where e is metres. [−1, 1] */
export const benchProgress = defineReward('benchProgress', (p: { command: string }, ctx) => {
  const command = ctx.command<BenchCommand>(p.command)
  return (s) => Math.min(1, Math.max(-1, command.progress[s.index]))
})

/** Mean absolute component of a − b, three components each. */
export function meanAbs(
  a: ArrayLike<number>,
  ao: number,
  b: ArrayLike<number>,
  bo: number,
): number {
  return (
    (Math.abs(a[ao] - b[bo]) + Math.abs(a[ao + 1] - b[bo + 1]) + Math.abs(a[ao + 2] - b[bo + 2])) /
    3
  )
}

/** a − b in the heading frame. */
export function writeDifference(
  s: EnvState,
  a: ArrayLike<number>,
  ao: number,
  b: ArrayLike<number>,
  bo: number,
  out: Float32Array,
  at: number,
): void {
  writeInHeading(s, a[ao] - b[bo], a[ao + 1] - b[bo + 1], a[ao + 2] - b[bo + 2], out, at)
}
