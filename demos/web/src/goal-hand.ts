import { createEffect, createSignal, on } from 'solid-js'
import type { Live } from './live-interface.ts'

/** Numbers of a skill's goal that a hand has set. */
export type HeldGoal = Readonly<Record<string, number>>

/** What the skills are told by hand, by sliders and by drags alike. */
export interface GoalHand {
  /** By skill. */
  readonly held: () => Readonly<Record<string, HeldGoal>>
  /** Set some numbers of a skill's goal; those set before stay. */
  set(skill: string, goal: HeldGoal): void
  giveBack(): void
}

export function createGoalHand(live: Live): GoalHand {
  const { state } = live
  const [held, setHeld] = createSignal<Readonly<Record<string, HeldGoal>>>({})
  // Given back by another page or by a rewind: it is not held any more.
  createEffect(
    on(
      () => state.goalsByHand,
      (now, before) => {
        if (before && !now) setHeld({})
      },
    ),
  )
  return {
    held,
    set(skill, goal) {
      const before = held()
      const next = { ...before[skill], ...goal }
      setHeld({ ...before, [skill]: next })
      void live.ask('skill.goal', { skill, goal: next }).then((isDone) => {
        if (!isDone) setHeld(before)
      })
    },
    giveBack() {
      const skills = state.goalsByHand
        ? state.skills.filter((s) => s.goals.length > 0).map((s) => s.name)
        : Object.keys(held())
      setHeld({})
      for (const skill of skills) void live.ask('skill.goal', { skill, goal: null })
    },
  }
}
