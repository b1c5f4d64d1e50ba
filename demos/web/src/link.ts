import { type Bookmark, nameMax } from './bookmarks.ts'

/** What a link says beyond the address of the page; docs/viewer.md 6. */
export interface LinkFacts {
  readonly demo?: string
  readonly seed?: number
  /** Moment of the run, s. */
  readonly at_s?: number
  /** Position and target of the camera, world, m. */
  readonly camera?: readonly number[]
  readonly speed?: number
  readonly bookmarks?: readonly Bookmark[]
  readonly kicks?: readonly KickFact[]
}

/** A kick of the run: its moment, where and how hard, world, N·s. */
export interface KickFact {
  readonly time_s: number
  readonly link: string
  readonly impulse_w: readonly [number, number, number]
}

/** A link of more than a few lines is cut by those it is sent through. */
const bookmarksMax = 8
const kicksMax = 8

/** As a fragment, without `#`. Never has a token. */
export function formatLink(facts: LinkFacts): string {
  const { demo, seed, at_s, camera, speed, bookmarks = [], kicks = [] } = facts
  const parts = new URLSearchParams({ v: '1' })
  if (demo !== undefined) parts.set('demo', demo)
  if (seed !== undefined) parts.set('seed', String(seed))
  if (at_s !== undefined) parts.set('t', at_s.toFixed(2))
  if (camera) parts.set('cam', camera.map((x) => Math.round(100 * x)).join('_'))
  if (speed !== undefined && speed !== 1) parts.set('speed', String(speed))
  for (const { time_s, name } of bookmarks.slice(-bookmarksMax)) {
    parts.append('mark', `${time_s.toFixed(2)} ${name}`)
  }
  for (const { time_s, link, impulse_w } of kicks.slice(-kicksMax)) {
    // Not rounded: another kick would be another run.
    parts.append('kick', [time_s.toFixed(3), link, ...impulse_w].join(' '))
  }
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
  const bookmarks = parts.getAll('mark').flatMap((text): Bookmark[] => {
    const [, time_s, name] = /^(\d+(?:\.\d+)?) (.+)$/.exec(text) ?? []
    return name === undefined ? [] : [{ time_s: Number(time_s), name: name.slice(0, nameMax) }]
  })
  const kicks = parts.getAll('kick').flatMap((text): KickFact[] => {
    const [time, link, ...impulse] = text.split(' ')
    const [time_s, x, y, z] = [time, ...impulse].map(Number)
    const isKick = /^\w{1,60}$/.test(link ?? '') && [time_s, x, y, z].every(Number.isFinite)
    return isKick ? [{ time_s, link, impulse_w: [x, y, z] }] : []
  })
  return {
    ...(demo !== null && /^[\w-]{1,40}$/.test(demo) ? { demo } : {}),
    ...(seed !== undefined && Number.isInteger(seed) ? { seed } : {}),
    ...(at_s !== undefined ? { at_s } : {}),
    ...(camera?.length === 6 && camera.every(Number.isFinite) ? { camera } : {}),
    ...(speed !== undefined && speed >= 1 / 64 && speed <= 64 ? { speed } : {}),
    ...(bookmarks.length > 0 ? { bookmarks: bookmarks.slice(0, bookmarksMax) } : {}),
    ...(kicks.length > 0 ? { kicks: kicks.slice(0, kicksMax) } : {}),
  }
}
