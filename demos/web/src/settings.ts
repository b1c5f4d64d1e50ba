import type { QualityName, Theme } from '@skillweave/viewer'

/** What the address says, with what the browser prefers in between. */
export interface Settings {
  /** Address of the stream. */
  readonly url: string
  readonly host: string
  readonly token?: string
  /** null: as the browser prefers. */
  readonly theme: Theme | null
  /** null: by the graphics card. */
  readonly quality: QualityName | null
  /** Frames drawn per second at most; 0: as many as the screen shows. */
  readonly fpsMax: number
  /** Expose `window.__skillweave`. */
  readonly test: boolean
}

/** Read `?server= &theme= &quality= &fps= &test=1` and `#token=`. */
export function readSettings(at: Location): Settings {
  const query = new URLSearchParams(at.search)
  const fragment = new URLSearchParams(at.hash.slice(1))
  const host = query.get('server') ?? at.host
  const token = fragment.get('token')
  return {
    url: `${at.protocol === 'https:' ? 'wss' : 'ws'}://${host}/stream`,
    host,
    ...(token ? { token } : {}),
    theme: oneOf(query.get('theme'), ['dark', 'light']),
    quality: oneOf(query.get('quality'), ['low', 'medium', 'high']),
    fpsMax: Math.max(0, Number(query.get('fps') ?? 0) || 0),
    test: query.get('test') === '1',
  }
}

function oneOf<T extends string>(value: string | null, known: readonly T[]): T | null {
  return known.find((k) => k === value) ?? null
}
