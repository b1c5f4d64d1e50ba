/** Weights set by hand in place of a controller's, for those who watch it. */
export interface WeightOverride {
  /**
   * Say all there is to say about some joints (all by default): these skills get these weights, the others
   * share the rest; null, or no skill at all, gives the joints back to the controller. Throws, and changes
   * nothing, for a skill or joint that is not there and for a weight outside [0, 1].
   */
  set(weights: Readonly<Record<string, number>> | null, joints?: readonly string[]): void
  /** Whether anything is set. */
  readonly isSet: boolean
  /**
   * Change `weights` [skills, joints] in place: what is set stands, and the other skills share the rest of
   * each joint in the proportion the controller gave them.
   */
  apply(weights: Float32Array): void
  /** What is set, to come back to. */
  save(): Float32Array
  restore(saved: Float32Array): void
}

export function createWeightOverride(
  skills: readonly string[],
  jointNames: readonly string[],
): WeightOverride {
  const n = jointNames.length
  /** NaN: the controller's. [skills, joints] */
  const wanted = new Float32Array(skills.length * n).fill(Number.NaN)
  const isSet = (): boolean => wanted.some((w) => !Number.isNaN(w))
  return {
    set: (weights, joints = jointNames) => {
      const rows = Object.entries(weights ?? {}).map(([skill, weight]) => {
        const k = skills.indexOf(skill)
        if (k < 0) {
          throw new Error(`no skill "${skill}"; this controller blends ${skills.join(', ')}`)
        }
        if (!(weight >= 0 && weight <= 1)) {
          throw new Error(`weight ${weight} of ${skill} is outside [0, 1]`)
        }
        return [k, weight] as const
      })
      const columns = joints.map((joint) => {
        const j = jointNames.indexOf(joint)
        if (j < 0) throw new Error(`no joint "${joint}"; there are ${jointNames.join(', ')}`)
        return j
      })
      for (const j of columns) {
        for (let k = 0; k < skills.length; k++) wanted[k * n + j] = Number.NaN
        for (const [k, weight] of rows) wanted[k * n + j] = weight
      }
    },
    get isSet() {
      return isSet()
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
    save: () => wanted.slice(),
    restore: (saved) => wanted.set(saved),
  }
}
