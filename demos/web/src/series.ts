import { compile } from './expressions.ts'
import { createHistory } from './history.ts'
import type { Live } from './live-interface.ts'

/** One line of a plot: a signal, or a formula over signals. Its k-th value belongs to the k-th sample kept. */
export interface Series {
  readonly text: string
  readonly unit: string
  valueAt(k: number): number
  dispose(): void
}

/** What a text means as a line. Rejects with a sentence when it means nothing. */
export async function createSeries(live: Live, text: string): Promise<Series> {
  const { signals, state } = live
  const i = state.signalNames.indexOf(text)
  if (i >= 0) {
    return {
      text,
      unit: state.signalUnits[i] ?? '1',
      valueAt: (k) => signals.valueAt(k, i),
      dispose: () => {},
    }
  }
  const formula = await compile(text, { list: state.signalNames })
  const values = createHistory(signals.capacity)
  values.reset(1)
  const column = [0]
  const add = (sample: ArrayLike<number>, time_s: number): void => {
    column[0] = formula.next(sample, time_s)
    values.push(time_s, column)
  }
  const past = new Float64Array(signals.width)
  for (let k = 0; k < signals.count; k++) {
    for (let s = 0; s < past.length; s++) past[s] = signals.valueAt(k, s)
    add(past, signals.timeAt(k))
  }
  const stop = live.onSample((sample, time_s) => {
    // Another run has begun: its first sample is the first of everything.
    if (signals.count === 1) values.reset(1)
    add(sample, time_s)
  })
  return {
    text,
    unit: '',
    valueAt: (k) => (k < values.count ? values.valueAt(k, 0) : Number.NaN),
    dispose: stop,
  }
}
