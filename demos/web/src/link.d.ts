/** What a link says beyond the address of the page; docs/viewer.md 5. */
export interface LinkFacts {
  readonly demo?: string
  readonly seed?: number
  /** Moment of the run, s. */
  readonly at_s?: number
  /** Position and target of the camera, world, m. */
  readonly camera?: readonly number[]
  readonly speed?: number
}
/** As a fragment, without `#`. Never has a token. */
export declare function formatLink(facts: LinkFacts): string
/** Read a fragment. What is missing or malformed is left out: a link is a wish, not a command. */
export declare function parseLink(fragment: string): LinkFacts
//# sourceMappingURL=link.d.ts.map
