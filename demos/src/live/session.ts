import type { Env } from '@skillweave/mdp'
import type { EventData, EventName, SkillDescription, Unit, Vec3 } from '@skillweave/protocol'
import type { GoalOverride, WeightOverride } from '@skillweave/skills'
import type { PolicyFile } from '../policy-files.ts'

/** What weighs a session's skills, as a page sees it and a hand changes it. A blend action fits. */
export interface SkillBlend {
  readonly skills: readonly string[]
  /** As last applied, all joints together. [≥ skills] */
  readonly weights: ArrayLike<number>
  /** As last applied, per skill and joint; absent: a skill weighs the same on all joints. [skills, nDof] */
  jointWeights?(): ArrayLike<number>
  readonly override: WeightOverride
}

/** The sub-goals of a session's skills. */
export interface SkillGoals {
  /** As last given, skill after skill, in the order of their `goals`. */
  now(): ArrayLike<number>
  /** Absent: they cannot be set by hand. */
  readonly override?: GoalOverride
}

/** A demo that has been loaded and is ready to step. One environment. */
export interface DemoSession {
  readonly title: string
  readonly description: string
  readonly env: Env
  /** Fill `actions` from the present observation. Synchronous: it is the control loop. */
  decide(actions: Float32Array): void
  /** The skills behind it, when it blends any. */
  readonly skills: readonly SkillDescription[]
  /** What weighs them; may be another one after the environment was restarted. */
  blend?(): SkillBlend
  /** What they are told. */
  readonly goals?: SkillGoals
  /** Who may decide, and who does; absent: there is nothing to choose. */
  readonly controllers?: {
    readonly names: readonly string[]
    now(): string
    /** Throws for a name that is not there. */
    select(name: string): void
  }
  /**
   * Ask the robot for a velocity: forward, left (m/s), yaw rate (rad/s), heading frame; null: nobody asks any more.
   * Throws, saying why, when it cannot be asked now. Absent: it takes none.
   */
  steer?(velocity: Vec3 | null): void
  /** True: this attempt is over, begin another. A function of what the environment and `save` keep. */
  isOver?(): boolean
  /** Things `target.place` moves. */
  readonly targets: readonly {
    readonly name: string
    where(): Vec3
    place(pos_w: Vec3): void
  }[]
  /** Numbers to show, sampled after every control step. */
  readonly signals: readonly { readonly name: string; readonly unit?: Unit; value(): number }[]
  /** After every control step: report what happened. */
  watch(emit: Emit): void
  /** Counts for the summary. */
  counts(): Record<string, number>
  /** Draw a new place for the hoop, forget counts: called after a reset. */
  reset(): void
  /** What the session itself counts, for going back in time. */
  save?(): unknown
  restore?(saved: unknown): void
}

export type Emit = <N extends EventName>(name: N, data: EventData[N]) => void

/** Where policies come from: files beside the program, or of the page. Rejects, naming what there is. */
export type LoadPolicy = (name: string) => PolicyFile | Promise<PolicyFile>

/** One line of the table of demos. Runs in Node and in a browser's worker alike. */
export interface Demo {
  readonly title: string
  readonly description: string
  /** What to try first, a sentence. */
  readonly hint: string
  /** Policies it loads unless told otherwise. */
  readonly policies: readonly string[]
  load(options: DemoOptions, loadPolicy: LoadPolicy): Promise<DemoSession>
}

export interface DemoOptions {
  readonly seed: number
  readonly ball?: string
  readonly robot?: string
  /** Who decides at first, of a demo's controllers. */
  readonly controller?: string
  /** Policies there are, for what a demo would use if it were there; absent: it does without. */
  readonly policyNames?: readonly string[]
  /** In words, that a policy of this name is being trained. */
  begun?(policy: string): string | undefined
  readonly policy?: string
  readonly skills?: string
  readonly hoopHeight?: number
}
