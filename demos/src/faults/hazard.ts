/** What can go wrong between a person, a controller and a joint, and a trial that shows that it does not. */
export interface Hazard {
  /** Row of the list of hazards; several trials may show one row. */
  readonly row: number
  readonly name: string
  /**
   * Throws, or rejects, with what was found when the hazard is not prevented. `share`: of the seeds of a long trial,
   * in (0, 1].
   */
  run(share: number): void | Promise<void>
}

export function expect(isTrue: boolean, text: () => string): void {
  if (!isTrue) throw new Error(text())
}
