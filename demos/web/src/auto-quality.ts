import type { QualityName } from '@skillweave/viewer'
import { type Accessor, createSignal } from 'solid-js'

/** Frames that come slower than this are felt, ms. */
export const frameBudget_ms = 40
/** So long they must have been slow before anything changes, ms. */
const patience_ms = 3000
/** A page that was hidden or frozen says nothing about drawing, ms. */
const gap_ms = 1000

/** Watches the time between frames; steps down once they have been slow for a while. */
export interface QualityWatch {
  /** The page had its turn to draw. Returns a lower quality when it is time for one, else null. */
  frame(now_ms: number, quality: QualityName): QualityName | null
}

export function createQualityWatch(): QualityWatch {
  let last_ms = Number.NaN
  let from_ms = Number.NaN
  let frames = 0
  const begin = (now_ms: number): void => {
    from_ms = now_ms
    frames = 0
  }
  return {
    frame(now_ms, quality) {
      const sinceLast_ms = now_ms - last_ms
      last_ms = now_ms
      if (!(sinceLast_ms < gap_ms) || quality === 'low') {
        begin(now_ms)
        return null
      }
      frames++
      const span_ms = now_ms - from_ms
      if (span_ms < patience_ms) return null
      const mean_ms = span_ms / frames
      begin(now_ms)
      if (mean_ms <= frameBudget_ms) return null
      return quality === 'high' ? 'medium' : 'low'
    },
  }
}

/** How well the page draws: as somebody chose, or as well as this machine can. */
export interface QualityChoice {
  readonly now: Accessor<QualityName>
  /** Nobody has chosen. */
  readonly isAuto: Accessor<boolean>
  choose(name: QualityName | 'auto'): void
  /** The page had its turn to draw. */
  frame(now_ms: number): void
}

/** `fixed`: as the address says; null: by itself, from what suits the graphics card. `say`: tell what changed, and why. */
export function createQualityChoice(options: {
  readonly fixed: QualityName | null
  readonly suited: QualityName
  readonly say: (text: string) => void
}): QualityChoice {
  const { fixed, suited, say } = options
  const [now, setNow] = createSignal(fixed ?? suited)
  const [isAuto, setIsAuto] = createSignal(fixed === null)
  const watch = createQualityWatch()
  return {
    now,
    isAuto,
    choose(name) {
      setIsAuto(name === 'auto')
      setNow(name === 'auto' ? suited : name)
    },
    frame(now_ms) {
      const lower = isAuto() ? watch.frame(now_ms, now()) : null
      if (lower === null) return
      setNow(lower)
      say(`Drawing was slow: quality is ${lower} now. The line at the bottom sets another.`)
    },
  }
}
