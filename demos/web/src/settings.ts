import type { QualityName, Theme } from '@skillweave/viewer'
import { type LinkFacts, parseLink } from './link.ts'

/** What a page may do with a run: change it, or only watch. */
export type ViewRole = 'operator' | 'spectator'

/** Around an embedded scene: nothing, the time, or everything. */
export type EmbedUi = 'none' | 'time' | 'full'

/** What the address says, with what the browser prefers in between. */
export interface Settings {
  /** Address of the stream. */
  readonly url: string
  readonly host: string
  /** The address names a server. */
  readonly isRemote: boolean
  readonly token?: string
  /** A demo to run in this tab. */
  readonly demo: string | null
  readonly link: LinkFacts
  /** null: as the browser prefers. */
  readonly theme: Theme | null
  /** null: by the graphics card. */
  readonly quality: QualityName | null
  /** Frames drawn per second at most; 0: as many as the screen shows. */
  readonly fpsMax: number
  /** Expose `window.__skillweave`. */
  readonly test: boolean
  /** Only watch, until somebody asks for more. */
  readonly role: ViewRole
  /** For a page within a page: what is around the scene; null: it is a page of its own. */
  readonly embed: EmbedUi | null
  /** Origins of pages around this one whose orders count. */
  readonly allowed: readonly string[]
}

/** Read `?server= &demo= &theme= &quality= &fps= &embed=1 &ui= &allow= &watch=1 &test=1`, `#token=` and the link after `#`. */
export function readSettings(at: Location): Settings {
  const query = new URLSearchParams(at.search)
  const fragment = new URLSearchParams(at.hash.slice(1))
  const link = parseLink(at.hash)
  const host = query.get('server') ?? at.host
  const token = fragment.get('token')
  return {
    url: `${at.protocol === 'https:' ? 'wss' : 'ws'}://${host}/stream`,
    host,
    isRemote: query.has('server'),
    ...(token ? { token } : {}),
    demo: query.get('demo'),
    link,
    theme: oneOf(query.get('theme'), ['dark', 'light']),
    quality: oneOf(query.get('quality'), ['low', 'medium', 'high']),
    fpsMax: Math.max(0, Number(query.get('fps') ?? 0) || 0),
    test: query.get('test') === '1',
    role: query.get('watch') === '1' ? 'spectator' : 'operator',
    embed:
      query.get('embed') === '1'
        ? (oneOf(query.get('ui'), ['none', 'time', 'full']) ?? 'none')
        : null,
    allowed: query.getAll('allow'),
  }
}

function oneOf<T extends string>(value: string | null, known: readonly T[]): T | null {
  return known.find((k) => k === value) ?? null
}
