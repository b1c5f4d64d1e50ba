import { skillColor, type Theme } from '@skillweave/viewer'
import { createEffect, createMemo, createSignal, For, type JSX, on, Show } from 'solid-js'
import type { GoalHand } from './goal-hand.ts'
import { GoalsByHand } from './goals-by-hand.tsx'
import { HeatMap } from './heat-map.tsx'
import { type JointScope, jointKey, jointScopes, scopeWeights } from './joint-scopes.ts'
import type { Live } from './live.ts'

/** Weights set by hand on one part of the body, by skill. */
type Held = Readonly<Record<string, number>>

/**
 * Live weights of the skills, joint by joint, and faders to set them by hand while the run goes on: what is
 * set stands, the other skills share the rest.
 */
export function SkillsPanel(props: { live: Live; theme: Theme; goalHand: GoalHand }): JSX.Element {
  const { state } = props.live
  const [mixing, setMixing] = createSignal(false)
  const [scopeKey, setScopeKey] = createSignal('body')
  const [held, setHeld] = createSignal<Readonly<Record<string, Held>>>({})
  const off = (): boolean =>
    state.status.state !== 'open' || !props.live.accepts('skill.weights') || state.looksBack
  const scopes = createMemo((): readonly JointScope[] => {
    const [robot] = state.robots
    return robot ? jointScopes(robot) : []
  })
  const scope = (): JointScope | undefined =>
    scopes().find((s) => s.key === scopeKey()) ?? scopes()[0]
  const heldHere = (): Held => held()[scopeKey()] ?? {}
  const weights = (): readonly number[] => {
    const s = scope()
    return s
      ? scopeWeights(s, state.skills.length, state.weights, state.jointWeights)
      : state.weights
  }

  // Given back by a key, by another page or by a rewind: it is not held any more.
  createEffect(
    on(
      () => state.byHand,
      (now, before) => {
        if (before && !now) setHeld({})
      },
    ),
  )
  const giveBack = (): void => {
    setHeld({})
    void props.live.ask('skill.weights', { weights: null, mode: 'override' })
  }
  /** All there is to say about the part of the body that is shown. */
  const say = async (next: Held): Promise<void> => {
    const here = scope()
    if (!here) return
    const before = held()
    // What is said about the whole body is said about all of its parts.
    setHeld({ ...(here.dofs ? before : {}), [here.key]: next })
    const isDone = await props.live.ask('skill.weights', {
      weights: Object.keys(next).length > 0 ? next : null,
      ...(here.dofs ? { joints: here.dofs } : {}),
      mode: 'override',
    })
    if (!isDone) setHeld(before)
  }
  const release = (skill: string): void => {
    const { [skill]: _, ...rest } = heldHere()
    void say(rest)
  }

  return (
    <Show when={state.skills.length > 0}>
      <section class="panel" aria-labelledby="skills-title">
        <header>
          <h2 id="skills-title">Skills</h2>
          <Show when={state.byHand}>
            <button type="button" class="badge" onClick={giveBack} title="Give the choice back (0)">
              by hand · give back
            </button>
          </Show>
        </header>
        <ul class="skills" classList={{ mixing: mixing() }}>
          <For each={state.skills}>
            {(skill, i) => {
              const w = (): number => weights()[i()] ?? 0
              const isHeld = (): boolean => state.byHand && heldHere()[skill.name] !== undefined
              return (
                <li classList={{ leads: w() > 0.5 }}>
                  <button
                    type="button"
                    class="solo"
                    disabled={off()}
                    title={`Only this skill (hold ${i() + 1})`}
                    aria-label={`Only ${skill.title}`}
                    onClick={() => {
                      setHeld({})
                      void props.live.ask('skill.select', { skill: skill.name })
                    }}
                  >
                    <span
                      class="swatch"
                      style={{ background: skillColor(props.theme, skill.color) }}
                    />
                    <span class="title">{skill.title}</span>
                  </button>
                  <span class="meter" aria-hidden="true">
                    <span
                      class="fill"
                      style={{
                        transform: `scaleX(${w().toFixed(3)})`,
                        background: skillColor(props.theme, skill.color),
                      }}
                    />
                  </span>
                  <span class="number">{w().toFixed(2)}</span>
                  <Show when={mixing()}>
                    <span class="fader">
                      <input
                        type="range"
                        class="fader-range"
                        min="0"
                        max="1"
                        step="0.01"
                        disabled={off()}
                        value={isHeld() ? heldHere()[skill.name] : w()}
                        aria-label={`Set ${skill.title}`}
                        onInput={(e) =>
                          void say({
                            ...heldHere(),
                            [skill.name]: e.currentTarget.valueAsNumber,
                          })
                        }
                      />
                      <button
                        type="button"
                        class="release"
                        disabled={!isHeld()}
                        aria-label={`Give ${skill.title} back`}
                        title="Give it back"
                        onClick={() => release(skill.name)}
                      >
                        ×
                      </button>
                    </span>
                  </Show>
                </li>
              )
            }}
          </For>
        </ul>
        <Show when={props.live.accepts('skill.weights')}>
          <label class="check">
            <input
              type="checkbox"
              disabled={off()}
              checked={mixing()}
              onChange={(e) => {
                setMixing(e.currentTarget.checked)
                if (!mixing()) giveBack()
              }}
            />
            Mix by hand
          </label>
        </Show>
        <Show when={state.jointWeights.length > 0 && scopes().length > 0}>
          <label class="row">
            <span class="label">joints</span>
            <select
              class="grow"
              value={scopeKey()}
              onChange={(e) => setScopeKey(e.currentTarget.value)}
            >
              <For each={scopes()}>{(s) => <option value={s.key}>{s.title}</option>}</For>
            </select>
          </label>
          <HeatMap
            live={props.live}
            theme={props.theme}
            shown={scope()?.indices ?? []}
            choose={(joint) => setScopeKey(jointKey(joint))}
          />
        </Show>
        <GoalsByHand live={props.live} theme={props.theme} hand={props.goalHand} />
      </section>
    </Show>
  )
}
