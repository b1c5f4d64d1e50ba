/** What a link says beyond the address of the page; docs/viewer.md 6. */
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
export function formatLink(facts: LinkFacts): string {
  const { demo, seed, at_s, camera, speed } = facts
  const parts = new URLSearchParams({ v: '1' })
  if (demo !== undefined) parts.set('demo', demo)
  if (seed !== undefined) parts.set('seed', String(seed))
  if (at_s !== undefined) parts.set('t', at_s.toFixed(2))
  if (camera) parts.set('cam', camera.map((x) => Math.round(100 * x)).join('_'))
  if (speed !== undefined && speed !== 1) parts.set('speed', String(speed))
  return parts.toString()
}

/** Read a fragment. What is missing or malformed is left out: a link is a wish, not a command. */
export function parseLink(fragment: string): LinkFacts {
  const parts = new URLSearchParams(fragment.replace(/^#/, ''))
  const number = (key: string): number | undefined => {
    const text = parts.get(key)
    const value = text === null || text === '' ? Number.NaN : Number(text)
    return Number.isFinite(value) && value >= 0 ? value : undefined
  }
  const demo = parts.get('demo')
  const seed = number('seed')
  const at_s = number('t')
  const speed = number('speed')
  const camera = parts
    .get('cam')
    ?.split('_')
    .map((x) => Number(x) / 100)
  return {
    ...(demo !== null && /^[\w-]{1,40}$/.test(demo) ? { demo } : {}),
    ...(seed !== undefined && Number.isInteger(seed) ? { seed } : {}),
    ...(at_s !== undefined ? { at_s } : {}),
    ...(camera?.length === 6 && camera.every(Number.isFinite) ? { camera } : {}),
    ...(speed !== undefined && speed >= 1 / 64 && speed <= 64 ? { speed } : {}),
  }
}
