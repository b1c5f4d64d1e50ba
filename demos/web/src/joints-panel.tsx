import { jointSlots } from '@skillweave/protocol'
import { createMemo, For, type JSX, Show } from 'solid-js'
import type { Page } from './page.ts'
import { linkOf } from './selection.ts'
import { spoken } from './sentences.ts'

/** More rows than this are a wall; such robots have the plots. */
const rowsMax = 24
const nearLimit = 0.03

/** Where each joint is between its limits. */
export function JointsPanel(props: { page: Page }): JSX.Element {
  const { live, selection } = props.page
  const { state } = live
  const rows = createMemo(() => {
    const robot = state.robots[0]
    if (!robot) return []
    const slots = jointSlots(robot)
    return robot.joints.flatMap((joint, j) => {
      const [lower] = joint.lower
      const [upper] = joint.upper
      if (joint.type === 'spherical' || lower === null || upper === null) return []
      return [{ joint, link: linkOf(robot, j), slot: slots[j], lower, upper }]
    })
  })
  return (
    <Show when={rows().length > 0 && rows().length <= rowsMax}>
      <section class="panel" aria-labelledby="joints-title">
        <header>
          <h2 id="joints-title">Joints</h2>
        </header>
        <ul class="joints">
          <For each={rows()}>
            {({ joint, link, slot, lower, upper }) => {
              const q = (): number => {
                void state.now_s
                void state.time_s
                return live.bodyValues()?.[slot.field][slot.index] ?? 0
              }
              const share = (): number => (q() - lower) / (upper - lower)
              const text = (): string =>
                joint.type === 'revolute'
                  ? `${((q() * 180) / Math.PI).toFixed(1)}°`
                  : `${(q() * 100).toFixed(1)} cm`
              return (
                <li
                  classList={{ 'near-limit': share() < nearLimit || share() > 1 - nearLimit }}
                  title={joint.name}
                >
                  <button
                    type="button"
                    class="name"
                    aria-pressed={selection.is(link)}
                    onClick={() => selection.toggle(link)}
                  >
                    {spoken(joint.name)}
                  </button>
                  <span
                    class="range"
                    aria-hidden="true"
                    style={{ '--at': `${(100 * Math.min(1, Math.max(0, share()))).toFixed(1)}%` }}
                  />
                  <span class="number">{text()}</span>
                </li>
              )
            }}
          </For>
        </ul>
      </section>
    </Show>
  )
}
