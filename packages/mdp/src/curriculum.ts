export interface CurriculumParams {
  /** Mean success above which the level rises, and below which it falls again, half as fast. */
  readonly riseAbove: number
  readonly fallBelow: number
  /** Rise per 1000 episodes; 0: the level stays at 1. */
  readonly risePer1000: number
  /** Weight of one episode in the running mean of success. */
  readonly memory: number
  /** Mean success to begin with. */
  readonly success: number
  /** Level to begin with, of who has come so far before; default 0. */
  readonly start?: number | undefined
}

/** A level from 0 to 1 that rises while episodes succeed. */
export class Curriculum {
  level: number
  success: number
  readonly #params: CurriculumParams

  constructor(params: CurriculumParams) {
    this.#params = params
    const { start = 0, riseAbove, success } = params
    this.level = params.risePer1000 > 0 ? start : 1
    this.success = start > 0 ? Math.max(success, riseAbove) : success
  }

  /** An episode has ended; `success` in [0, 1]. */
  record(success: number): void {
    const { riseAbove, fallBelow, risePer1000, memory } = this.#params
    if (risePer1000 === 0) return
    this.success += memory * (success - this.success)
    const step = risePer1000 / 1000
    if (this.success > riseAbove) this.level = Math.min(1, this.level + step)
    else if (this.success < fallBelow) this.level = Math.max(0, this.level - step / 2)
  }

  save(): { level: number; success: number } {
    return { level: this.level, success: this.success }
  }

  restore(state: unknown): void {
    const saved = state as { level: number; success: number }
    this.level = saved.level
    this.success = saved.success
  }
}
