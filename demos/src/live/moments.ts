/** How far back a run can be taken, s, and how often it is kept. */
export const reach_s = 60
const every_s = 0.5

/** A state of the run to go back to. */
export interface Moment<M> {
  /** Control steps taken before it. */
  readonly step: number
  readonly time_s: number
  readonly memory: M
}

/**
 * The last minute of a run, kept so that it can be run again: moments, what was done to it from outside
 * (deeds, each before a control step), and a hash of the state after every step.
 */
export interface Moments<M> {
  /** Is it time to keep another moment? */
  isDue(time_s: number): boolean
  keep(moment: Moment<M>): void
  /** Something was done just before control step `step`; `again` does it once more. */
  deed(step: number, again: () => void): void
  /** What was done before control step `step`, in order. */
  deedsAt(step: number): readonly (() => void)[]
  /** State after control step `step`. */
  passed(step: number, time_s: number, hash: number): void
  hashAt(step: number): number | undefined
  /** The latest moment before a step, or the first one; undefined if that is too long ago. */
  before(step: number): Moment<M> | undefined
  /** The step after which the run's time was nearest to `time_s`. */
  stepAt(time_s: number): number
  /** From here on the run goes another way: forget what came after `step`. */
  branch(step: number): void
  /** Earliest time that can be gone back to. */
  readonly from_s: number | undefined
  /** Forget everything: another run begins. */
  clear(): void
}

interface Passed {
  readonly step: number
  readonly time_s: number
  readonly hash: number
}

export function createMoments<M>(controlDt_s: number): Moments<M> {
  let moments: Moment<M>[] = []
  let deeds: { readonly step: number; readonly again: () => void }[] = []
  let passed: Passed[] = []
  const stepsMax = Math.ceil((reach_s + 2 * every_s) / controlDt_s)
  const indexOf = (step: number): number => step - (passed[0]?.step ?? 0)

  return {
    isDue: (time_s) => time_s >= (moments.at(-1)?.time_s ?? Number.NEGATIVE_INFINITY) + every_s,
    keep(moment) {
      moments.push(moment)
      const oldest = moment.time_s - reach_s
      while (moments.length > 1 && moments[1].time_s <= oldest) moments.shift()
      const first = moments[0].step
      deeds = deeds.filter((d) => d.step > first)
    },
    deed: (step, again) => {
      deeds.push({ step, again })
    },
    deedsAt: (step) => deeds.filter((d) => d.step === step).map((d) => d.again),
    passed(step, time_s, hash) {
      if (passed.at(-1)?.step === step) passed.pop()
      passed.push({ step, time_s, hash })
      // Trimmed in blocks: shifting thousands of entries at every step would be felt.
      if (passed.length > 1.25 * stepsMax) passed = passed.slice(-stepsMax)
    },
    hashAt: (step) => passed[indexOf(step)]?.hash,
    // A moment at the step itself already has what was done before that step.
    before: (step) =>
      moments.findLast((m) => m.step < step) ?? moments.find((m) => m.step === step),
    stepAt(time_s) {
      const last = passed.at(-1)
      if (!last) return 0
      const guess = last.step - Math.round((last.time_s - time_s) / controlDt_s)
      return Math.min(last.step, Math.max(passed[0].step, guess))
    },
    branch(step) {
      moments = moments.filter((m, i) => i === 0 || m.step < step)
      deeds = deeds.filter((d) => d.step < step)
      passed = passed.slice(0, Math.max(0, indexOf(step) + 1))
    },
    get from_s() {
      return moments[0]?.time_s
    },
    clear() {
      moments = []
      deeds = []
      passed = []
    },
  }
}
