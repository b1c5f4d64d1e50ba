/** Weights set by hand in place of a controller's, for those who watch it. */
export interface WeightOverride {
  /**
   * Give a skill a weight on some joints (all by default), or with null give it back to the controller.
   * Throws for a skill or joint that is not there and for a weight outside [0, 1].
   */
  set(skill: string, weight: number | null, joints?: readonly string[]): void
  /** Everything back to the controller. */
  clear(): void
  /**
   * Change `weights` [skills, joints] in place: what is set stands, and the other skills share the rest of
   * each joint in the proportion the controller gave them.
   */
  apply(weights: Float32Array): void
}

export function createWeightOverride(
  skills: readonly string[],
  jointNames: readonly string[],
): WeightOverride {
  const n = jointNames.length
  /** NaN: the controller's. [skills, joints] */
  const wanted = new Float32Array(skills.length * n).fill(Number.NaN)
  return {
    set: (skill, weight, joints = jointNames) => {
      const k = skills.indexOf(skill)
      if (k < 0) throw new Error(`no skill "${skill}"; this controller blends ${skills.join(', ')}`)
      if (weight !== null && !(weight >= 0 && weight <= 1)) {
        throw new Error(`weight ${weight} of ${skill} is outside [0, 1]`)
      }
      for (const joint of joints) {
        const j = jointNames.indexOf(joint)
        if (j < 0) throw new Error(`no joint "${joint}"; there are ${jointNames.join(', ')}`)
        wanted[k * n + j] = weight ?? Number.NaN
      }
    },
    clear: () => {
      wanted.fill(Number.NaN)
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
        // More than all of a joint is shared out; less than all is filled up, if somebody is free to.
        const isOver = set > 1
        const rest = free > 0 ? Math.max(0, 1 - set) / free : 0
        for (let k = 0; k < skills.length; k++) {
          const w = wanted[k * n + j]
          if (Number.isNaN(w)) weights[k * n + j] *= rest
          else weights[k * n + j] = isOver ? w / set : w
        }
      }
    },
  }
}
