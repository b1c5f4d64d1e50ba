import type { CameraMode, MarkName } from '@skillweave/viewer'
import { For, type JSX, Show } from 'solid-js'
import type { ActionTargets } from './actions.ts'
import type { Live } from './live.ts'
import { type ShellColors, shellColorTitles } from './shell-colors.ts'

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
export function SceneButtons(props: {
  live: Live
  targets: ActionTargets
  camera: CameraMode
  follows: boolean
  colors: ShellColors
  marks: Readonly<Record<MarkName, boolean>>
}): JSX.Element {
  const { targets } = props
  const { state } = props.live
  return (
    <fieldset class="camera-buttons" aria-label="Camera">
      <button type="button" onClick={targets.home} title="First view (Home)">
        Home
      </button>
      <button
        type="button"
        onClick={targets.follow}
        aria-pressed={props.follows}
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
        {cameraTitles[props.camera]}
      </button>
      <Show when={props.colors.choices().length > 1}>
        <button
          type="button"
          onClick={targets.nextColors}
          title="What the colours of the robot mean (K)"
          data-action="colors"
        >
          {shellColorTitles[props.colors.color()]}
        </button>
      </Show>
      <For each={markTitles}>
        {({ name, title, key }) => (
          <Show when={state.marks.includes(name)}>
            <button
              type="button"
              onClick={() => targets.toggleMark(name)}
              aria-pressed={props.marks[name]}
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
