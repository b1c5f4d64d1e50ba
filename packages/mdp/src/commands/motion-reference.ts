import { type Floats, quatMulAt, type ReadonlyFloats } from '@skillweave/math'
import type { Reference } from '@skillweave/motion'
import type { BindContext, Command, EnvState } from '../define.ts'
import { keepArrays } from '../rewind.ts'

export interface MotionReferenceParams {
  readonly motions: readonly Reference[]
  /** Skill order: labels in observations and in manifests. */
  readonly skills: readonly string[]
  /** Share of starts drawn by recent failure instead of evenly, in [0, 1). */
  readonly adaptive: number
  /**
   * Let a motion without a loop wait for the robot, or hurry after it: of this frame, the next and the one
   * after, the one most like the robot's pose comes next. For learners that do not see the reference and
   * cannot know that they are late.
   */
  readonly inStep?: boolean
  /** How often each skill is drawn, against the others; absent: harder skills more often. */
  readonly shares?: readonly number[]
  /** Episodes start before this frame of each motion; absent: anywhere that leaves something to do. */
  readonly startsBefore?: readonly number[]
  /**
   * Share of starts whose state comes from another skill's motion, matched to the nearest frame of
   * the motion to imitate, where there is one. Needs `matches`.
   */
  readonly crossStarts?: number
  /** Skills whose states a skill may start from; absent: all others. */
  readonly crossFrom?: Readonly<Record<string, readonly string[]>>
  /** matches[a][frame][b]: the frame of motion b most like frame `frame` of motion a, −1 for none. */
  readonly matches?: readonly (readonly Int32Array[])[]
}

/**
 * A reference motion per environment: which clip, which frame, and how the recording is turned and
 * moved to start where the robot is. Frames advance one per control step.
 */
export class MotionReference implements Command {
  readonly motions: readonly Reference[]
  readonly skills: readonly string[]
  /** Index of the motion and of the frame that matches the present state, per environment. */
  readonly clip: Int32Array
  readonly frame: Int32Array
  /** Where the episode's state came from: another motion for cross starts, −1 for none. */
  readonly startClip: Int32Array
  readonly startFrame: Int32Array
  /** Index into `skills` of the present motion. */
  readonly skillOf: Int32Array
  readonly #yaw: Float64Array
  readonly #memory: ReturnType<typeof keepArrays>
  /** Pivot in the recording and where it lies in the environment: x, y each. */
  readonly #pivot: Float64Array
  readonly #origin: Float64Array
  /** Failure estimate per motion and start frame, in [0, 1]. */
  readonly #difficulty: Float64Array[]
  readonly #skillClips: number[][]
  /** Motions whose states a skill may start from. */
  readonly #crossClips: number[][]
  readonly #ctx: BindContext
  readonly #params: MotionReferenceParams
  readonly #survival: { sum: number; n: number }[]
  /**
   * Episodes start at this share of each motion's usable frames or later, in [0, 1]: a curriculum that goes
   * backwards from the end of a motion lowers it. [motions]
   */
  readonly startsFrom: Float64Array
  /** When set, episodes start here: for evaluation. */
  forced: { clip: number; frame?: number } | undefined

