/** Numbers by name that expressions are made of, and where each is in a sample. */
export interface Names {
  readonly list: readonly string[]
}
/** A formula over signals, with the memory its filters need. */
export interface Expression {
  readonly text: string
  /** Value at the next sample. */
  next(values: ArrayLike<number>, time_s: number): number
  /** Forget what came before: time has jumped. */
  restart(): void
}
/** What is wrong with a formula, for the person who typed it. */
export declare class FormulaError extends Error {}
/**
 * Compile a formula. Only what `compileNode` knows gets through: arithmetic, comparison, a fixed list of
 * functions and names of signals; nothing is assigned, looked up on an object, or evaluated as code.
 * Rejects with a `FormulaError`.
 */
export declare function compile(text: string, names: Names): Promise<Expression>
export declare const functionNames: readonly string[]
/** Names that are near to a wrong one: the same ending first, then few letters apart. */
export declare function closest(wrong: string, known: readonly string[]): string[]
//# sourceMappingURL=expressions.d.ts.map
