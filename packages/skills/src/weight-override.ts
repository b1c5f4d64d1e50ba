/** Weights set by hand in place of a controller's, for those who watch it. */
export interface WeightOverride {
  /** Whether any weight is set, or is still on its way back. */
  readonly isActive: boolean
  /**
   * Give a skill a weight on some joints (all by default), or with null give it back to the controller.
   * Throws for a skill or joint that is not there and for a weight outside [0, 1].
   */
  set(skill: string, weight: number | null, joints?: readonly string[]): void
  /**
   * All there is to say about some joints (all by default): skills that are named get their weight, the
   * others are given back; null gives all back. Throws as `set` does, and when nothing would be left.
   * With `ramp_s` what is applied gets there from where it is, in a straight line, in that time.
   */
  replace(
    weights: Readonly<Record<string, number>> | null,
    joints?: readonly string[],
    ramp_s?: number,
  ): void
  /** Everything back to the controller. */
  clear(): void
  /**
   * Change `weights` [skills, joints] in place: what is set stands, and the other skills share the rest of
   * each joint in the proportion the controller gave them. A ramp goes on by one step.
   */
  apply(weights: Float32Array): void
  /** What is set, and how to set it again. */
  snapshot(): unknown
  rewind(snapshot: unknown): void
}

/** `applyEvery_s`: how often `apply` is called; without it there are no ramps. Ramps are for one environment. */
export function createWeightOverride(
  skills: readonly string[],
  jointNames: readonly string[],
  applyEvery_s = Number.POSITIVE_INFINITY,
): WeightOverride {
  const n = jointNames.length
  /** NaN: the controller's. [skills, joints] */
  const wanted = new Float32Array(skills.length * n).fill(Number.NaN)
  /** As last applied; where a ramp begins. [skills, joints] */
  const applied = new Float32Array(skills.length * n)
  const rampFrom = new Float32Array(skills.length * n)
  const ramp = { step: 0, steps: 0 }
  let isSet = false
  /** `applied` is of the last step: a hand was on it then. */
  let hasApplied = false

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
  const isOnRamp = (): boolean => ramp.step < ramp.steps
  const changed = (): void => {
    isSet = wanted.some((w) => !Number.isNaN(w))
    if (!isSet && !isOnRamp()) hasApplied = false
  }
  const putByHand = (weights: Float32Array): void => {
    for (let j = 0; j < n; j++) {
      let set = 0
      let free = 0
      let others = 0
      for (let k = 0; k < skills.length; k++) {
        const w = wanted[k * n + j]
        if (Number.isNaN(w)) {
          free += weights[k * n + j]
          others++
        } else set += w
      }
      // More than all of a joint is shared out; less than all is filled up by those who are free to,
      // and where nobody is, by what is set; where that is nothing, by all others alike.
      const share = set > 1 || (set > 0 && free === 0) ? 1 / set : 1
      const rest = free > 0 ? Math.max(0, 1 - set) / free : 0
      for (let k = 0; k < skills.length; k++) {
        const w = wanted[k * n + j]
        if (!Number.isNaN(w)) weights[k * n + j] = w * share
        else if (set === 0 && free === 0) weights[k * n + j] = 1 / others
        else weights[k * n + j] *= rest
      }
    }
  }

  return {
    get isActive() {
      return isSet || isOnRamp()
    },
    set: (skill, weight, joints = jointNames) => {
      const k = skillIndex(skill)
      if (weight !== null) checkWeight(skill, weight)
      for (const joint of joints) wanted[k * n + jointIndex(joint)] = weight ?? Number.NaN
      changed()
    },
    replace: (weights, joints = jointNames, ramp_s = 0) => {
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
      ramp.step = 0
      ramp.steps = Math.round(ramp_s / applyEvery_s)
      for (const j of dofs) {
        for (let k = 0; k < skills.length; k++) {
          wanted[k * n + j] = weights?.[skills[k]] ?? Number.NaN
        }
      }
      changed()
    },
    clear: () => {
      wanted.fill(Number.NaN)
      ramp.steps = 0
      changed()
    },
    apply: (weights) => {
      const isMoving = isOnRamp()
      // From what was applied last; where no hand acted, from what the controller says.
      if (isMoving && ramp.step === 0) rampFrom.set(hasApplied ? applied : weights)
      if (isSet) putByHand(weights)
      if (isMoving) {
        const share = ++ramp.step / ramp.steps
        for (let i = 0; i < weights.length; i++) {
          weights[i] = rampFrom[i] + share * (weights[i] - rampFrom[i])
        }
      }
      applied.set(weights)
      hasApplied = isSet || isOnRamp()
    },
    snapshot: (): Kept => ({
      wanted: wanted.slice(),
      applied: applied.slice(),
      rampFrom: rampFrom.slice(),
      ramp: { ...ramp },
      hasApplied,
    }),
    rewind: (snapshot) => {
      const kept = snapshot as Kept
      wanted.set(kept.wanted)
      applied.set(kept.applied)
      rampFrom.set(kept.rampFrom)
      Object.assign(ramp, kept.ramp)
      hasApplied = kept.hasApplied
      changed()
    },
  }
}

/** What decides the weights to come. */
interface Kept {
  readonly wanted: Float32Array
  readonly applied: Float32Array
  readonly rampFrom: Float32Array
  readonly ramp: { readonly step: number; readonly steps: number }
  readonly hasApplied: boolean
}
