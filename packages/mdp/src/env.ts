import { createRng, quatRotateAt, type Rng } from '@skillweave/math'
import type { Robot, Simulator, SimulatorOptions } from '@skillweave/model'
import type {
  BindContext,
  BoundAction,
  BoundEvent,
  BoundObservation,
  Command,
  EnvState,
  ObservationTerm,
  Rewindable,
  SignedPermutation,
} from './define.ts'
import { keepArrays, rewindAll, snapshotAll } from './rewind.ts'
import type { Task } from './task.ts'

export interface EnvOptions {
  readonly task: Task
  readonly robot: Robot
  readonly nEnvs: number
  readonly seed: number
  /** Builds the physics world; called again by `restart`. */
  readonly createSimulator: (options: SimulatorOptions) => Promise<Simulator>
}

/** Symmetry of a task's spaces. */
export interface Symmetry {
  readonly actor: SignedPermutation
  readonly critic: SignedPermutation
  readonly action: SignedPermutation
}

/**
 * Many copies of a task stepped together. Arrays are [nEnvs, size], valid until the next step. An
 * environment that ended has been reset already; `finalCriticObs` keeps what a truncated one saw last.
 */
export interface Env {
  readonly task: Task
  readonly robot: Robot
  readonly nEnvs: number
  readonly actorSize: number
  readonly criticSize: number
  readonly actionSize: number
  readonly teacherObsSize: number
  readonly teacherActionSize: number
  readonly rewardGroups: readonly string[]
  readonly actorObs: Float32Array
  readonly criticObs: Float32Array
  readonly teacherObs: Float32Array
  readonly rewards: Float32Array
  readonly terminated: Uint8Array
  readonly truncated: Uint8Array
  readonly finalCriticObs: Float32Array
  readonly symmetry?: Symmetry
  /** Each observation term of the actor, in order, for the policy's manifest. */
  readonly actorTerms: readonly {
    readonly name: string
    readonly size: number
    /** Frames of a `history`; 1 is the present only. */
    readonly history: number
  }[]
  readonly states: readonly EnvState[]
  readonly simulator: Simulator
  readonly action: BoundAction
  /** Called after every control step, also the held ones; a promise it returns is waited for. */
  onControlStep: (() => void | Promise<void>) | undefined
  step(actions: Float32Array): Promise<void>
  /** The actions equivalent to a teacher's, [nEnvs, actionSize]; needs `teacherAction`. */
  label(teacherActions: Float32Array, out: Float32Array): void
  command<C extends Command>(name: string): C
  /** Begin an episode in environment e now. */
  resetEnv(e: number): void
  /** Recompute the observations of environment e, after something outside changed its state. */
  refresh(e: number): void
  restart(seed: number): Promise<void>
  /**
   * Everything that decides the future but the streams of chance, which belong to whoever bound them. Between
   * two actions only: a held action has no memory of its own.
   */
  snapshot(): EnvSnapshot
  /** Go back to it. The environment must have been started with the same seed as when it was taken. */
  rewind(snapshot: EnvSnapshot): void
  save(): unknown
  restore(state: unknown): void
  metrics(): Record<string, number>
  dispose(): void
}

/** A moment of an environment. */
export interface EnvSnapshot {
  readonly physics: Uint8Array
  readonly actions: readonly {
    readonly step: number
    readonly action: Float32Array
    readonly previousAction: Float32Array
  }[]
  /** As last seen: seeing again would draw noise again. */
  readonly observations: unknown
  /** Of commands, action, observations and events, in the order they were bound. */
  readonly terms: readonly unknown[]
  readonly learned: unknown
}

/** Build an environment. Throws when a term does not fit the robot or the scene. */
export async function createEnv(options: EnvOptions): Promise<Env> {
  const env = new TaskEnv(options)
  await env.restart(options.seed)
  return env
}