  constructor(params: MotionReferenceParams, ctx: BindContext) {
    this.#params = params
    this.#ctx = ctx
    this.motions = params.motions
    this.skills = params.skills
    const n = ctx.nEnvs
    this.clip = new Int32Array(n)
    this.frame = new Int32Array(n)
    this.startClip = new Int32Array(n)
    this.startFrame = new Int32Array(n)
    this.skillOf = new Int32Array(n)
    this.#yaw = new Float64Array(n)
    this.#pivot = new Float64Array(2 * n)
    this.#origin = new Float64Array(2 * n)
    for (const m of params.motions) {
      if (Math.abs(m.fps * ctx.controlDt_s - 1) > 1e-6) {
        throw new Error(
          `motion ${m.name} has ${m.fps} frames/s, but the task needs ${1 / ctx.controlDt_s}: resample it`,
        )
      }
      if (!params.skills.includes(m.skill)) {
        throw new Error(
          `motion ${m.name} shows "${m.skill}"; the task's skills are ${params.skills.join(', ')}`,
        )
      }
    }
    this.startsFrom = new Float64Array(params.motions.length)
    this.#memory = keepArrays(
      this.clip,
      this.frame,
      this.startClip,
      this.startFrame,
      this.skillOf,
      this.#yaw,
      this.#pivot,
      this.#origin,
    )
    this.#difficulty = params.motions.map((m) => new Float64Array(m.nFrames).fill(1))
    this.#skillClips = params.skills.map((skill) =>
      params.motions.flatMap((m, i) => (m.skill === skill ? [i] : [])),
    )
    if (params.shares && params.shares.length !== params.skills.length) {
      throw new Error(
        `${params.shares.length} shares for ${params.skills.length} skills: ${params.skills.join(', ')}`,
      )
    }
    params.skills.forEach((skill, k) => {
      if (this.#skillClips[k].length === 0) throw new Error(`no motion shows the skill "${skill}"`)
    })
    this.#crossClips = params.skills.map((skill) => {
      const sources = params.crossFrom?.[skill] ?? params.skills.filter((other) => other !== skill)
      return sources.flatMap((source) => {
        const clips = this.#skillClips[params.skills.indexOf(source)]
        if (clips) return clips
        throw new Error(
          `"${skill}" starts from "${source}"; skills are ${params.skills.join(', ')}`,
        )
      })
    })
    this.#survival = params.skills.map(() => ({ sum: 0, n: 0 }))
  }

  motion(e: number): Reference {
    return this.motions[this.clip[e]]
  }

  /**
   * The frame after the present one, or the one `ahead` of it. Stops at the last: what a cycle does
   * after that lies one turn on, where the present placement does not reach.
   */
  nextFrame(e: number, ahead = 1): number {
    return Math.min(this.frame[e] + ahead, this.motions[this.clip[e]].nFrames - 1)
  }

  /** Yaw of the recording in the environment, rad. */
  yaw(e: number): number {
    return this.#yaw[e]
  }

  /** Ended: a clip without a loop has played to its last usable frame. */
  isOver(e: number): boolean {
    const m = this.motions[this.clip[e]]
    return !m.loop && this.frame[e] >= m.nFrames - 2
  }

  /** A recorded point in the environment's world. */
  placePoint(e: number, from: ReadonlyFloats, at: number, out: Floats, to: number): void {
    const c = Math.cos(this.#yaw[e])
    const s = Math.sin(this.#yaw[e])
    const x = from[at] - this.#pivot[2 * e]
    const y = from[at + 1] - this.#pivot[2 * e + 1]
    out[to] = c * x - s * y + this.#origin[2 * e]
    out[to + 1] = s * x + c * y + this.#origin[2 * e + 1]
    out[to + 2] = from[at + 2]
  }

  /** A recorded vector (velocity) in the environment's world. */
  placeVector(e: number, from: ReadonlyFloats, at: number, out: Floats, to: number): void {
    const c = Math.cos(this.#yaw[e])
    const s = Math.sin(this.#yaw[e])
    const x = from[at]
    const y = from[at + 1]
    out[to] = c * x - s * y
    out[to + 1] = s * x + c * y
    out[to + 2] = from[at + 2]
  }

  /** A recorded orientation in the environment's world. */
  placeQuat(e: number, from: ReadonlyFloats, at: number, out: Floats, to: number): void {
    this.#turn[2] = Math.sin(this.#yaw[e] / 2)
    this.#turn[3] = Math.cos(this.#yaw[e] / 2)
    quatMulAt(out, to, this.#turn, 0, from, at)
  }
  readonly #turn = new Float64Array(4)

  reset(s: EnvState): void {
    const e = s.index
    const { rng } = this.#ctx
    const { crossStarts = 0, matches } = this.#params
    const clip = this.forced?.clip ?? this.#drawClip()
    let frame = this.forced?.frame ?? this.#drawFrame(clip)
    this.startClip[e] = clip
    this.startFrame[e] = frame
    if (matches && !this.forced && rng.uniform() < crossStarts) {
      const sources = this.#crossClips[this.skills.indexOf(this.motions[clip].skill)]
      for (let tries = 0; tries < 8 && sources.length > 0; tries++) {
        const from = sources[rng.integer(sources.length)]
        const fromFrame = this.#drawFrame(from)
        const match = matches[from][fromFrame][clip]
        if (match < 0) continue
        this.startClip[e] = from
        this.startFrame[e] = fromFrame
        frame = match
        break
      }
    }
    this.clip[e] = clip
    this.frame[e] = frame
    this.skillOf[e] = this.skills.indexOf(this.motions[clip].skill)
    this.#align(e)
  }

  /**
   * Turn and move the recording so that its present frame has the robot's base at the environment's
   * origin, facing the recorded heading turned to zero.
   */
  #align(e: number): void {
    const m = this.motions[this.clip[e]]
    const t = this.frame[e]
    this.#yaw[e] = -this.headingOf(m, t)
    this.#pivot[2 * e] = m.basePos_w[3 * t]
    this.#pivot[2 * e + 1] = m.basePos_w[3 * t + 1]
    this.#origin[2 * e] = 0
    this.#origin[2 * e + 1] = 0
  }

  /** Heading of the recorded base at a frame, rad. */
  headingOf(m: Reference, frame: number): number {
    const [fx, fy, fz] = this.#ctx.robot.forward
    const x = m.baseQuat_w[4 * frame]
    const y = m.baseQuat_w[4 * frame + 1]
    const z = m.baseQuat_w[4 * frame + 2]
    const w = m.baseQuat_w[4 * frame + 3]
    const tx = 2 * (y * fz - z * fy)
    const ty = 2 * (z * fx - x * fz)
    const tz = 2 * (x * fy - y * fx)
    return Math.atan2(fy + w * ty + z * tx - x * tz, fx + w * tx + y * tz - z * ty)
  }

  #drawClip(): number {
    const { rng } = this.#ctx
    const skills = this.#skillClips
    // Harder skills more often, none forgotten.
    const weights =
      this.#params.shares ??
      skills.map((clips) => {
        let sum = 0
        for (const c of clips) sum += mean(this.#difficulty[c])
        return 0.25 + sum / clips.length
      })
    const clips = skills[draw(rng.uniform(), weights)]
    return clips[
      draw(
        rng.uniform(),
        clips.map((c) => this.motions[c].nFrames * (0.25 + mean(this.#difficulty[c]))),
      )
    ]
  }

  #drawFrame(clip: number): number {
    const { rng } = this.#ctx
    const m = this.motions[clip]
    // The last frames of a clip that does not loop leave nothing to imitate.
    const useful = m.loop ? m.nFrames - 1 : Math.max(1, m.nFrames - 4)
    const last = Math.min(useful, this.#params.startsBefore?.[clip] ?? useful)
    const first = Math.min(last - 1, Math.floor(this.startsFrom[clip] * last))
    if (rng.uniform() >= this.#params.adaptive) return first + rng.integer(last - first)
    const difficulty = this.#difficulty[clip]
    let total = 0
    for (let t = first; t < last; t++) total += 0.15 + difficulty[t]
    let u = rng.uniform() * total
    for (let t = first; t < last; t++) {
      u -= 0.15 + difficulty[t]
      if (u < 0) return t
    }
    return last - 1
  }

  step(s: EnvState): void {
    const e = s.index
    const m = this.motions[this.clip[e]]
    this.frame[e] += this.#params.inStep && !m.loop ? this.#pace(s) : 1
    if (!m.loop || this.frame[e] < m.nFrames - 1) return
    // The last frame is the cycle's first, one cycle on: continue from where it lies.
    const end = 3 * (m.nFrames - 1)
    this.placePoint(e, m.basePos_w, end, this.#scratch, 0)
    this.#origin[2 * e] = this.#scratch[0]
    this.#origin[2 * e + 1] = this.#scratch[1]
    const { start, yaw } = m.loop
    this.#pivot[2 * e] = m.basePos_w[3 * start]
    this.#pivot[2 * e + 1] = m.basePos_w[3 * start + 1]
    this.#yaw[e] += yaw
    this.frame[e] = start
  }
  readonly #scratch = new Float64Array(3)

  /** Frames to advance, 0 to 2: one, unless another fits the robot's links clearly better. */
  #pace(s: EnvState): number {
    const e = s.index
    const m = this.motions[this.clip[e]]
    const nLinks = s.linkPos_w.length / 3
    let best = 1
    let least = Number.POSITIVE_INFINITY
    for (let k = 0; k < 3; k++) {
      // The usual pace first; the others must be better by a fifth.
      const advance = k === 0 ? 1 : k === 1 ? 0 : 2
      const frame = this.frame[e] + advance
      if (frame >= m.nFrames) continue
      let sum = 0
      for (let i = 0; i < nLinks; i++) {
        this.placePoint(e, m.linkPos_w, 3 * (frame * nLinks + i), this.#scratch, 0)
        for (let c = 0; c < 3; c++) sum += (this.#scratch[c] - s.linkPos_w[3 * i + c]) ** 2
      }
      if (k > 0) sum *= 1.25
      if (sum < least) {
        least = sum
        best = advance
      }
    }
    return best
  }

  /**
   * Begin at a frame of the present motion with a state from elsewhere, over the environment's origin: the
   * recording is turned to that state's heading, rad. `startClip` is −1.
   */
  beginAt(e: number, frame: number, heading: number): void {
    this.frame[e] = frame
    this.startClip[e] = -1
    this.startFrame[e] = frame
    this.#align(e)
    this.#yaw[e] += heading
  }

  /** Move and turn the recording by this much against where it lies: a start beside the path. m, rad */
  displace(e: number, dx: number, dy: number, dYaw: number): void {
    this.#origin[2 * e] += dx
    this.#origin[2 * e + 1] += dy
    this.#yaw[e] += dYaw
  }

  finish(s: EnvState, outcome: { readonly terminated: boolean }): void {
    const e = s.index
    // Survival against one second of imitation: what the start frame's difficulty is judged by.
    const horizon = 1 / this.#ctx.controlDt_s
    const survived = outcome.terminated ? Math.min(1, s.step / (2 * horizon)) : 1
    const stat = this.#survival[this.skillOf[e]]
    stat.sum += survived
    stat.n++
    if (this.startClip[e] !== this.clip[e]) return
    const difficulty = this.#difficulty[this.clip[e]]
    const t = this.startFrame[e]
    difficulty[t] += 0.1 * (1 - survived - difficulty[t])
  }

  metrics(): Record<string, number> {
    const out: Record<string, number> = {}
    this.#survival.forEach((stat, k) => {
      out[`survival/${this.skills[k]}`] = stat.n > 0 ? stat.sum / stat.n : 0
      stat.sum = 0
      stat.n = 0
    })
    return out
  }

  snapshot(): unknown {
    return this.#memory.snapshot()
  }

  rewind(snapshot: unknown): void {
    this.#memory.rewind(snapshot)
  }

  save(): unknown {
    return this.#difficulty.map((d) => Array.from(d))
  }

  restore(state: unknown): void {
    const saved = state as number[][]
    this.#difficulty.forEach((d, i) => {
      if (saved[i]?.length === d.length) d.set(saved[i])
    })
  }
}

/** The command term. `motions` are shown by name only where the task is printed. */
export const motionReference = (params: MotionReferenceParams) => ({
  name: 'motionReference',
  params: {
    motions: params.motions.map((m) => m.name),
    skills: params.skills,
    adaptive: params.adaptive,
    ...(params.inStep ? { inStep: true } : {}),
    ...(params.shares ? { shares: params.shares } : {}),
    ...(params.startsBefore ? { startsBefore: params.startsBefore } : {}),
    crossStarts: params.crossStarts ?? 0,
    ...(params.crossFrom ? { crossFrom: params.crossFrom } : {}),
  },
  bind: (ctx: BindContext): Command => new MotionReference(params, ctx),
})

function mean(x: Float64Array): number {
  let sum = 0
  for (let i = 0; i < x.length; i++) sum += x[i]
  return sum / x.length
}

/** Index drawn with the given weights. */
function draw(u: number, weights: readonly number[]): number {
  let total = 0
  for (const w of weights) total += w
  let rest = u * total
  for (let i = 0; i < weights.length; i++) {
    rest -= weights[i]
    if (rest < 0) return i
  }
  return weights.length - 1
}
