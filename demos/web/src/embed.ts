import type { Viewer } from '@skillweave/viewer'
import type { Live } from './live-interface.ts'

/** What a page around this one may ask for: `frame.contentWindow.postMessage({ skillweave: 'seek', time_s: 3 }, origin)`. */
export type EmbedOrder =
  | { readonly skillweave: 'play' | 'pause' | 'live' }
  | { readonly skillweave: 'seek'; readonly time_s: number }
  | { readonly skillweave: 'camera'; readonly pose: readonly number[] }
  | { readonly skillweave: 'weights'; readonly weights: Readonly<Record<string, number>> | null }

/** An order out of a message, null if it is none. */
export function readOrder(data: unknown): EmbedOrder | null {
  if (typeof data !== 'object' || data === null || !('skillweave' in data)) return null
  const { skillweave: name, time_s, pose, weights } = data as Record<string, unknown>
  const isNumber = (x: unknown): x is number => typeof x === 'number' && Number.isFinite(x)
  switch (name) {
    case 'play':
    case 'pause':
    case 'live':
      return { skillweave: name }
    case 'seek':
      return isNumber(time_s) ? { skillweave: name, time_s } : null
    case 'camera':
      return Array.isArray(pose) && pose.length === 6 && pose.every(isNumber)
        ? { skillweave: name, pose }
        : null
    case 'weights': {
      if (weights === null) return { skillweave: name, weights }
      if (typeof weights !== 'object') return null
      const entries = Object.entries(weights as object)
      return entries.every(([, w]) => isNumber(w))
        ? { skillweave: name, weights: Object.fromEntries(entries) }
        : null
    }
    default:
      return null
  }
}

/**
 * A page within a page: orders of listed origins, and no computing while nobody sees it. Of a run on a server it
 * only moves the view and the playhead: the run is not the frame's.
 */
export function bindEmbed(page: {
  readonly live: Live
  readonly viewer: () => Viewer | null
  readonly element: HTMLElement
  /** Origins whose orders count. */
  readonly allowed: readonly string[]
}): () => void {
  const { live, allowed, element } = page
  const { state } = live
  const isOurs = live.source.kind !== 'server'
  /** Held because nobody saw it, not because somebody said so. */
  let hides = false

  function obey(order: EmbedOrder): void {
    switch (order.skillweave) {
      case 'play':
      case 'pause': {
        const plays = order.skillweave === 'play'
        if (state.looksBack) live.playPast(plays)
        else if (isOurs) void live.ask('world.pause', { paused: !plays })
        break
      }
      case 'live':
        live.goLive()
        break
      case 'seek':
        if (state.replay) void live.ask('replay.seek', { time_s: order.time_s })
        else live.lookAt(order.time_s)
        break
      case 'camera':
        page.viewer()?.setCameraPose(order.pose)
        break
      case 'weights':
        if (isOurs) {
          void live.ask('skill.weights', { weights: order.weights, mode: 'override' })
        }
        break
    }
  }
  const onMessage = (e: MessageEvent): void => {
    if (!allowed.includes(e.origin)) return
    const order = readOrder(e.data)
    if (order) obey(order)
  }
  const watcher = new IntersectionObserver(([entry]) => {
    if (!isOurs || state.status.state !== 'open') return
    if (!entry.isIntersecting && !state.paused) {
      hides = true
      void live.ask('world.pause', { paused: true })
    } else if (entry.isIntersecting && hides) {
      hides = false
      void live.ask('world.pause', { paused: false })
    }
  })
  window.addEventListener('message', onMessage)
  watcher.observe(element)
  return () => {
    window.removeEventListener('message', onMessage)
    watcher.disconnect()
  }
}