interface BoundGroup {
  combine: 'sum' | 'product'
  floor: number
  weights: number[]
  terms: ((s: EnvState) => number)[]
  names: string[]
  sums: Float64Array
}

class TaskEnv implements Env {
  readonly task: Task
  readonly robot: Robot
  readonly nEnvs: number
  readonly rewardGroups: readonly string[]
  readonly rewards: Float32Array
  readonly terminated: Uint8Array
  readonly truncated: Uint8Array
  actorSize = 0
  criticSize = 0
  actionSize = 0
  teacherObsSize = 0
  teacherActionSize = 0
  actorObs = new Float32Array(0)
  criticObs = new Float32Array(0)
  teacherObs = new Float32Array(0)
  finalCriticObs = new Float32Array(0)
  actorTerms: { name: string; size: number; history: number }[] = []
  states: EnvState[] = []
  simulator!: Simulator
  symmetry?: Symmetry
  onControlStep: (() => void | Promise<void>) | undefined

  readonly #options: EnvOptions
  readonly #holdSteps: number
  #commands = new Map<string, Command>()
  #action!: BoundAction
  #teacherAction: BoundAction | undefined
  #actor: BoundObservation[] = []
  #critic: BoundObservation[] = []
  #teacher: BoundObservation[] = []
  #groups: BoundGroup[] = []
  #terminations: { name: string; truncates: boolean; test: (s: EnvState) => boolean }[] = []
  #resetEvents: BoundEvent[] = []
  #stepEvents: BoundEvent[] = []
  #stats = { steps: 0, episodes: 0, length: 0, ends: new Map<string, number>() }
  readonly #forward = new Float64Array(3)

  constructor(options: EnvOptions) {
    this.#options = options
    this.task = options.task
    this.robot = options.robot
    this.nEnvs = options.nEnvs
    this.#holdSteps = options.task.holdSteps ?? 1
    this.rewardGroups = Object.keys(options.task.rewards)
    this.rewards = new Float32Array(this.nEnvs * this.rewardGroups.length)
    this.terminated = new Uint8Array(this.nEnvs)
    this.truncated = new Uint8Array(this.nEnvs)
  }

  async restart(seed: number): Promise<void> {
    const { task, robot, nEnvs, createSimulator } = this.#options
    const learned = this.#commands.size > 0 ? this.save() : undefined
    this.simulator?.dispose()
    const physics = { ...task.physics, dt_s: task.controlDt_s / task.decimation }
    this.simulator = await createSimulator({ robot, scene: task.scene, nEnvs, physics })
    const rng = createRng(seed)
    this.#bind(rng)
    if (learned !== undefined) this.restore(learned)
    for (let e = 0; e < nEnvs; e++) this.resetEnv(e)
    for (let e = 0; e < nEnvs; e++) this.#observe(e)
    this.#stats = { steps: 0, episodes: 0, length: 0, ends: new Map() }
  }

