import { type Accessor, createSignal } from 'solid-js'

/** Two moments that all plots compare, s; null: not put anywhere. */
export interface PlotMarkers {
  readonly a: Accessor<number | null>
  readonly b: Accessor<number | null>
  /** A first, then B; a third time takes both away. */
  put(time_s: number): void
}

export function createPlotMarkers(): PlotMarkers {
  const [a, setA] = createSignal<number | null>(null)
  const [b, setB] = createSignal<number | null>(null)
  return {
    a,
    b,
    put(time_s) {
      if (a() === null) setA(time_s)
      else if (b() === null) setB(time_s)
      else {
        setA(null)
        setB(null)
      }
    },
  }
}
