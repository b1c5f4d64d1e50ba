import { For, type JSX, Show } from 'solid-js'
import { type Kicks, type KickWay, kickWays } from './kicks.ts'
import type { Live } from './live-interface.ts'
import type { Page } from './page.ts'
import { spoken } from './sentences.ts'

/** Everything a drag can do, as buttons: push the robot, put things elsewhere. */
export function WorldPanel(props: { page: Page; throwBall: () => void }): JSX.Element {
  const { page } = props
  const { state } = page.live
  const off = (): boolean => state.status.state !== 'open'
  const robot = () => state.robots[0]
  const placeable = (): string[] => [
    ...new Set([
      ...state.targets,
      ...(state.scene?.objects ?? []).filter((o) => o.look !== undefined).map((o) => o.name),
    ]),
  ]
  const isFloating = (): boolean => robot()?.base === 'floating'
  return (
    <Show when={isFloating() || placeable().length > 0}>
      <section class="panel" aria-labelledby="world-title">
        <header>
          <h2 id="world-title">Scene</h2>
        </header>
        <Show when={isFloating()}>
          <KickRow kicks={page.kicks} off={off()} />
        </Show>
        <For each={placeable()}>
          {(name) => (
            <div class="row">
              <span class="label">{spoken(name)}</span>
              <button
                type="button"
                disabled={off()}
                aria-pressed={page.state.armed === name}
                onClick={() => page.arm(page.state.armed === name ? null : name)}
              >
                Place…
              </button>
              <Coordinates name={name} live={page.live} place={page.place} off={off()} />
            </div>
          )}
        </For>
        <Show when={state.scene?.objects.some((o) => o.look === 'ball')}>
          <div class="row">
            <span class="label">throw</span>
            <button type="button" disabled={off()} onClick={() => props.throwBall()} title="B">
              Ball at the robot
            </button>
          </div>
        </Show>
      </section>
    </Show>
  )
}

/** Impulses as buttons, in the robot's own directions. */
function KickRow(props: { kicks: Kicks; off: boolean }): JSX.Element {
  const { kicks } = props
  const ways = Object.entries(kickWays) as [KickWay, (typeof kickWays)[KickWay]][]
  return (
    <>
      <fieldset class="row" aria-label="Kick the robot">
        <span class="label">Kick</span>
        <For each={ways}>
          {([way, { title, shown }]) => (
            <button
              type="button"
              disabled={props.off}
              aria-label={title}
              title={`${title} (Shift ${shown})`}
              onClick={() => kicks.kick(way)}
            >
              {shown}
            </button>
          )}
        </For>
        <label class="grow">
          <span class="visually-hidden">Strength of kicks</span>
          <input
            type="range"
            min="0.1"
            max="1.5"
            step="0.1"
            value={kicks.strength()}
            onInput={(e) => kicks.setStrength(e.currentTarget.valueAsNumber)}
          />
        </label>
        <span class="number">{kicks.impulse().toFixed(0)} N·s</span>
      </fieldset>
      <label class="check">
        <input
          type="checkbox"
          checked={kicks.every_s() !== null}
          onChange={(e) => kicks.setEvery(e.currentTarget.checked ? 3 : null)}
        />
        The same kick again every 3 s
      </label>
    </>
  )
}

/** A place as numbers, for hands that do not drag. */
function Coordinates(props: {
  name: string
  live: Live
  off: boolean
  place: (name: string, pos_w: readonly [number, number, number]) => void
}): JSX.Element {
  const axes = ['x', 'y', 'z'] as const
  const fields: HTMLInputElement[] = []
  /** The present place, so that what is put there is a change of it. */
  const fill = (): void => {
    if (fields.some((f) => f.value !== '')) return
    const at = props.live.whereIs(props.name)
    axes.forEach((_, k) => {
      fields[k].value = at[k].toFixed(2)
    })
  }
  const put = (): void => {
    const [x, y, z] = fields.map((f) => f.valueAsNumber)
    if ([x, y, z].every(Number.isFinite)) props.place(props.name, [x, y, z])
  }
  return (
    <fieldset class="coordinates" onFocusIn={fill} aria-label={`Place of ${spoken(props.name)}`}>
      <For each={axes}>
        {(axis, k) => (
          <input
            ref={(el) => {
              fields[k()] = el
            }}
            type="number"
            step="0.1"
            placeholder={axis}
            aria-label={`${spoken(props.name)} ${axis}, metres`}
            onKeyDown={(e) => {
              if (e.key === 'Enter') put()
            }}
          />
        )}
      </For>
      <button
        type="button"
        disabled={props.off}
        onClick={put}
        aria-label={`Put ${spoken(props.name)} there`}
      >
        Put
      </button>
    </fieldset>
  )
}