  #bind(rng: Rng): void {
    const { task, robot, nEnvs, simulator } = this
    const commands = new Map<string, Command>()
    const states: EnvState[] = []
    const ctx: BindContext = {
      robot,
      scene: task.scene,
      nEnvs,
      controlDt_s: task.controlDt_s,
      actionDt_s: task.controlDt_s * this.#holdSteps,
      simulator,
      states,
      rng,
      command: <C extends Command>(name: string): C => {
        const found = commands.get(name)
        if (!found) {
          const known = [...commands.keys()].join(', ') || 'none'
          throw new Error(`task ${task.name} has no command "${name}"; it has ${known}`)
        }
        return found as C
      },
    }
    for (let e = 0; e < nEnvs; e++) {
      states.push({
        ...simulator.states[e],
        step: 0,
        action: new Float32Array(0),
        previousAction: new Float32Array(0),
        heading: 0,
        headingCos: 1,
        headingSin: 0,
      })
    }
    this.states = states
    for (const [name, term] of Object.entries(task.commands)) commands.set(name, term.bind(ctx))
    this.#commands = commands
    this.#action = task.action.bind(ctx)
    this.#teacherAction = task.teacherAction?.bind(ctx)
    this.actionSize = this.#action.size
    this.teacherActionSize = this.#teacherAction?.size ?? 0
    const memory = new Float32Array(2 * nEnvs * this.actionSize)
    for (let e = 0; e < nEnvs; e++) {
      const at = 2 * e * this.actionSize
      Object.assign(states[e], {
        action: memory.subarray(at, at + this.actionSize),
        previousAction: memory.subarray(at + this.actionSize, at + 2 * this.actionSize),
      })
    }
    const bindAll = (table: Readonly<Record<string, ObservationTerm>> | undefined) =>
      Object.values(table ?? {}).map((term) => term.bind(ctx))
    const size = (terms: readonly BoundObservation[]) => terms.reduce((n, t) => n + t.size, 0)
    this.#actor = bindAll(task.observations.actor)
    this.#critic = bindAll(task.observations.critic)
    this.#teacher = bindAll(task.observations.teacher)
    this.actorSize = size(this.#actor)
    this.criticSize = this.actorSize + size(this.#critic)
    this.teacherObsSize = size(this.#teacher)
    this.actorTerms = Object.keys(task.observations.actor).map((name, i) => ({
      name,
      size: this.#actor[i].size,
      history: this.#actor[i].frames ?? 1,
    }))
    if (this.actorObs.length === 0) {
      this.actorObs = new Float32Array(nEnvs * this.actorSize)
      this.criticObs = new Float32Array(nEnvs * this.criticSize)
      this.finalCriticObs = new Float32Array(nEnvs * this.criticSize)
      this.teacherObs = new Float32Array(nEnvs * this.teacherObsSize)
    }
    this.#groups = Object.values(task.rewards).map((g) => ({
      combine: g.combine,
      floor: g.floor ?? Number.NEGATIVE_INFINITY,
      names: Object.keys(g.terms),
      weights: Object.values(g.terms).map((t) => t.weight),
      terms: Object.values(g.terms).map((t) => t.term.bind(ctx)),
      sums: new Float64Array(Object.keys(g.terms).length),
    }))
    this.#terminations = Object.entries(task.terminations).map(([name, t]) => ({
      name,
      truncates: t.kind === 'truncated',
      test: t.bind(ctx),
    }))
    this.#resetEvents = Object.values(task.events.reset).map((t) => t.bind(ctx))
    this.#stepEvents = Object.values(task.events.step ?? {}).map((t) => t.bind(ctx))
    if (task.symmetric) this.symmetry = this.#bindSymmetry()
  }

  #bindSymmetry(): Symmetry {
    const join = (blocks: readonly BoundObservation[], names: readonly string[]) => {
      const index: number[] = []
      const sign: number[] = []
      blocks.forEach((block, b) => {
        if (!block.mirror) {
          throw new Error(
            `task ${this.task.name} is symmetric, but its observation "${names[b]}" does not say how it mirrors`,
          )
        }
        const at = index.length
        for (const i of block.mirror.index) index.push(at + i)
        sign.push(...block.mirror.sign)
      })
      return { index, sign }
    }
    if (!this.#action.mirror) {
      throw new Error(
        `task ${this.task.name} is symmetric, but its action does not say how it mirrors`,
      )
    }
    const actorNames = Object.keys(this.task.observations.actor)
    const criticNames = Object.keys(this.task.observations.critic ?? {})
    return {
      actor: join(this.#actor, actorNames),
      critic: join([...this.#actor, ...this.#critic], [...actorNames, ...criticNames]),
      action: this.#action.mirror,
    }
  }

  get action(): BoundAction {
    return this.#action
  }

  async step(actions: Float32Array): Promise<void> {
    const { nEnvs, actionSize, states, simulator } = this
    for (let e = 0; e < nEnvs; e++) {
      const s = states[e]
      s.previousAction.set(s.action)
      for (let j = 0; j < actionSize; j++) s.action[j] = actions[e * actionSize + j]
    }
    this.rewards.fill(0)
    for (let held = 0; held < this.#holdSteps; held++) {
      if (this.#action.applyAll) await this.#action.applyAll(states, simulator.controls)
      else for (const s of states) this.#action.apply(s, s.action, simulator.controls[s.index])
      for (const event of this.#stepEvents) for (const s of states) event.apply(s)
      simulator.step(this.task.decimation)
      for (const s of states) {
        this.#updateHeading(s)
        for (const command of this.#commands.values()) command.step(s)
        this.#reward(s)
      }
      const waiting = this.onControlStep?.()
      if (waiting) await waiting
    }
    for (const s of states) {
      s.step++
      this.#end(s)
    }
    for (let e = 0; e < nEnvs; e++) this.#observe(e)
    this.#stats.steps += nEnvs
  }

  #end(s: EnvState): void {
    const e = s.index
    let terminated = false
    let truncated = false
    for (const t of this.#terminations) {
      if (!t.test(s)) continue
      if (t.truncates) truncated = true
      else terminated = true
      this.#stats.ends.set(t.name, (this.#stats.ends.get(t.name) ?? 0) + 1)
      break
    }
    this.terminated[e] = terminated ? 1 : 0
    this.truncated[e] = truncated ? 1 : 0
    if (!terminated && !truncated) return
    if (truncated) {
      const at = e * this.criticSize
      const end = this.#write(this.#actor, s, this.finalCriticObs, at)
      this.#write(this.#critic, s, this.finalCriticObs, end)
    }
    this.#stats.episodes++
    this.#stats.length += s.step
    const outcome = { terminated }
    for (const command of this.#commands.values()) command.finish?.(s, outcome)
    for (const event of this.#stepEvents) event.finish?.(s, outcome)
    for (const event of this.#resetEvents) event.finish?.(s, outcome)
    this.resetEnv(e)
  }

  #reward(s: EnvState): void {
    const nGroups = this.#groups.length
    for (let g = 0; g < nGroups; g++) {
      const group = this.#groups[g]
      const product = group.combine === 'product'
      let total = product ? 1 : 0
      for (let k = 0; k < group.terms.length; k++) {
        const value = group.terms[k](s)
        group.sums[k] += value / this.#holdSteps
        const w = group.weights[k]
        if (product) total *= w === 1 ? value : value ** w
        else total += w * value
      }
      this.rewards[s.index * nGroups + g] += Math.max(total, group.floor) / this.#holdSteps
    }
  }

  resetEnv(e: number): void {
    const s = this.states[e]
    s.step = 0
    s.action.fill(0)
    s.previousAction.fill(0)
    for (const command of this.#commands.values()) command.reset(s)
    for (const event of this.#resetEvents) event.apply(s)
    this.#updateHeading(s)
  }

  refresh(e: number): void {
    this.#updateHeading(this.states[e])
    this.#observe(e)
  }

  #observe(e: number): void {
    const s = this.states[e]
    const at = e * this.actorSize
    this.#write(this.#actor, s, this.actorObs, at)
    const own = this.actorObs.subarray(at, at + this.actorSize)
    this.criticObs.set(own, e * this.criticSize)
    this.#write(this.#critic, s, this.criticObs, e * this.criticSize + this.actorSize)
    this.#write(this.#teacher, s, this.teacherObs, e * this.teacherObsSize)
  }

  #write(terms: BoundObservation[], s: EnvState, out: Float32Array, offset: number): number {
    let at = offset
    for (const term of terms) {
      term.write(s, out, at)
      at += term.size
    }
    return at
  }

  #updateHeading(s: EnvState): void {
    quatRotateAt(this.#forward, 0, s.linkQuat_w, 0, this.robot.forward, 0)
    s.heading = Math.atan2(this.#forward[1], this.#forward[0])
    s.headingCos = Math.cos(s.heading)
    s.headingSin = Math.sin(s.heading)
  }

  label(teacherActions: Float32Array, out: Float32Array): void {
    const teacher = this.#teacherAction
    const invert = this.#action.invert?.bind(this.#action)
    if (!teacher || !invert) {
      throw new Error(
        `task ${this.task.name} cannot label: it needs a teacherAction and an action term that inverts`,
      )
    }
    const n = teacher.size
    for (let e = 0; e < this.nEnvs; e++) {
      const controls = this.simulator.controls[e]
      teacher.apply(this.states[e], teacherActions.subarray(e * n, (e + 1) * n), controls)
      invert(this.states[e], controls, out, e * this.actionSize)
    }
  }

  command<C extends Command>(name: string): C {
    const found = this.#commands.get(name)
    if (!found) throw new Error(`task ${this.task.name} has no command "${name}"`)
    return found as C
  }

  /** All that may remember something. */
  #memories(): Rewindable[] {
    return [
      ...this.#commands.values(),
      this.#action,
      ...this.#actor,
      ...this.#critic,
      ...this.#teacher,
      ...this.#resetEvents,
      ...this.#stepEvents,
    ]
  }

  /** What was seen last. */
  #seen(): Required<Rewindable> {
    return keepArrays(this.actorObs, this.criticObs, this.teacherObs)
  }

  snapshot(): EnvSnapshot {
    return {
      physics: this.simulator.snapshot(),
      actions: this.states.map((s) => ({
        step: s.step,
        action: s.action.slice(),
        previousAction: s.previousAction.slice(),
      })),
      observations: this.#seen().snapshot(),
      terms: snapshotAll(this.#memories()),
      learned: this.save(),
    }
  }

  rewind({ physics, actions, observations, terms, learned }: EnvSnapshot): void {
    this.simulator.restore(physics)
    this.states.forEach((s, e) => {
      s.step = actions[e].step
      s.action.set(actions[e].action)
      s.previousAction.set(actions[e].previousAction)
    })
    this.restore(learned)
    rewindAll(this.#memories(), terms)
    this.states.forEach((s) => {
      this.#updateHeading(s)
    })
    this.#seen().rewind(observations)
  }

  save(): unknown {
    return {
      commands: [...this.#commands.values()].map((c) => c.save?.() ?? null),
      reset: this.#resetEvents.map((t) => t.save?.() ?? null),
      step: this.#stepEvents.map((t) => t.save?.() ?? null),
    }
  }

  restore(state: unknown): void {
    const saved = state as { commands: unknown[]; reset: unknown[]; step: unknown[] }
    const give = (to: { restore?(state: unknown): void }[], from: unknown[]) =>
      to.forEach((t, i) => {
        if (from[i] !== null && from[i] !== undefined) t.restore?.(from[i])
      })
    give([...this.#commands.values()], saved.commands)
    give(this.#resetEvents, saved.reset)
    give(this.#stepEvents, saved.step)
  }

  metrics(): Record<string, number> {
    const { steps, episodes, length, ends } = this.#stats
    const out: Record<string, number> = {
      episodes,
      episodeLength_s:
        episodes > 0 ? (length / episodes) * this.task.controlDt_s * this.#holdSteps : 0,
    }
    for (const group of this.#groups) {
      group.names.forEach((name, k) => {
        out[`reward/${name}`] = steps > 0 ? group.sums[k] / steps : 0
      })
      group.sums.fill(0)
    }
    for (const t of this.#terminations) {
      out[`end/${t.name}`] = episodes > 0 ? (ends.get(t.name) ?? 0) / episodes : 0
    }
    const parts = [...this.#commands.values(), ...this.#resetEvents, ...this.#stepEvents]
    for (const part of parts) Object.assign(out, part.metrics?.())
    this.#stats = { steps: 0, episodes: 0, length: 0, ends: new Map() }
    return out
  }

  dispose(): void {
    this.simulator.dispose()
  }
}
