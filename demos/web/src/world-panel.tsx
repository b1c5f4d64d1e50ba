import { createSignal, For, type JSX, Show } from 'solid-js'
import type { Live } from './live.ts'
import { spoken } from './sentences.ts'

/** Everything a drag can do, as buttons: push the robot, put things elsewhere. */
export function WorldPanel(props: {
  live: Live
  armed: string | null
  arm: (name: string | null) => void
  place: (name: string, pos_w: readonly [number, number, number]) => void
  throwBall: () => void
}): JSX.Element {
  const { state } = props.live
  const [strength, setStrength] = createSignal(0.5)
  const off = (): boolean => state.status.state !== 'open'
  const robot = () => state.robots[0]
  const placeable = (): string[] => [
    ...new Set([
      ...state.targets,
      ...(state.scene?.objects ?? []).filter((o) => o.look !== undefined).map((o) => o.name),
    ]),
  ]
  const mass = (): number => (robot()?.links ?? []).reduce((m, l) => m + l.mass, 0)
  const kick = (x: number, y: number): void => {
    const r = robot()
    if (!r) return
    const link = r.links[r.roles.torso ?? 0].name
    const p = strength() * mass()
    props.live.ask('world.kick', { robot: r.id, link, impulse_w: [x * p, y * p, 0] })
  }
  const isFloating = (): boolean => robot()?.base === 'floating'
  return (
    <Show when={isFloating() || placeable().length > 0}>
      <section class="panel" aria-labelledby="world-title">
        <header>
          <h2 id="world-title">Scene</h2>
        </header>
        <Show when={isFloating()}>
          <fieldset class="row" aria-label="Push the robot">
            <span class="label">Push</span>
            <button
              type="button"
              disabled={off()}
              aria-label="Push toward −x"
              onClick={() => kick(-1, 0)}
            >
              ←
            </button>
            <button
              type="button"
              disabled={off()}
              aria-label="Push toward +x"
              onClick={() => kick(1, 0)}
            >
              →
            </button>
            <button
              type="button"
              disabled={off()}
              aria-label="Push toward +y"
              onClick={() => kick(0, 1)}
            >
              ↑
            </button>
            <button
              type="button"
              disabled={off()}
              aria-label="Push toward −y"
              onClick={() => kick(0, -1)}
            >
              ↓
            </button>
            <label class="grow">
              <span class="visually-hidden">Strength</span>
              <input
                type="range"
                min="0.1"
                max="1.5"
                step="0.1"
                value={strength()}
                onInput={(e) => setStrength(e.currentTarget.valueAsNumber)}
              />
            </label>
            <span class="number">{(strength() * mass()).toFixed(0)} N·s</span>
          </fieldset>
        </Show>
        <For each={placeable()}>
          {(name) => (
            <div class="row">
              <span class="label">{spoken(name)}</span>
              <button
                type="button"
                disabled={off()}
                aria-pressed={props.armed === name}
                onClick={() => props.arm(props.armed === name ? null : name)}
              >
                Place…
              </button>
              <Coordinates name={name} live={props.live} place={props.place} off={off()} />
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
