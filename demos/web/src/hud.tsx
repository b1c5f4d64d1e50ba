import type { QualityName } from '@skillweave/viewer'
import { type JSX, Show } from 'solid-js'
import type { Page } from './page.ts'
import { lags, speedText } from './sentences.ts'

/** One line of facts about drawing and the link. */
export function Hud(props: { page: Page }): JSX.Element {
  const { quality, gpu } = props.page
  const { state: s } = props.page.live
  const isSlow = (): boolean => !s.paused && lags(s.speed, s.reachedSpeed)
  return (
    <p class="hud">
      <span>{s.fps.toFixed(0)} fps</span>
      <span classList={{ warn: isSlow() }}>
        sim {s.paused ? 'paused' : `${s.reachedSpeed.toFixed(2)}x`}
        <Show when={isSlow()}> of {speedText(s.speed)}</Show>
      </span>
      <span>delay {s.delay_ms.toFixed(0)} ms</span>
      <Show when={s.signals['timing.p99_ms'] !== undefined}>
        <span>control p99 {s.signals['timing.p99_ms']?.toFixed(1)} ms</span>
      </Show>
      <span>dropped {s.dropped}</span>
      <label title={gpu ?? 'no WebGL'}>
        quality{' '}
        <select
          value={quality.isAuto() ? 'auto' : quality.now()}
          onChange={(e) => quality.choose(e.currentTarget.value as QualityName | 'auto')}
        >
          <option value="auto">by itself{quality.isAuto() ? `: ${quality.now()}` : ''}</option>
          <option value="low">low</option>
          <option value="medium">medium</option>
          <option value="high">high</option>
        </select>
      </label>
    </p>
  )
}
