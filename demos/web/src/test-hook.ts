import type { ViewerStats } from '@skillweave/viewer'
import type { Page } from './page.ts'

/** What browser tests read from `window.__skillweave`. */
export interface TestHook {
  stats(): TestStats
  /** How long so many frames took to draw, ms each. */
  drawTimes(frames: number): number[]
}

export interface TestStats {
  readonly connection: string
  readonly role: string | null
  readonly bootId: string | null
  readonly time_s: number
  readonly paused: boolean
  readonly speed: number
  readonly weights: readonly number[]
  readonly jointWeights: readonly number[]
  readonly byHand: boolean
  readonly goals: readonly number[]
  readonly goalsByHand: boolean
  readonly looksBack: boolean
  readonly oldFutures: number
  readonly newest_s: number
  readonly hash: number | null
  readonly signals: readonly string[]
  readonly robots: number
  readonly selected: string | null
  readonly bookmarks: readonly { readonly time_s: number; readonly name: string }[]
  /** null without WebGL. */
  readonly view: ViewerStats | null
}

/** Let tests look inside; only with `?test=1`. */
export function exposeTestHook({ live, viewer, selection, bookmarks }: Page): void {
  let bootId: string | null = null
  live.client.welcome$.subscribe((w) => {
    bootId = w.bootId
  })
  const hook: TestHook = {
    drawTimes: (frames) => Array.from({ length: frames }, () => viewer?.timeFrame() ?? Number.NaN),
    stats: () => ({
      connection: live.state.status.state,
      role: live.state.status.role,
      bootId,
      time_s: live.state.time_s,
      paused: live.state.paused,
      speed: live.state.speed,
      weights: [...live.state.weights],
      jointWeights: [...live.state.jointWeights],
      byHand: live.state.byHand,
      goals: [...live.state.goals],
      goalsByHand: live.state.goalsByHand,
      looksBack: live.state.looksBack,
      oldFutures: live.state.oldFutures.length,
      newest_s: live.state.newest_s,
      hash: live.state.hash,
      signals: [...live.state.signalNames],
      robots: live.state.robots.length,
      selected: selection.now()?.name ?? null,
      bookmarks: bookmarks.list(),
      view: viewer?.stats() ?? null,
    }),
  }
  Object.assign(window, { __skillweave: hook })
}
