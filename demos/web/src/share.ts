import { type Accessor, createSignal } from 'solid-js'
import type { ActionTargets } from './actions.ts'
import { withCaption } from './caption.ts'
import { formatLink, type KickFact } from './link.ts'
import type { Page } from './page.ts'
import { download, fileStem, film, saveTape } from './recordings.ts'

/** What of a run can be taken away: pictures, films, recordings, links. */
export interface Share {
  readonly targets: Pick<
    ActionTargets,
    'screenshot' | 'toggleVideo' | 'toggleRecording' | 'saveLastMinute' | 'copyLink'
  >
  readonly isFilming: Accessor<boolean>
}

export function createShare(page: Page, canvas: () => HTMLCanvasElement): Share {
  const { live, source } = page
  const { state } = live
  const [isFilming, setIsFilming] = createSignal(false)
  let ending: (() => Promise<Blob>) | undefined
  const stem = (): string => fileStem(state.scene?.title)
  const save = (): Promise<void> =>
    saveTape(live, page.bookmarks.list()).catch((error: unknown) => live.say(`Not saved: ${error}`))
  /** Kicks that the run got since it began, those of the link that opened it among them. */
  const kicks = (): readonly KickFact[] => [
    ...(state.startedAt_s === 0 ? (page.settings.link.kicks ?? []) : []),
    ...live.events.flatMap(({ name, data, time_s }): KickFact[] =>
      name === 'push' && data.impulse_w && time_s >= state.startedAt_s
        ? [{ time_s, link: data.link, impulse_w: data.impulse_w }]
        : [],
    ),
  ]
  /** Seconds of a link count from the start with its seed. */
  const sinceStart = <T extends { readonly time_s: number }>(list: readonly T[]): T[] =>
    list
      .filter((m) => m.time_s >= state.startedAt_s)
      .map((m) => ({ ...m, time_s: m.time_s - state.startedAt_s }))
  /** To this moment of this run. */
  const link = (): string => {
    const { viewer } = page
    const address = new URL(location.href)
    address.hash = formatLink({
      ...(source.demo === undefined ? {} : { demo: source.demo }),
      ...(state.seed === null ? {} : { seed: state.seed }),
      at_s: Math.max(0, state.time_s - state.startedAt_s),
      speed: state.speed,
      ...(viewer ? { camera: viewer.cameraPose() } : {}),
      bookmarks: sinceStart(page.bookmarks.list()),
      kicks: sinceStart(kicks()).filter((k) => k.time_s <= state.time_s - state.startedAt_s),
    })
    return address.href
  }

  return {
    isFilming,
    targets: {
      async screenshot() {
        const { viewer } = page
        if (!viewer) return live.say('Without WebGL there is no picture to save.')
        const { seed, time_s, scene } = state
        const caption = { title: scene?.title ?? 'Skillweave', seed, time_s, link: link() }
        download(await withCaption(await viewer.picture(), caption), `${stem()}.png`)
      },
      async toggleVideo() {
        if (ending) {
          const end = ending
          ending = undefined
          setIsFilming(false)
          const blob = await end()
          download(blob, `${stem()}.${blob.type.split('/')[1]}`)
          return
        }
        const started = film(canvas())
        if (!started) return live.say('This browser makes no videos.')
        ending = started.end
        setIsFilming(true)
      },
      toggleRecording() {
        const wasOn = live.tape.isRecording
        live.tape.record(!wasOn)
        if (wasOn) void save()
        else live.say('Recording; M ends it.')
      },
      saveLastMinute: () => void save(),
      async copyLink() {
        const address = link()
        try {
          await navigator.clipboard.writeText(address)
          live.say('The link to this moment is copied.')
        } catch {
          history.replaceState(null, '', address)
          live.say('The link to this moment is in the address bar.')
        }
      },
    },
  }
}
