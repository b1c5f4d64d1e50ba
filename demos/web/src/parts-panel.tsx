import { deriveAnatomy } from '@skillweave/viewer'
import { createEffect, createMemo, For, type JSX, Show } from 'solid-js'
import { families } from './joint-scopes.ts'
import type { LiveState } from './live-interface.ts'
import type { Page } from './page.ts'
import type { Selected, Selection } from './selection.ts'
import { spoken } from './sentences.ts'

interface Branch {
  readonly title: string
  readonly parts: readonly Selected[]
}

/** Everything that can be selected, as a tree: the way to it for hands that do not point. */
export function PartsPanel(props: { page: Page }): JSX.Element {
  const { live, selection } = props.page
  // The world is told anew whenever it is held; a tree that is the same stays as it was opened.
  const branches = createMemo(() => branchesOf(live.state), undefined, {
    equals: (a, b) => JSON.stringify(a) === JSON.stringify(b),
  })
  return (
    <Show when={branches().length > 0}>
      <section class="panel" aria-labelledby="parts-title">
        <header>
          <h2 id="parts-title">Parts</h2>
        </header>
        <For each={branches()}>
          {(branch) => <BranchOfTree branch={branch} selection={selection} />}
        </For>
      </section>
    </Show>
  )
}

/** Links by limb, then the objects and targets of the scene. */
function branchesOf({ robots, scene, targets }: LiveState): readonly Branch[] {
  const [robot] = robots
  const limbs = robot ? deriveAnatomy(robot).links : []
  const things = [
    ...(scene?.objects ?? []).map((o): Selected => ({ kind: 'object', name: o.name })),
    ...targets.map((name): Selected => ({ kind: 'target', name })),
  ]
  return [
    ...Object.entries(families).map(([family, title]) => ({
      title,
      parts: (robot?.links ?? [])
        .filter((_, i) => limbs[i].family === family)
        .map(({ name }): Selected => ({ kind: 'link', name })),
    })),
    {
      title: 'things',
      // A target that is an object of the scene is one thing.
      parts: things.filter((t, i) => things.findIndex((o) => o.name === t.name) === i),
    },
  ].filter((b) => b.parts.length > 0)
}

function BranchOfTree(props: { branch: Branch; selection: Selection }): JSX.Element {
  const { branch, selection } = props
  let details!: HTMLDetailsElement
  // What is selected elsewhere is shown here; what somebody opened stays open.
  createEffect(() => {
    if (branch.parts.some(selection.is)) details.open = true
  })
  return (
    <details class="parts" ref={details}>
      <summary>
        {branch.title} <span class="quiet">{branch.parts.length}</span>
      </summary>
      <ul>
        <For each={branch.parts}>
          {(part) => (
            <li>
              <button
                type="button"
                aria-pressed={selection.is(part)}
                onClick={() => selection.toggle(part)}
              >
                {spoken(part.name)}
              </button>
            </li>
          )}
        </For>
      </ul>
    </details>
  )
}
