import type { Viewer } from '@skillweave/viewer'
import { type Accessor, createSignal } from 'solid-js'
import type { ActionTargets } from './actions.ts'
import { formatLink } from './link.ts'
import type { Live } from './live.ts'
import { download, fileStem, film, saveTape } from './recordings.ts'

/** What of a run can be taken away: pictures, films, recordings, links. */
export interface Share {
  readonly targets: Pick<
    ActionTargets,
    'screenshot' | 'toggleVideo' | 'toggleRecording' | 'saveLastMinute' | 'copyLink'
  >
  readonly isFilming: Accessor<boolean>
}

export function createShare(
  live: Live,
  page: { readonly viewer: () => Viewer | null; readonly canvas: () => HTMLCanvasElement },
): Share {
  const { state, source } = live
  const [isFilming, setIsFilming] = createSignal(false)
  let ending: (() => Promise<Blob>) | undefined
  const stem = (): string => fileStem(state.scene?.title)
  const save = (): Promise<void> =>
    saveTape(live).catch((error: unknown) => live.say(`Not saved: ${error}`))

  return {
    isFilming,
    targets: {
      async screenshot() {
        const viewer = page.viewer()
        if (viewer) download(await viewer.picture(), `${stem()}.png`)
        else live.say('Without WebGL there is no picture to save.')
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
        const started = film(page.canvas())
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
        const viewer = page.viewer()
        const address = new URL(location.href)
        address.hash = formatLink({
          ...(source.demo === undefined ? {} : { demo: source.demo }),
          ...(state.seed === null ? {} : { seed: state.seed }),
          at_s: state.time_s,
          speed: state.speed,
          ...(viewer ? { camera: viewer.cameraPose() } : {}),
        })
        try {
          await navigator.clipboard.writeText(address.href)
          live.say('The link to this moment is copied.')
        } catch {
          history.replaceState(null, '', address.href)
          live.say('The link to this moment is in the address bar.')
        }
      },
    },
  }
}
