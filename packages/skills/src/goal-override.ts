/** A skill whose sub-goal can be set by hand. */
export interface GoalDirectedSkill {
  readonly name: string
  /** Names of the numbers it is told. */
  readonly goals: readonly string[]
  /** Least and greatest of each. [goals] */
  readonly ranges?: readonly (readonly [number, number])[]
}

/** Sub-goals set by hand in place of a controller's, for those who watch it. */
export interface GoalOverride {
  /** Whether any number is set. */
  readonly isActive: boolean
  /**
   * Set the named numbers of a skill's sub-goal and give the others back; null gives all of them back. Throws
   * for a name that is not there and for a number outside its range.
   */
  replace(skill: string, goal: Readonly<Record<string, number>> | null): void
  clear(): void
  /** Put what is set into `goals`: the sub-goals of all skills, one after the other. */
  apply(goals: Float32Array | Float64Array): void
  /** What is set, and how to set it again. */
  snapshot(): unknown
  rewind(snapshot: unknown): void
}

export function createGoalOverride(skills: readonly GoalDirectedSkill[]): GoalOverride {
  const first = new Map<string, number>()
  let size = 0
  for (const { name, goals } of skills) {
    first.set(name, size)
    size += goals.length
  }
  /** NaN: the controller's. */
  const wanted = new Float64Array(size).fill(Number.NaN)
  let isActive = false
  const changed = (): void => {
    isActive = wanted.some((x) => !Number.isNaN(x))
  }

  const check = (skill: GoalDirectedSkill, goal: Readonly<Record<string, number>>): void => {
    for (const [name, value] of Object.entries(goal)) {
      const i = skill.goals.indexOf(name)
      if (i < 0) {
        const known = skill.goals.join(', ') || 'nothing'
        throw new Error(`${skill.name} is told no "${name}"; it is told ${known}`)
      }
      const [least, most] = skill.ranges?.[i] ?? [
        Number.NEGATIVE_INFINITY,
        Number.POSITIVE_INFINITY,
      ]
      if (!(value >= least && value <= most)) {
        throw new Error(`${name} ${value} of ${skill.name} is outside [${least}, ${most}]`)
      }
    }
  }

  return {
    get isActive() {
      return isActive
    },
    replace: (name, goal) => {
      const skill = skills.find((s) => s.name === name)
      if (!skill) {
        throw new Error(`no skill "${name}"; there are ${skills.map((s) => s.name).join(', ')}`)
      }
      check(skill, goal ?? {})
      const at = first.get(name) ?? 0
      skill.goals.forEach((g, i) => {
        wanted[at + i] = goal?.[g] ?? Number.NaN
      })
      changed()
    },
    clear: () => {
      wanted.fill(Number.NaN)
      isActive = false
    },
    apply: (goals) => {
      for (let i = 0; i < size; i++) if (!Number.isNaN(wanted[i])) goals[i] = wanted[i]
    },
    snapshot: () => wanted.slice(),
    rewind: (snapshot) => {
      wanted.set(snapshot as Float64Array)
      changed()
    },
  }
}
