import type { PhysicsSettings, Robot, Scene } from '@skillweave/model'
import type {
  ActionTerm,
  CommandTerm,
  EventTerm,
  ObservationTerm,
  RewardTerm,
  TerminationTerm,
} from './define.ts'

/** A task: scene, terms and timing. Plain data; `createEnv` makes it run. */
export interface Task {
  readonly name: string
  /** One sentence for lists and `--help`. */
  readonly description: string
  readonly scene: Scene
  /** Control step, s; `decimation` physics steps make one. */
  readonly controlDt_s: number
  readonly decimation: number
  readonly physics: Omit<PhysicsSettings, 'dt_s'>
  /**
   * Control steps that one action lasts; default 1. A high-level controller decides less often than
   * its skills act. Rewards are the mean over the held steps.
   */
  readonly holdSteps?: number
  readonly commands: Readonly<Record<string, CommandTerm>>
  readonly action: ActionTerm
  readonly observations: {
    /** What the policy sees; all a real robot must measure. */
    readonly actor: Readonly<Record<string, ObservationTerm>>
    /** What only the critic sees in training, after the actor's own. */
    readonly critic?: Readonly<Record<string, ObservationTerm>>
    /** What a teacher sees, all of it, for distillation. */
    readonly teacher?: Readonly<Record<string, ObservationTerm>>
  }
  /** Each group has its own value head and advantage normalisation. */
  readonly rewards: Readonly<Record<string, RewardGroup>>
  readonly terminations: Readonly<Record<string, TerminationTerm>>
  readonly events: {
    readonly reset: Readonly<Record<string, EventTerm>>
    /** Before the physics of every control step. */
    readonly step?: Readonly<Record<string, EventTerm>>
  }
  /** The teacher's action term, for distillation. */
  readonly teacherAction?: ActionTerm
  /**
   * A stride added to the policy's output, by the gait phase in its observation: while the left leg
   * swings, sin · `left` (an action), while the right one does, −sin · `right`.
   */
  readonly stride?: {
    /** Name of the actor's `gaitPhase` term. */
    readonly phase: string
    readonly left: readonly number[]
    readonly right: readonly number[]
  }
  /** Learn with left/right symmetry (robot and every term must support it). */
  readonly symmetric?: boolean
  /** Hyper-parameters by name that differ from the learner's defaults. */
  readonly learning?: Readonly<Record<string, unknown>>
}

export interface RewardGroup {
  /** `sum`: Σ weight · term. `product`: Π term^weight, for imitation after SkillMimic. */
  readonly combine: 'sum' | 'product'
  /** The group's reward of a step is never below this, so that costs cannot make falling pay. */
  readonly floor?: number
  readonly terms: Readonly<Record<string, { readonly weight: number; readonly term: RewardTerm }>>
}

/** A task for any robot that has the roles it needs. */
export type TaskFactory = (robot: Robot) => Task

/** The task as plain JSON: what it is made of, for files beside policies and for golden tests. */
export function describeTask(task: Task): unknown {
  const terms = (table: Readonly<Record<string, { name: string; params: unknown }>> | undefined) =>
    Object.fromEntries(
      Object.entries(table ?? {}).map(([k, t]) => [k, { term: t.name, params: t.params }]),
    )
  return {
    name: task.name,
    controlDt_s: task.controlDt_s,
    decimation: task.decimation,
    holdSteps: task.holdSteps ?? 1,
    physics: task.physics,
    action: { term: task.action.name, params: task.action.params },
    commands: terms(task.commands),
    observations: {
      actor: terms(task.observations.actor),
      critic: terms(task.observations.critic),
      teacher: terms(task.observations.teacher),
    },
    rewards: Object.fromEntries(
      Object.entries(task.rewards).map(([group, g]) => [
        group,
        {
          combine: g.combine,
          ...(g.floor === undefined ? {} : { floor: g.floor }),
          terms: Object.fromEntries(
            Object.entries(g.terms).map(([k, t]) => [
              k,
              { weight: t.weight, term: t.term.name, params: t.term.params },
            ]),
          ),
        },
      ]),
    ),
    terminations: terms(task.terminations),
    events: { reset: terms(task.events.reset), step: terms(task.events.step) },
    ...(task.stride ? { stride: task.stride } : {}),
    learning: task.learning ?? {},
  }
}
