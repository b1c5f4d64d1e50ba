/** Weights set by hand in place of a controller's, for those who watch it. */
export interface WeightOverride {
  /** Whether any weight is set. */
  readonly isActive: boolean
  /**
   * Give a skill a weight on some joints (all by default), or with null give it back to the controller.
   * Throws for a skill or joint that is not there and for a weight outside [0, 1].
   */
  set(skill: string, weight: number | null, joints?: readonly string[]): void
  /**
   * All there is to say about some joints (all by default): skills that are named get their weight, the
   * others are given back; null gives all back. Throws as `set` does, and when nothing would be left.
   */
  replace(weights: Readonly<Record<string, number>> | null, joints?: readonly string[]): void
  /** Everything back to the controller. */
  clear(): void
  /**
   * Change `weights` [skills, joints] in place: what is set stands, and the other skills share the rest of
   * each joint in the proportion the controller gave them.
   */
  apply(weights: Float32Array): void
  /** What is set, and how to set it again. */
  snapshot(): unknown
  rewind(snapshot: unknown): void
}

export function createWeightOverride(
  skills: readonly string[],
  jointNames: readonly string[],
): WeightOverride {
  const n = jointNames.length
  /** NaN: the controller's. [skills, joints] */
  const wanted = new Float32Array(skills.length * n).fill(Number.NaN)
  let isActive = false

  const skillIndex = (skill: string): number => {
    const k = skills.indexOf(skill)
    if (k < 0) throw new Error(`no skill "${skill}"; this controller blends ${skills.join(', ')}`)
    return k
  }
  const checkWeight = (skill: string, weight: number): void => {
    if (weight >= 0 && weight <= 1) return
    throw new Error(`weight ${weight} of ${skill} is outside [0, 1]`)
  }
  const jointIndex = (joint: string): number => {
    const j = jointNames.indexOf(joint)
    if (j < 0) throw new Error(`no joint "${joint}"; there are ${jointNames.join(', ')}`)
    return j
  }
  const changed = (): void => {
    isActive = wanted.some((w) => !Number.isNaN(w))
  }

  return {
    get isActive() {
      return isActive
    },
    set: (skill, weight, joints = jointNames) => {
      const k = skillIndex(skill)
      if (weight !== null) checkWeight(skill, weight)
      for (const joint of joints) wanted[k * n + jointIndex(joint)] = weight ?? Number.NaN
      changed()
    },
    replace: (weights, joints = jointNames) => {
      const named = Object.entries(weights ?? {})
      // Everything is checked before anything changes.
      for (const [skill, weight] of named) {
        skillIndex(skill)
        checkWeight(skill, weight)
      }
      if (named.length === skills.length && named.every(([, weight]) => weight === 0)) {
        throw new Error('at least one weight must be above zero')
      }
      const dofs = joints.map(jointIndex)
      for (const j of dofs) {
        for (let k = 0; k < skills.length; k++) {
          wanted[k * n + j] = weights?.[skills[k]] ?? Number.NaN
        }
      }
      changed()
    },
    clear: () => {
      wanted.fill(Number.NaN)
      isActive = false
    },
    apply: (weights) => {
      for (let j = 0; j < n; j++) {
        let set = 0
        let free = 0
        for (let k = 0; k < skills.length; k++) {
          const w = wanted[k * n + j]
          if (Number.isNaN(w)) free += weights[k * n + j]
          else set += w
        }
        // More than all of a joint is shared out; less than all is filled up by those who are free to,
        // and where nobody is, by what is set.
        const share = set > 1 || (set > 0 && free === 0) ? 1 / set : 1
        const rest = free > 0 ? Math.max(0, 1 - set) / free : 0
        for (let k = 0; k < skills.length; k++) {
          const w = wanted[k * n + j]
          weights[k * n + j] = Number.isNaN(w) ? weights[k * n + j] * rest : w * share
        }
      }
    },
    snapshot: () => wanted.slice(),
    rewind: (snapshot) => {
      wanted.set(snapshot as Float32Array)
      changed()
    },
  }
}
