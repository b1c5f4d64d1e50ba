import type { CameraMode, MarkName } from '@skillweave/viewer'
import { For, type JSX, Show } from 'solid-js'
import type { ActionTargets } from './actions.ts'
import type { Page } from './page.ts'
import { shellColorTitles } from './shell-colors.ts'

export const cameraTitles: Readonly<Record<CameraMode, string>> = {
  follow: 'Camera',
  chase: 'Chase',
  shoulder: 'Shoulder',
  eyes: 'Eyes',
  side: 'Side',
  front: 'Front',
  top: 'Top',
  hoop: 'To the hoop',
}

const markTitles = [
  { name: 'goals', title: 'Goals', key: 'V' },
  { name: 'contacts', title: 'Contacts', key: 'J' },
  { name: 'balance', title: 'Balance', key: 'N' },
] as const satisfies readonly { name: MarkName; title: string; key: string }[]

/** How to look at the scene, and what to draw over it. */
export function SceneButtons(props: { page: Page; targets: ActionTargets }): JSX.Element {
  const { page, targets } = props
  const { colors } = page
  const { state } = page.live
  return (
    <fieldset class="camera-buttons" aria-label="Camera">
      <button type="button" onClick={targets.home} title="First view (Home)">
        Home
      </button>
      <button
        type="button"
        onClick={targets.follow}
        aria-pressed={page.state.follows}
        title="Follow the robot (F)"
      >
        Follow
      </button>
      <button
        type="button"
        onClick={targets.nextCamera}
        title="Next camera (C)"
        data-action="camera"
      >
        {cameraTitles[page.state.camera]}
      </button>
      <Show when={colors.choices().length > 1}>
        <button
          type="button"
          onClick={targets.nextColors}
          title="What the colours of the robot mean (K)"
          data-action="colors"
        >
          {shellColorTitles[colors.color()]}
        </button>
      </Show>
      <For each={markTitles}>
        {({ name, title, key }) => (
          <Show when={state.marks.includes(name)}>
            <button
              type="button"
              onClick={() => targets.toggleMark(name)}
              aria-pressed={page.state.marks[name]}
              title={`${title} (${key})`}
              data-action={`mark-${name}`}
            >
              {title}
            </button>
          </Show>
        )}
      </For>
    </fieldset>
  )
}
